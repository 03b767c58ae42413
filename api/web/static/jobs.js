// Long work a page asks for: a job that tells how far it is, and its files when it is done.
import { send } from "/static/app/frame.js";

const isEnglish = document.documentElement.lang === "en";

/** Ask for a job and tell of it in `told` (data-waits, data-fails, data-done); gives it when it is done. */
export async function work(body, told) {
  told.textContent = told.dataset.waits;
  let job = await send("POST", "/api/v1/jobs", body);
  while (job.finished_at === null) {
    const words = isEnglish ? job.progress.en : job.progress.zh;
    const share = job.progress.total ? ` ${job.progress.done}/${job.progress.total}` : "";
    told.textContent = (words ?? told.dataset.waits) + share;
    await new Promise((wait) => setTimeout(wait, 1000));
    job = await send("GET", "/api/v1/jobs/" + job.id);
  }
  if (job.state !== "done") throw new Error(`${told.dataset.fails} ${job.fault?.found ?? ""}`);
  told.textContent = told.dataset.done ?? "";
  // Several files belong together, as a shapefile's do: they come as one.
  if (job.files.length > 1) offer(told, `/api/v1/jobs/${job.id}/archive`, told.dataset.whole.replace("{}", job.files.length));
  else for (const file of job.files) offer(told, `/api/v1/jobs/${job.id}/files/${encodeURIComponent(file.name)}`, file.name);
  return job;
}

function offer(told, address, words) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words;
  link.download = "";
  told.append(" ", link);
}

for (const button of document.querySelectorAll("[data-job]")) {
  const told = document.getElementById(button.dataset.told);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try { await work(JSON.parse(button.dataset.job), told); } catch (fault) { told.textContent = fault.message; }
    button.disabled = false;
  });
}

const judge = document.getElementById("judge");
judge?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = judge.querySelector("[data-waits]"), button = judge.querySelector("button");
  button.disabled = true;
  try {
    await work({ kind: "run", as_of: judge.elements.as_of.value }, told);
    location.reload();
  } catch (fault) { told.textContent = fault.message; button.disabled = false; }
});
