// Forms that are sent to the API as JSON: `data-send` says how and where, fields say what they are.
import { send, told, toldFault } from "/static/app/frame.js";

const CODES = /[\s,，、;；]+/;

function content(form) {
  const found = {};
  for (const field of form.elements) {
    const { name, type } = field;
    if (!name || "notSent" in field.dataset || field.closest("[data-land]")) continue;
    if ("flag" in field.dataset) found[name] = field.value === "1";
    else if ("list" in field.dataset) {
      found[name] ??= [];
      if (field.checked) found[name].push(field.value);
    } else if (type === "number") found[name] = Number(field.value);
    else if (field.disabled && "orNull" in field.dataset) found[name] = null;
    else if (field.value !== "") found[name] = field.value;
  }
  const land = form.querySelector("[data-land]");
  if (land) {
    const codes = {};
    for (const name of ["regions", "parks", "blocks"]) codes[name] = land.querySelector(`[name=${name}]`).value.split(CODES).filter(Boolean);
    found.land = land.querySelector("[name=everything]").checked ? null : codes;
  }
  return found;
}

for (const form of document.querySelectorAll("form[data-send]")) {
  const said = form.querySelector("[data-said]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = form.dataset;
    if (words.again && form.elements[words.again].value !== form.elements.again.value) {
      told(said, "bad", words.unlike);
      form.elements.again.focus();
      return;
    }
    const [method, address] = words.send.split(" ");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const done = await send(method, address, content(form));
      form.dispatchEvent(new Event("sent"));
      // Codes nobody has heard of may be typed wrongly, or yet to come.
      const unknown = done.unknown_land ?? [];
      const strange = unknown.length ? form.querySelector("[data-land]").dataset.unknown + unknown.join(" ") : "";
      told(said, strange ? "warn" : "good", words.done, [words.more, strange].filter(Boolean).join(" "));
      if (words.secret) shown(said, done[words.secret]);
      form.dispatchEvent(new CustomEvent("made", { detail: done }));
      for (const field of form.querySelectorAll("[type=password]")) field.value = "";
      if (words.then === "reload") setTimeout(() => location.reload(), 600);
    } catch (fault) { toldFault(said, fault); }
    button.disabled = false;
  });
}

/** Show what is shown once, to be copied. */
function shown(place, secret) {
  const field = document.createElement("input");
  field.readOnly = true;
  field.className = "secret";
  field.value = secret;
  field.setAttribute("aria-label", place.textContent);
  place.querySelector(".msg > div").append(field);
  field.select();
}

// What ends for good is asked about twice.
for (const button of document.querySelectorAll("[data-end]")) {
  button.addEventListener("click", async () => {
    const said = document.getElementById("ended");
    if (!confirm(said.dataset.ask)) return;
    said.hidden = false;
    try {
      await send("DELETE", button.dataset.end);
      told(said, "good", said.dataset.done);
      button.replaceWith("—");
    } catch (fault) { toldFault(said, fault); }
  });
}
