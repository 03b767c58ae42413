// Lists: filters kept on the server under a name.
import { send } from "/static/app/frame.js";

const saved = document.querySelector(".saved");
const fault = saved?.querySelector("[data-fault]");

saved?.querySelector("[data-keep]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = event.target.elements.name.value.trim();
  if (!name) return;
  try {
    await send("POST", "/api/v1/filters", { list: saved.dataset.list, name, query: location.search.slice(1) });
    location.reload();
  } catch (wrong) { fault.textContent = wrong.message; }
});

for (const button of saved?.querySelectorAll("[data-forget]") ?? []) {
  button.addEventListener("click", async () => {
    try {
      await send("DELETE", "/api/v1/filters/" + button.dataset.forget);
      location.reload();
    } catch (wrong) { fault.textContent = wrong.message; }
  });
}

// What is chosen in a box that opens stays in it until somebody looks elsewhere.
document.addEventListener("click", (event) => {
  for (const box of document.querySelectorAll("details.choose[open]")) if (!box.contains(event.target)) box.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const box of document.querySelectorAll("details.choose[open]")) box.open = false;
});
