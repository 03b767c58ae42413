// A file that was sent: its rows chosen in the table and on the map alike, decided of, and the run that follows.
import { ask, put, send, told, toldFault } from "/static/app/frame.js";
import { show } from "/static/app/review_map.js";

const main = document.getElementById("main");
const words = JSON.parse(main.dataset.words);
const said = document.getElementById("said");
const part = (id) => document.getElementById(id);
const address = `/api/v1/uploads/${main.dataset.id}`;

show(words);

// Being looked at: asked again until it is done.
if (main.dataset.state === "received") {
  const wait = async () => {
    const answer = await ask(address);
    if (answer.ok && (await answer.json()).state === "received") setTimeout(wait, 700);
    else location.reload();
  };
  setTimeout(wait, 500);
}

function busy(is) { for (const one of [part("accept"), part("back")]) if (one) one.disabled = is; }

function link(place, href, text) {
  const one = document.createElement("a");
  one.className = "btn";
  one.href = href;
  one.textContent = text;
  place.append(one);
}

function decided(kind, what, more) {
  told(said, kind, what, more);
  said.scrollIntoView({ block: "nearest" });
  part("accept")?.remove();
  part("back")?.remove();
  part("why").textContent = "";
}

/** Watch a job until it ends; tells each step, gives how it ended. */
function watched(number, tell) {
  return new Promise((done) => {
    const events = new EventSource(`/api/v1/jobs/${number}/events`);
    events.addEventListener("job", (event) => {
      const job = JSON.parse(event.data);
      if (job.finished_at) { events.close(); done(job); } else tell(job);
    });
  });
}

function far(job) {
  const { done, total, zh, en } = job.progress ?? {};
  const text = document.documentElement.lang === "en" ? en : zh;
  return [text, total ? `${done} / ${total}` : ""].filter(Boolean).join(" ");
}

// What is thought of the file is kept before it is decided of.
async function keepWords() {
  const field = part("words");
  if (!field || field.value.trim() === field.dataset.was) return;
  await send("PUT", `${address}/words`, { words: field.value.trim() || null });
  field.dataset.was = field.value.trim();
}

const MANY_ROWS = 20000;
part("accept")?.addEventListener("click", async () => {
  busy(true);
  told(said, "note", words.taking);
  try {
    await keepWords();
    let outcome;
    if (Number(main.dataset.rows) > MANY_ROWS) {
      const job = await send("POST", "/api/v1/jobs", { kind: "load", upload: main.dataset.id });
      const ended = await watched(job.id, (now) => told(said, "note", words.taking, far(now)));
      if (ended.state !== "done") throw Object.assign(new Error(words.failed), { told: { mend: ended.fault?.found ?? "" } });
      outcome = ended.result;
    } else {
      outcome = await send("POST", `${address}/accept`, undefined, { "If-Match": main.dataset.tag });
    }
    decided("good", put(words.taken, outcome.delivery), put(words.counts, outcome.added, outcome.replaced, outcome.unchanged, outcome.held));
    link(part("follow"), `/deliveries/${outcome.delivery}`, words.see);
    part("follow").hidden = false;
    if (part("run")) part("run").hidden = false;
  } catch (fault) {
    toldFault(said, fault);
    busy(false);
  }
});

part("back")?.addEventListener("click", async () => {
  if (!confirm(words.discard)) return;
  busy(true);
  told(said, "note", words.list);
  try {
    await keepWords();
    const list = await ask(`${address}/list.xlsx`);
    if (!list.ok) throw Object.assign(new Error((await list.json()).detail), { told: {} });
    const file = URL.createObjectURL(await list.blob());
    const given = document.createElement("a");
    given.href = file;
    given.download = /filename\*=UTF-8''(.+)$/.exec(list.headers.get("Content-Disposition"))?.[1] ?? "list.xlsx";
    given.download = decodeURIComponent(given.download);
    given.click();
    await send("DELETE", address);
    decided("good", words.back);
  } catch (fault) {
    toldFault(said, fault);
    busy(false);
  }
});

part("again-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const how = { fixes: [...form.querySelectorAll("[name=fixes]:checked")].map((one) => one.value) };
  // Only what a person says, now or before: the rest is the program's to find.
  how.map = {};
  for (const field of form.elements) {
    const isSaid = field.name === "map" && field.value && ("said" in field.dataset || field.value !== field.dataset.was);
    if (isSaid) how.map[field.dataset.head] = field.value;
  }
  for (const name of ["layer", "crs", "encoding"]) {
    const typed = form.querySelector(`input:not([type=checkbox])[name=${name}]`).value.trim();
    const chosen = form.querySelector(`[type=checkbox][name=${name}]:checked`)?.value;
    how[name] = chosen || typed || null;
  }
  try {
    await send("POST", `${address}/check`, how);
    location.assign(`/deliveries/${main.dataset.id}`);
  } catch (fault) { toldFault(said, fault); }
});

part("run")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  told(said, "note", words.queued);
  try {
    const job = await send("POST", "/api/v1/jobs", { kind: "run", as_of: form.elements.as_of.value });
    const ended = await watched(job.id, (now) => told(said, "note", now.state === "running" ? words.running : words.queued, far(now)));
    if (ended.state !== "done") throw Object.assign(new Error(words.failed), { told: { mend: ended.fault?.found ?? "" } });
    told(said, "good", words.ran);
    part("follow").replaceChildren();
    link(part("follow"), `/?run=${ended.result.run}`, words.look);
  } catch (fault) {
    toldFault(said, fault);
    button.disabled = false;
  }
});
