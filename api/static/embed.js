// A page within another site: it shows what its token fixes, tells that site what is clicked, and hears its filters.
//   heard  {landwatch: "hello"}                         the site says where it is
//          {landwatch: "filter", layer, filter: {...}}  filters of /api/v1 by name; layer may be left out
//   told   {landwatch: "ready", layers, as_of}
//          {landwatch: "click", layer, row: {...}}
//          {landwatch: "filtered", layer, count} or {landwatch: "fault", message}
// Nothing is told before a site that is allowed has said hello, and then to that site only.
const MOST_FILTERS = 30;
const FIXED = new Set(["run", "as_of", "after", "limit"]);
const LEADING = ["subject", "approval", "key", "place_code", "name", "rule", "outcome", "track", "evidence_grade", "kind", "since_on",
  "next_on", "area_m2"];
const part = (id) => document.getElementById(id);
const given = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
let open = null;
let layer = "";
let filter = {};
let site = "";
let asked = 0;

function words(chinese, english) { return open?.language === "en" ? english : chinese; }

function tell(message) { if (site) parent.postMessage(message, site); }

function fault(told, status) {
  const message = [told.detail ?? told.message ?? `${status}`, told.mend ?? ""].join(" ").trim();
  part("said").textContent = message;
  tell({ landwatch: "fault", message });
}

async function answered(answer) {
  try { return await answer.json(); } catch { return {}; }
}

function isFilter(wanted) {
  const isText = (one) => ["string", "number", "boolean"].includes(typeof one) && String(one).length <= 300;
  return wanted !== null && typeof wanted === "object" && !Array.isArray(wanted) && Object.keys(wanted).length <= MOST_FILTERS
    && Object.entries(wanted).every(([name, value]) => !FIXED.has(name) && (isText(value)
      || (Array.isArray(value) && value.length <= 50 && value.every(isText))));
}

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) for (const one of [value].flat()) query.append(name, one);
  if (open.as_of) query.set("as_of", open.as_of);
  return `/api/v1/${layer}?${query}`;
}

async function show() {
  const turn = ++asked;
  const answer = await fetch(address(), { headers: { Authorization: `Embed ${open.pass}` }, credentials: "omit" });
  const told = await answered(answer);
  if (turn !== asked) return;
  part("list").replaceChildren();
  if (!answer.ok) return fault(told, answer.status);
  part("said").textContent = words(`共 ${told.count} 条`, `${told.count} in all`);
  part("list").append(table(told.rows));
  tell({ landwatch: "filtered", layer, count: told.count });
}

function table(rows) {
  const made = document.createElement("table");
  const names = LEADING.filter((name) => rows.some((row) => row[name] !== undefined && row[name] !== null));
  const head = made.createTHead().insertRow();
  for (const name of names) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    line.tabIndex = 0;
    for (const name of names) {
      const cell = line.insertCell();
      cell.textContent = row[name] ?? "";
      if (typeof row[name] === "number") cell.className = "number";
    }
    const click = () => tell({ landwatch: "click", layer, row: Object.fromEntries(names.map((name) => [name, row[name] ?? null])) });
    line.addEventListener("click", click);
    line.addEventListener("keydown", (event) => { if (event.key === "Enter") click(); });
  }
  return made;
}

function choose(name) {
  layer = name;
  for (const button of part("layers").children) button.setAttribute("aria-pressed", String(button.value === name));
}

addEventListener("message", (event) => {
  if (event.source !== parent || parent === window || !open || !open.origins.includes(event.origin)) return;
  const said = event.data;
  if (said === null || typeof said !== "object") return;
  if (said.landwatch === "hello") {
    site = event.origin;
    tell({ landwatch: "ready", layers: open.layers, as_of: open.as_of });
  } else if (said.landwatch === "filter" && isFilter(said.filter ?? {})) {
    if (said.layer !== undefined && !open.layers.includes(said.layer)) return;
    filter = said.filter ?? {};
    choose(said.layer ?? layer);
    show();
  }
});

const answer = await fetch("/embed/exchange", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ shown: given }),
  credentials: "omit",
});
const told = await answered(answer);
if (answer.ok) {
  open = told;
  document.documentElement.lang = open.language === "en" ? "en" : "zh-CN";
  for (const name of open.layers) {
    const button = document.createElement("button");
    button.value = name;
    button.textContent = name;
    button.addEventListener("click", () => { filter = {}; choose(name); show(); });
    part("layers").append(button);
  }
  choose(open.layers[0]);
  await show();
} else {
  fault(told, answer.status);
}
