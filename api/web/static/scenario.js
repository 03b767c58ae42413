// A plan: what is written is tried by a worker, and its page tells how far it is.
import { send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("plan");
const words = JSON.parse(form.dataset.words);
const said = document.getElementById("said");
const button = form.querySelector("button[type=submit]");

// Registers of which more than the line of headers is written.
function registers() {
  return [...form.querySelectorAll("textarea")]
    .map((one) => ({ kind: one.name, text: one.value.trim() }))
    .filter((one) => one.text.split("\n").length > 1);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const plan = { kind: "scenario", name: form.elements.name.value.trim(), as_of: form.elements.as_of.value.trim(), registers: registers() };
  if (plan.registers.length === 0) {
    told(said, "warn", words.nothing, words.write);
    return;
  }
  told(said, "note", words.trying);
  button.disabled = true;
  try {
    location.assign(`/scenario/${(await send("POST", "/api/v1/jobs", plan)).id}`);
  } catch (fault) { toldFault(said, fault); button.disabled = false; }
});
