// A plan: what is written is judged beside what is known, and nothing of it is kept.
import { ask, told, toldFault } from "/static/app/frame.js";

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
  const content = { name: form.elements.name.value.trim(), as_of: form.elements.as_of.value.trim(), registers: registers() };
  if (content.registers.length === 0) {
    told(said, "warn", words.nothing, words.write);
    return;
  }
  told(said, "note", words.trying);
  button.disabled = true;
  try {
    const answer = await ask("/scenario/tried", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content),
    });
    if (!answer.ok) {
      const fault = await answer.json();
      throw Object.assign(new Error(fault.detail), { told: fault });
    }
    // The server's own page, every value of it escaped there.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("tried").replaceWith(document.adoptNode(page.getElementById("tried")));
    told(said);
  } catch (fault) { toldFault(said, fault); } finally { button.disabled = false; }
});
