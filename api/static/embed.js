// A page within another site: it shows what its token fixes, tells that site what is clicked, and hears its filters.
//   heard  {landwatch: "hello"}                         the site says where it is
//          {landwatch: "filter", layer, filter: {...}}  filters of /api/v1 by name; layer may be left out
//          {landwatch: "select", layer, name}           the row called so, as a click on it
//   told   {landwatch: "ready", layers, as_of}
//          {landwatch: "click", layer, row: {...}}
//          {landwatch: "filtered", layer, count} or {landwatch: "fault", message}
// Nothing is told before a site that is allowed has said hello, and then to that site only.
import { draw } from "/embed/files/embed_map.js";

const MOST_FILTERS = 30, PAGE_ROWS = 1000, MOST_PAGES = 20;
const FIXED = new Set(["run", "as_of", "after", "limit", "shapes"]);
const LEADING = ["subject", "approval", "key", "place_code", "name", "project_name", "subjects", "rule", "outcome", "track", "evidence_grade", "kind",
  "confidence", "situation", "from_on", "since_on", "next_on", "area_m2", "value", "unit"];
const part = (id) => document.getElementById(id);
const given = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const either = landwatch.either;
let open = null, map = null, run = null, layer = "", filter = {}, chosen = "", site = "", asked = 0;

function tell(message) { if (site) parent.postMessage(message, site); }

function fault(told, status) {
  const message = [told.detail ?? told.message ?? `${status}`, told.mend ?? ""].join(" ").trim();
  part("said").textContent = message;
  tell({ landwatch: "fault", message });
}

async function answered(answer) {
  try { return await answer.json(); } catch { return {}; }
}

async function get(address) {
  const answer = await fetch(address, { headers: { Authorization: `Embed ${open.pass}` }, credentials: "omit" });
  return { isRight: answer.ok, status: answer.status, told: await answered(answer) };
}

function isText(one) { return ["string", "number", "boolean"].includes(typeof one) && String(one).length <= 300; }

function isFilter(wanted) {
  return wanted !== null && typeof wanted === "object" && !Array.isArray(wanted) && Object.keys(wanted).length <= MOST_FILTERS
    && Object.entries(wanted).every(([name, value]) => !FIXED.has(name) && (isText(value)
      || (Array.isArray(value) && value.length <= 50 && value.every(isText))));
}

// One run for the map and all lists, also where a newer one comes meanwhile.
function fixed(query) {
  if (run !== null) query.set("run", run);
  else if (open.as_of) query.set("as_of", open.as_of);
  return query;
}

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) for (const one of [value].flat()) query.append(name, one);
  return `/api/v1/${layer}?${fixed(query)}`;
}

function nameOf(row) {
  const value = row[map?.namedBy(layer) || "subject"];
  return Array.isArray(value) ? value.join(";") : value ?? null;
}

async function show() {
  const turn = ++asked;
  const isFiltered = Object.keys(filter).length > 0;
  let { isRight, status, told } = await get(address());
  if (turn !== asked) return;
  if (!isRight) {
    part("list").replaceChildren();
    return fault(told, status);
  }
  const { count } = told, rows = [...told.rows];
  list(rows, told);
  if (map && isFiltered) {
    for (let page = 1; told.next && page < MOST_PAGES; page++) {
      ({ isRight, status, told } = await get(told.next.replace(/([?&]limit=)[0-9]+|$/, (_, limit) => (limit ? limit + PAGE_ROWS : `&limit=${PAGE_ROWS}`))));
      if (turn !== asked) return;
      if (!isRight) return fault(told, status);
      rows.push(...told.rows);
    }
    map.only(layer, new Set(rows.map(nameOf)));
  } else if (map) map.only(layer, null);
  const isWhole = !map || !isFiltered || rows.length >= count;
  part("said").textContent = either(`共 ${count} 条`, `${count} in all`)
    + (isWhole ? "" : either(`，图上只显示前 ${rows.length} 条`, `, the first ${rows.length} on the map`));
  tell({ landwatch: "filtered", layer, count });
}

function list(rows, told) {
  const place = part("list"), more = part("more");
  const made = table(rows);
  place.replaceChildren(made);
  more.hidden = !told.next;
  more.textContent = either(`下一页（已列 ${rows.length} / ${told.count}）`, `More (${rows.length} of ${told.count})`);
  more.onclick = async () => {
    const page = await get(told.next);
    if (!page.isRight) return fault(page.told, page.status);
    list([...rows, ...page.told.rows], page.told);
  };
}

function said(name, value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(either("、", ", "));
  if (typeof value === "number") return value.toLocaleString(undefined, { maximumFractionDigits: 4 });
  return open.words[layer]?.[name]?.[value] ?? value;
}

function told_of(row) {
  return Object.fromEntries(LEADING.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]));
}

function table(rows) {
  const made = document.createElement("table");
  const names = LEADING.filter((name) => rows.some((row) => row[name] !== undefined && row[name] !== null));
  made.createCaption().className = "sr";
  const head = made.createTHead().insertRow();
  for (const name of names) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = open.titles[layer]?.[name] ?? name;
    head.append(cell);
  }
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    line.tabIndex = 0;
    line.dataset.name = nameOf(row) ?? "";
    line.setAttribute("aria-selected", String(chosen !== "" && chosen === line.dataset.name));
    for (const name of names) {
      const cell = line.insertCell();
      cell.textContent = said(name, row[name]);
      if (typeof row[name] === "number") cell.className = "number";
    }
    const click = () => {
      mark(line.dataset.name);
      tell({ landwatch: "click", layer, row: told_of(row) });
    };
    line.addEventListener("click", click);
    line.addEventListener("keydown", (event) => { if (event.key === "Enter") click(); });
  }
  return made;
}

function mark(name) {
  chosen = name;
  for (const line of part("list").querySelectorAll("tbody tr")) line.setAttribute("aria-selected", String(line.dataset.name === name));
}

function day(value) { return value === null ? null : new Date(value * 86400000).toISOString().slice(0, 10); }

// A click on the map, told as a click in the list is; days travel there as numbers.
function picked(lists, row, about) {
  if (!lists.length) return;
  const days = new Set(about.lines.filter((line) => ["day", "since", "next"].includes(line.kind)).map((line) => line.column));
  const plain = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, days.has(name) ? day(value) : value]));
  const of = lists.includes(layer) ? layer : lists[0];
  mark(String(plain[map?.namedBy(of)] ?? ""));
  tell({ landwatch: "click", layer: of, row: told_of(plain) });
}

function view(name) {
  for (const one of ["map", "charts", "list"]) {
    part(`${one}-view`).hidden = one !== name;
    part(`to-${one}`).setAttribute("aria-pressed", String(one === name));
  }
}

// Drawn when they are first looked at: the library is a megabyte.
async function charts() {
  view("charts");
  const place = part("charts-view");
  if (place.childElementCount) return;
  const { isRight, status, told } = await get(`/embed/charts?${fixed(new URLSearchParams())}`);
  if (!isRight) return fault(told, status);
  const { shown } = await import("/embed/files/embed_charts.js");
  await shown(place, told, either);
}

function choose(name) {
  layer = name;
  for (const button of part("layers").children) button.setAttribute("aria-pressed", String(button.value === name));
}

function hear(event) {
  if (event.source !== parent || parent === window || !open || !open.origins.includes(event.origin)) return;
  const heard = event.data;
  if (heard === null || typeof heard !== "object") return;
  if (heard.layer !== undefined && !open.layers.includes(heard.layer)) return;
  if (heard.landwatch === "hello") {
    site = event.origin;
    tell({ landwatch: "ready", layers: open.layers, as_of: open.as_of });
  } else if (heard.landwatch === "filter" && isFilter(heard.filter ?? {})) {
    filter = heard.filter ?? {};
    choose(heard.layer ?? layer);
    show();
  } else if (heard.landwatch === "select" && isText(heard.name)) {
    choose(heard.layer ?? layer);
    if (!map?.select(layer, String(heard.name))) mark(String(heard.name));
  }
}

async function drawn() {
  const { isRight, status, told } = await get(`/embed/map?${fixed(new URLSearchParams())}`);
  if (!isRight) return fault(told, status);
  run = told.run;
  if (told.title) part("title").textContent = told.title;
  part("source").textContent = either(`土地利用监测 第 ${run} 次运行；疑似闲置为线索，以认定书为准`,
    `Land watch, run ${run}; suspected idle is a lead: a recorded decision finds`);
  part("day").textContent = either(`截至 ${told.as_of}`, `as of ${told.as_of}`);
  if (told.too_many) {
    part("said").textContent = either(`${told.too_many} 宗，太多，不画图，请看清单`, `${told.too_many} parcels are too many to draw: see the list`);
    return;
  }
  view("map");
  part("to-map").hidden = false;
  map = await draw(part("map"), part("legend"), told, picked);
}

async function begin() {
  const answer = await fetch("/embed/exchange", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ shown: given }),
    credentials: "omit",
  });
  const told = await answered(answer);
  if (!answer.ok) return fault(told, answer.status);
  open = told;
  document.documentElement.lang = open.language === "en" ? "en" : "zh-CN";
  document.title = part("title").textContent = either("批而未供与闲置土地监测", "Unsupplied and idle land");
  part("to-map").textContent = either("地图", "Map");
  part("to-charts").textContent = either("图表", "Charts");
  part("to-charts").hidden = !open.layers.includes("indicators");
  part("to-charts").addEventListener("click", charts);
  part("to-list").textContent = either("清单", "List");
  part("to-map").addEventListener("click", () => view("map"));
  part("to-list").addEventListener("click", () => view("list"));
  for (const name of open.layers) {
    const button = document.createElement("button");
    button.type = "button";
    button.value = name;
    button.textContent = open.names[name] ?? name;
    button.addEventListener("click", () => { filter = {}; choose(name); show(); });
    part("layers").append(button);
  }
  choose(open.layers[0]);
  try { await drawn(); } catch (wrong) { view("list"); fault({ detail: either("地图画不出来，请看清单", "The map cannot be drawn: see the list"), mend: wrong.message }); }
  await show();
  document.body.dataset.ready = "yes";
}

addEventListener("message", hear);
await begin();
