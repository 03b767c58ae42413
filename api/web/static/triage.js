// What is chosen of a list to be looked at: onto a patrol list, or put aside with a reason.
import { put, send } from "/static/app/frame.js";

const form = document.getElementById("chosen");
const dialog = document.getElementById("reason");
const boxes = [...form.querySelectorAll('tbody input[type="checkbox"]')];
const all = form.querySelector("[data-all]");
const count = form.querySelector("[data-count]");
const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);

function told() {
  const number = chosen().length;
  count.textContent = put(count.dataset.words, number);
  for (const button of form.querySelectorAll("button.main, [data-dismiss]")) button.disabled = number === 0;
  for (const box of boxes) box.closest("tr").setAttribute("aria-selected", box.checked);
  all.checked = number > 0 && number === boxes.length;
}
all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; told(); });
form.addEventListener("change", told);
told();

form.querySelector("[data-dismiss]")?.addEventListener("click", () => dialog.showModal());
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const reason = event.target.elements.reason.value.trim();
  const fault = dialog.querySelector("[data-fault]");
  const isLead = form.dataset.kind === "leads";
  if (!reason) return;
  for (const value of chosen()) {
    const [subject, rule] = isLead ? value.split("\t") : [value, "idle_land"];
    try {
      await send("POST", "/api/v1/dismissals", { kind: isLead ? "lead" : "candidate", subject, rule, reason });
    } catch (wrong) {
      // Somebody else put it aside meanwhile: that is what was wanted.
      if (wrong.status !== 409) { fault.textContent = `${subject}: ${wrong.message}`; return; }
    }
  }
  location.reload();
});

for (const button of document.querySelectorAll("[data-take-back]")) {
  button.addEventListener("click", async () => {
    await send("DELETE", "/api/v1/dismissals/" + button.dataset.takeBack);
    location.reload();
  });
}
