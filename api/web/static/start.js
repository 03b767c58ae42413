// The first judging, asked for from the page that has nothing to show yet.
import { send } from "/static/app/frame.js";

const form = document.getElementById("judge");
const told = form?.querySelector("[data-told]");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  told.textContent = told.dataset.waits;
  try {
    const job = await send("POST", "/api/v1/jobs", { kind: "run", as_of: form.elements.as_of.value });
    await watch(job.id);
  } catch (fault) { told.textContent = fault.message; button.disabled = false; }
});

async function watch(number) {
  const job = await send("GET", "/api/v1/jobs/" + number);
  if (job.state === "done") { location.reload(); return; }
  if (job.finished_at !== null) throw new Error(`${told.dataset.fails} ${job.fault?.found ?? ""}`);
  told.textContent = (document.documentElement.lang === "en" ? job.progress.en : job.progress.zh) ?? told.dataset.waits;
  await new Promise((wait) => setTimeout(wait, 1000));
  await watch(number);
}
