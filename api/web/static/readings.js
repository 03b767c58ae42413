// What a reading is chosen from, and what holds now; one that is taken back has no value. Before it
// is recorded a worker may try it, and the page of the trial tells what it would change.
import { send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("reading");
const { key, value, from_on: from, region } = form.elements;
const revoke = document.getElementById("revoke");
const tries = document.getElementById("try");

function shown() {
  const { choices, value: now } = key.selectedOptions[0].dataset;
  document.getElementById("now").textContent = now || "—";
  const list = document.getElementById("choices");
  list.replaceChildren(...choices.split("|").filter(Boolean).map((one) => Object.assign(document.createElement("option"), { value: one })));
}
key.addEventListener("change", () => { value.value = ""; shown(); });
revoke.addEventListener("change", () => { value.disabled = revoke.checked; });
if (form.dataset.tried) {
  const before = JSON.parse(form.dataset.tried);
  key.value = before.key;
  revoke.checked = value.disabled = before.value === undefined;
  value.value = before.value ?? "";
  from.value = before.from_on;
  region.value = before.region ?? "";
}
shown();

tries.addEventListener("click", async () => {
  const said = form.querySelector("[data-said]");
  if ([key, value, from, region].some((one) => !one.disabled && !one.checkValidity())) {
    told(said, "warn", tries.dataset.wrong);
    [value, from, region].find((one) => !one.disabled && !one.checkValidity())?.focus();
    return;
  }
  const reading = { key: key.value, value: revoke.checked ? null : value.value, from_on: from.value, region: region.value };
  const name = `${key.value} ${reading.value ?? "—"} ${from.value}`.slice(0, 200);
  tries.disabled = true;
  try {
    location.assign(`/scenario/${(await send("POST", "/api/v1/jobs", { kind: "scenario", name, readings: [reading] })).id}`);
  } catch (fault) { toldFault(said, fault); tries.disabled = false; }
});
