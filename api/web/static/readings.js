// What a reading is chosen from, and what holds now; one that is taken back has no value. Before it
// is recorded a worker may try it, and the page of the trial tells what it would change.
import { send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("reading");
const { key, from_on: from, region } = form.elements;
const revoke = document.getElementById("revoke");
const tries = document.getElementById("try");

// The value is written, or one of a few to choose from.
const written = form.elements.value;
const picked = Object.assign(document.createElement("select"), { name: "value", required: true });
picked.dataset.orNull = "";
const field = () => form.elements.value;

function shown() {
  const { choices, value: now } = key.selectedOptions[0].dataset;
  document.getElementById("now").textContent = now || "—";
  document.getElementById("key").textContent = key.value;
  const few = JSON.parse(choices), before = field(), typed = before.value;
  picked.replaceChildren(new Option("", ""), ...few.map(([code, words]) => new Option(words, code)));
  const asked = few.length ? picked : written;
  before.replaceWith(asked);
  asked.value = typed;
  asked.disabled = revoke.checked;
}
key.addEventListener("change", () => { field().value = ""; shown(); });
revoke.addEventListener("change", () => { field().disabled = revoke.checked; });
if (form.dataset.tried) {
  const before = JSON.parse(form.dataset.tried);
  key.value = before.key;
  revoke.checked = before.value === undefined;
  field().value = before.value ?? "";
  from.value = before.from_on;
  region.value = before.region ?? "";
}
shown();

tries.addEventListener("click", async () => {
  const said = form.querySelector("[data-said]"), value = field();
  if ([key, value, from, region].some((one) => !one.disabled && !one.checkValidity())) {
    told(said, "warn", tries.dataset.wrong);
    [value, from, region].find((one) => !one.disabled && !one.checkValidity())?.focus();
    return;
  }
  const reading = { key: key.value, value: revoke.checked ? null : value.value, from_on: from.value, region: region.value };
  const chosen = value.selectedOptions?.[0].textContent ?? value.value;
  const name = `${key.selectedOptions[0].textContent} ${revoke.checked ? "—" : chosen} ${from.value}`.slice(0, 200);
  tries.disabled = true;
  try {
    location.assign(`/scenario/${(await send("POST", "/api/v1/jobs", { kind: "scenario", name, readings: [reading] })).id}`);
  } catch (fault) { toldFault(said, fault); tries.disabled = false; }
});
