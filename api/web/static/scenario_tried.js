// A plan that is being tried: how far it is, until its page can show what it came to.
import { send, toldFault } from "/static/app/frame.js";

const far = document.getElementById("far");
const cancel = document.getElementById("cancel");
const LOOKS_MS = 1000;

async function watch() {
  try {
    for (;;) {
      const job = await send("GET", `/api/v1/jobs/${far.dataset.number}`);
      if (job.finished_at !== null) { location.reload(); return; }
      const { done, total, zh, en } = job.progress;
      const words = document.documentElement.lang === "en" ? en : zh;
      far.textContent = [words ?? far.dataset.waits, total ? `${done} / ${total}` : ""].join(" ");
      await new Promise((wait) => setTimeout(wait, LOOKS_MS));
    }
  } catch (fault) { toldFault(document.getElementById("said"), fault); }
}

cancel?.addEventListener("click", async () => {
  cancel.disabled = true;
  try { await send("DELETE", `/api/v1/jobs/${far.dataset.number}`); } catch (fault) { toldFault(document.getElementById("said"), fault); }
});
if (far) watch();
