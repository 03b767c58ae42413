// Lists: filters kept on the server under a name, and whole lists made by a job that tells how far it is.
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

const isEnglish = document.documentElement.lang === "en";
const order = document.querySelector("[data-export]");
const told = order?.querySelector("[data-told]");

async function watch(number) {
  const job = await send("GET", "/api/v1/jobs/" + number);
  if (job.finished_at === null) {
    const words = isEnglish ? job.progress.en : job.progress.zh;
    const share = job.progress.total ? ` ${job.progress.done}/${job.progress.total}` : "";
    told.textContent = (words ?? told.dataset.waits) + share;
    setTimeout(() => watch(number).catch(wrong), 1000);
    return;
  }
  told.textContent = job.state === "done" ? told.dataset.done : told.dataset.fails + " " + (job.fault?.found ?? "");
  for (const file of job.files) {
    const link = document.createElement("a");
    link.href = `/api/v1/jobs/${number}/files/${encodeURIComponent(file.name)}`;
    link.textContent = file.name;
    link.download = "";
    told.append(" ", link);
  }
}

function wrong(fault) { told.textContent = fault.message; }

for (const button of order?.querySelectorAll("[data-format]") ?? []) {
  button.addEventListener("click", async () => {
    told.textContent = told.dataset.waits;
    try {
      const body = { kind: "export", what: order.dataset.export, format: button.dataset.format, run: Number(order.dataset.run) };
      const job = await send("POST", "/api/v1/jobs", body);
      await watch(job.id);
    } catch (fault) { wrong(fault); }
  });
}

// What is chosen in a box that opens stays in it until somebody looks elsewhere.
document.addEventListener("click", (event) => {
  for (const box of document.querySelectorAll("details.choose[open]")) if (!box.contains(event.target)) box.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const box of document.querySelectorAll("details.choose[open]")) box.open = false;
});
