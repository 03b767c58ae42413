// A paper: what it would change is seen first, then it is recorded, with its scan.
import { ask, asked, send, told, toldFault } from "/static/app/frame.js";

const form = document.querySelector("form.paper");
const words = JSON.parse(form.dataset.words);
const said = document.getElementById("said");
const save = document.getElementById("save");
const why = document.getElementById("save-why");
// What was looked at, as text: only that may be recorded.
let looked = null;

function values() {
  const found = {};
  for (const field of form.elements) {
    if (field.name && !["do", "scan"].includes(field.name) && field.value.trim()) found[field.name] = field.value.trim();
  }
  return found;
}

function enable() {
  const isSame = looked !== null && looked === JSON.stringify(values());
  save.disabled = !isSame;
  save.classList.toggle("main", isSame);
  why.hidden = isSame;
  if (looked !== null && !isSame) why.textContent = words.changed;
}
form.addEventListener("input", enable);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told(said, "note", words.looking);
  looked = null;
  enable();
  const content = { kind: form.dataset.kind, values: values(), subject: form.dataset.subject };
  try {
    const answer = await ask("/record/preview", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content),
    });
    if (!answer.ok) {
      const fault = await answer.json();
      throw Object.assign(new Error(fault.detail), { told: fault });
    }
    // The server's own page, every value of it escaped there.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = document.adoptNode(page.getElementById("preview"));
    document.getElementById("preview").replaceWith(found);
    told(said);
    if (found.dataset.accepted === "1") looked = JSON.stringify(content.values);
    enable();
    found.scrollIntoView({ block: "nearest" });
  } catch (fault) { toldFault(said, fault); }
});

save.addEventListener("click", async () => {
  save.disabled = true;
  try {
    let scan = null;
    const file = form.elements.scan.files[0];
    if (file) {
      told(said, "note", words.scan, file.name);
      const sent = await asked(`/api/v1/scans?name=${encodeURIComponent(file.name)}`, {
        method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file,
      });
      scan = sent.id;
    }
    told(said, "note", words.saving);
    const done = await send("POST", `/api/v1/papers/${form.dataset.kind}`, { values: values(), scan });
    form.dispatchEvent(new Event("sent"));
    told(said, "good", words.saved.replace("{}", done.delivery), words.undo);
    const link = document.createElement("a");
    link.className = "btn sm";
    link.href = `/deliveries/${done.delivery}`;
    link.textContent = words.see;
    said.querySelector(".msg > div").append(document.createElement("br"), link);
    form.reset();
    looked = null;
    enable();
    said.scrollIntoView({ block: "nearest" });
  } catch (fault) {
    toldFault(said, fault);
    enable();
  }
});
