// The map page: one state (day, filters, what is chosen), from which map, legend, list, card and address follow.
import { GPUInitializationError, Map as LiveMap, prewarm, setWorkerUrl } from "/static/vendor/maplibre-gl/maplibre-gl.mjs";
import { ask, htmx } from "/static/app/frame.js";
import { dayNumber, images, layers, picked, sources } from "/static/app/map_layers.js";
import { measuring } from "/static/app/map_measure.js";
import { searching } from "/static/app/map_search.js";
import { isDay, timeline } from "/static/app/map_time.js";
import { sixtieths, zoned } from "/static/app/zone.js";

const part = (id) => document.getElementById(id);
const given = JSON.parse(part("given").textContent), words = given.words;
const WORKER = "/static/vendor/maplibre-gl/maplibre-gl-worker.mjs";
const WAIT_MS = 15000, PAUSE_MS = 120, CLOSE_ZOOM = 11, MOMENTS_ZOOM = 13;
const state = { day: given.as_of, tab: "idle_land", subject: given.subject ?? "", colour: given.colour, compare: "", moved: null };
const query = new URLSearchParams(location.search);

function say(text) {
  part("map-said").textContent = text;
  part("map-said").hidden = !text;
}

/** What the server says of the map as it stands, null where it said nothing. */
async function told(address, query) {
  try {
    const answer = await ask(`${address}?${query}`);
    return answer.ok ? await answer.json() : null;
  } catch (fault) { say(fault.message); return null; }
}

function later(work, pause = PAUSE_MS) {
  let waiting = 0;
  return (...told) => { clearTimeout(waiting); waiting = setTimeout(() => work(...told), pause); };
}

// ---- what is shown, as the legend says it ----
function shown() {
  const found = {};
  for (const list of ["outcome", "unsupplied"]) {
    const boxes = [...document.querySelectorAll(`input[name="${list}"]`)];
    const on = boxes.filter((box) => box.checked).map((box) => box.value);
    found[list] = on.length === boxes.length ? null : on;
    for (const box of boxes) box.closest("tr").classList.toggle("is-off", !box.checked);
  }
  return found;
}

/** The address of the page as it stands; parts of it ask by the same names. */
function address() {
  const told = new URLSearchParams(query);
  for (const name of ["outcome", "unsupplied", "subject", "as_of", "colour", "compare", "lon", "lat", "zoom", "layer"]) told.delete(name);
  for (const [list, codes] of Object.entries(shown())) for (const code of codes ?? []) told.append(list, code);
  for (const [list, codes] of Object.entries(shown())) if (codes?.length === 0) told.append(list, "");
  if (state.subject) told.set("subject", state.subject);
  if (state.day !== given.judged_on) told.set("as_of", state.day);
  if (state.colour !== "status") told.set("colour", state.colour);
  if (state.compare) told.set("compare", state.compare);
  for (const box of document.querySelectorAll('input[name="layer"]')) if (box.checked !== box.defaultChecked) told.append("layer", box.value);
  return told;
}

function asked(more = {}) {
  const told = address();
  for (const name of ["colour", "compare", "layer"]) told.delete(name);
  for (const [list, codes] of Object.entries(shown())) if (codes?.length === 0) told.delete(list);
  told.set("run", given.run);
  for (const [name, value] of Object.entries(more)) if (value === null) told.delete(name); else told.set(name, value);
  return told;
}

/** Let the buttons lead to a list and a sheet of what is seen. */
function lead(told) {
  const list = asked({ subject: null, as_of: null });
  const [own, other] = state.tab === "unsupplied" ? ["unsupplied", "outcome"] : ["outcome", "unsupplied"];
  const codes = list.getAll(own);
  for (const name of ["lon", "lat", "zoom", "run", own, other]) list.delete(name);
  for (const code of codes) list.append("outcome", code);
  part("to-list").href = `/lists/${state.tab === "unsupplied" ? "unsupplied" : "supplied"}?${list}`;
  part("print").href = `/map/print?${told}`;
}

const remember = later(() => {
  const told = address();
  if (map) {
    const { lng, lat } = map.getCenter();
    told.set("lon", lng.toFixed(6));
    told.set("lat", lat.toFixed(6));
    told.set("zoom", map.getZoom().toFixed(2));
  }
  history.replaceState(history.state, "", `?${told}`);
  lead(told);
}, 300);

// ---- map ----
// Its style is our own, and the same is looked through where it is printed (map_print.js): here that would take longer than to draw it.
const TRUSTED = { validate: false }, NAMES = "block-names", RULES = ["idle_land", "unsupplied"];

function create(container, day) {
  // Names are written once the land is there: drawing their letters takes as long as drawing the land does. Nothing is faded in: each step of it is a drawing of all.
  const first = dressed().map((layer) => (layer.id === NAMES ? { ...layer, layout: { ...layer.layout, visibility: "none" } } : layer));
  const made = new LiveMap({ container, attributionControl: false, fadeDuration: 0, maxZoom: 19, minZoom: 3, dragRotate: false, pitchWithRotate: false, validateStyle: false,
    style: { version: 8, sources: sources(given, day), layers: first }, localIdeographFontFamily: '"Noto Sans CJK SC", "Microsoft YaHei", sans-serif' });
  made.touchZoomRotate.disableRotation();
  made.once("idle", () => made.setLayoutProperty(NAMES, "visibility", "visible", TRUSTED));
  // As soon as there is a style, not when the first, empty picture has been drawn.
  made.once("style.load", () => {
    for (const [name, image] of images(given.looks)) made.addImage(name, image, { pixelRatio: 2 });
    // What was chosen meanwhile.
    sift(made);
    pick(made);
  });
  return made;
}

/** The layers of a map, as the page has them: coloured, sifted, one chosen, some left out; `moved`: the day it is moved to. */
function dressed(moved = null) {
  const boxes = Object.fromEntries([...document.querySelectorAll('input[name="layer"]')].map((box) => [box.value, box.checked]));
  const asked = { looks: given.looks, colour: state.colour, shown: shown(), subject: state.subject, hasBaseMap: given.has_base_map, moved };
  return layers(asked).map((layer) =>
    (layer.id in boxes ? { ...layer, layout: { ...layer.layout, visibility: boxes[layer.id] ? "visible" : "none" } } : layer));
}

function dress(one) {
  for (const id of one.getLayersOrder()) if (!id.startsWith("measured")) one.removeLayer(id);
  const before = one.getLayer("measured-area") ? "measured-area" : undefined;
  for (const layer of dressed(movedOf(one))) one.addLayer(layer, before);
}

// The day that is moved is that of the first of two maps.
const movedOf = (one) => (one === map ? state.moved : null);

/** Show of the land what the legend shows, as it is on the day: all of it at once, so that tiles are read anew once. */
function sift(one) {
  for (const { id, filter, paint, metadata } of dressed(movedOf(one))) {
    if (!metadata) continue;
    one.setFilter(id, filter, TRUSTED);
    for (const [name, value] of Object.entries(paint)) one.setPaintProperty(id, name, value, TRUSTED);
  }
}

function pick(one) {
  for (const [id, { filter, visibility }] of Object.entries(picked(state.subject))) {
    one.setFilter(id, filter, TRUSTED);
    one.setLayoutProperty(id, "visibility", visibility, TRUSTED);
  }
}

function onDay(one, day) {
  lost.delete("land");
  const told = sources(given, day);
  for (const name of ["findings", "blocks", "parks", "parcels", "approvals"]) one.getSource(name)?.setTiles(told[name].tiles);
}

let map = null, second = null, tool = null, isSyncing = false;
// Those that have their layers: what is chosen before is dressed with them.
const everyMap = () => [map, second].filter((one) => one?.getLayer("ground"));

function fit(bounds, zoom = 17) {
  if (bounds) map.fitBounds([[bounds[0], bounds[1]], [bounds[2], bounds[3]]], { padding: 40, maxZoom: zoom, animate: false });
}

function start() {
  const waiting = setTimeout(() => noMap(words.slow), WAIT_MS);
  // What asks for tiles and reads them does so beside the page: it gets ready while the map does.
  setWorkerUrl(WORKER);
  prewarm();
  const stop = () => { clearTimeout(waiting); map?.remove(); map = null; noMap(words.no_worker, true); beside(); };
  try {
    map = part("map").live = create("map", state.day);
  } catch (fault) {
    if (!(fault instanceof GPUInitializationError)) throw fault;
    clearTimeout(waiting);
    return noMap(words.no_webgl, true);
  }
  // Without its worker the map hangs, and says nothing.
  fetch(WORKER).then((answer) => { if (!answer.ok) stop(); }, stop);
  tool = measuring(map, words, say);
  map.once("style.load", () => tool.layers());
  map.on("error", (event) => {
    if (event.sourceId !== "base") console.error(event.error?.message ?? event.error);
    if (!String(event.error?.message).includes("abort")) { lost.add(event.sourceId === "base" ? "base" : "land"); tell(); }
  });
  // A map that comes late is there all the same.
  map.once("idle", () => { clearTimeout(waiting); if (part("map-said").querySelector("a")) say(""); document.body.dataset.map = "ready"; document.body.dataset.day = state.day; });
  if (query.has("lon")) map.jumpTo({ center: [Number(query.get("lon")), Number(query.get("lat"))], zoom: Number(query.get("zoom")) || 12 });
  else fit(given.bounds);
  map.on("moveend", () => { remember(); if (document.body.dataset.map) list(); });
  map.on("move", () => { follow(map, second); scale(); });
  map.on("mousemove", (event) => pointer(event.lngLat));
  map.on("click", (event) => { if (!tool.isOn) choose(at(map, event.point), false); });
  map.on("idle", tell);
  map.on("mousemove", (event) => { map.getCanvas().style.cursor = tool.isOn ? "crosshair" : at(map, event.point) ? "pointer" : ""; });
  scale();
}

/** Say why there is no map, and lead to the maps of blocks; `isFinal`: none comes any more, and its tools go. */
function noMap(text, isFinal = false) {
  if (isFinal) document.body.dataset.noMap = "";
  const link = document.createElement("a");
  link.href = "/maps/";
  link.textContent = words.block_maps;
  say(text);
  part("map-said").append(link);
}

function at(one, point) {
  const found = one.queryRenderedFeatures(point, { layers: ["supplied", "unsupplied", "approved"].filter((id) => one.getLayer(id)) });
  return found[0]?.properties.subject ?? found[0]?.properties.approval ?? "";
}

function follow(from, to) {
  if (!to || isSyncing) return;
  isSyncing = true;
  to.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
  isSyncing = false;
}

/** What of the land in view is drawn, and what is counted in squares. */
// What did not come: tiles of the land, of the ground. As long as the day stands nobody fetches them again.
const lost = new Set();

function tell() {
  // Where tiles are missing, a count of those that came would be taken for all there is.
  if (lost.has("land")) { part("drawn").textContent = words.fault; return; }
  const metas = new Map(map.querySourceFeatures("findings", { sourceLayer: "meta" }).map((one) => [one.geometry.coordinates.join(), one.properties]));
  let total = 0, merged = 0;
  // Of the rules that are drawn: land of an agreement is counted with what was supplied.
  for (const one of metas.values()) for (const rule of RULES) { total += one[`total:${rule}`] ?? 0; merged += one[`merged:${rule}`] ?? 0; }
  const said = merged ? words.counted : words.all_drawn;
  part("drawn").textContent = said.replace("{total}", total.toLocaleString("en")).replace("{merged}", merged.toLocaleString("en"))
    + (lost.has("base") ? `　${words.no_base_map}` : "");
}

function pointer({ lng, lat }) {
  const { zone, x, y } = zoned(lng, lat);
  part("pointer").textContent = `${sixtieths(lng)} ${words.east}　${sixtieths(lat)} ${words.north}　${words.zone} ${zone}　X ${x.toFixed(2)}　Y ${y.toFixed(2)}`;
}

/** A bar of a round length; metres by the map's own scale at its middle. */
function scale() {
  const box = map.getContainer(), y = box.clientHeight / 2;
  const [a, b] = [map.unproject([0, y]), map.unproject([100, y])];
  const metres = 6378137 * Math.cos((a.lat * Math.PI) / 180) * Math.abs(b.lng - a.lng) * (Math.PI / 180);
  const power = 10 ** Math.floor(Math.log10(metres)), round = [5, 3, 2, 1].find((one) => one * power <= metres) * power;
  part("scale").style.width = `${(100 * round) / metres}px`;
  part("scale").textContent = round < 1000 ? `${round} ${words.metres}` : `${round / 1000} ${words.kilometres}`;
}

// ---- list, card, counts ----
const list = later(() => {
  const bounds = map?.getBounds();
  // From afar the list is of all land chosen, close by of what is in view.
  const box = map && map.getZoom() >= CLOSE_ZOOM ? bounds.toArray().flat().map((one) => one.toFixed(6)).join() : null;
  const none = shown()[state.tab === "unsupplied" ? "unsupplied" : "outcome"];
  if (none?.length === 0) { part("rows").replaceChildren(); return; }
  htmx.ajax("GET", `/map/rows?${asked({ box, rule: state.tab, as_of: null, subject: null })}`, { target: "#rows", swap: "innerHTML" });
}, 250);

const count = later(async () => {
  for (const [name, codes] of Object.entries((await told("/map/counts", asked({ as_of: state.day }))) ?? {})) {
    const lost = document.querySelector(`.unplaced[data-list="${name}"]`);
    lost.hidden = !codes.unplaced.is_any;
    lost.querySelector("span").textContent = codes.unplaced.count;
    for (const [code, sum] of Object.entries(codes)) {
      const row = document.querySelector(`#legend-${name} tr[data-code="${CSS.escape(code)}"]`);
      for (const cell of row?.querySelectorAll("[data-of]") ?? []) cell.textContent = sum[cell.dataset.of];
    }
  }
});

async function changes() {
  const known = await told("/map/changes", asked({ as_of: null }));
  if (known) days.know(known);
}

/** Choose a subject, on the map, in the list and beside; "" lets go of it. */
export async function choose(subject, isShown = true) {
  state.subject = subject;
  if (map && !tool.isOn) say("");
  for (const one of everyMap()) pick(one);
  for (const row of document.querySelectorAll("#rows tr[data-key]")) row.setAttribute("aria-selected", String(row.dataset.key === subject));
  remember();
  if (!subject) { part("card").replaceChildren(); return; }
  await htmx.ajax("GET", `/map/card?${new URLSearchParams({ run: given.run, subject })}`, { target: "#card", swap: "innerHTML" });
  changes();
  if (isShown) {
    const answer = await told("/map/search", new URLSearchParams({ run: given.run, text: subject }));
    const found = answer?.found.find((one) => one.subject === subject);
    if (!answer) return;
    if (found?.bounds) fit(found.bounds, Math.max(16, map.getZoom()));
    else say(words.no_shape.replace("{subject}", subject));
  }
}

// Long enough for the rows to be recoloured first: what they say themselves is there sooner than any tile.
const FETCH_MS = 500;
/** Fetch what is said of a day; until it is there the map shows what its rows say themselves. */
const fetched = later((day) => {
  if (map) {
    onDay(map, day);
    map.once("idle", () => { if (state.day === day) { state.moved = null; sift(map); document.body.dataset.day = day; } });
  }
  count();
  remember();
  ofDay(day);
}, FETCH_MS);
/** Say of which day the list is, where the map shows another. */
function ofDay(day) {
  const said = part("rows-day");
  said.textContent = day === given.judged_on ? "" : said.dataset.words.replace("{}", given.judged_on);
}
const days = timeline(given, words, (day) => {
  state.day = day;
  part("of-day").textContent = day;
  if (map?.getLayer("ground") && map.getZoom() >= MOMENTS_ZOOM) { state.moved = dayNumber(day); sift(map); }
  fetched(day);
});

// ---- what a person does ----
for (const box of document.querySelectorAll(".legend input")) {
  box.addEventListener("change", () => { for (const one of everyMap()) sift(one); list(); remember(); });
}
for (const box of document.querySelectorAll('input[name="layer"]')) {
  if (query.getAll("layer").includes(box.value)) box.checked = !box.defaultChecked;
  box.addEventListener("change", () => {
    for (const one of everyMap()) one.setLayoutProperty(box.value, "visibility", box.checked ? "visible" : "none");
    remember();
  });
}
for (const button of document.querySelectorAll("#colour button")) {
  button.addEventListener("click", () => {
    state.colour = button.value;
    for (const one of document.querySelectorAll("#colour button")) one.setAttribute("aria-pressed", String(one === button));
    for (const one of everyMap()) dress(one);
    remember();
  });
}
for (const button of document.querySelectorAll("[data-drop]")) {
  button.addEventListener("click", () => { query.delete(button.dataset.drop); location.search = String(address()); });
}
for (const tab of document.querySelectorAll('[role="tab"]')) {
  tab.addEventListener("click", () => {
    state.tab = tab.id.slice(4);
    for (const one of document.querySelectorAll('[role="tab"]')) one.setAttribute("aria-selected", String(one === tab));
    list();
    remember();
  });
}
part("zoom-in").addEventListener("click", () => map?.zoomIn());
part("zoom-out").addEventListener("click", () => map?.zoomOut());
part("zoom-all").addEventListener("click", () => fit(given.bounds));
part("measure").addEventListener("click", () => {
  const isOn = part("measure").getAttribute("aria-pressed") !== "true";
  part("measure").setAttribute("aria-pressed", String(isOn));
  if (isOn) tool?.begin(); else tool?.end();
});
part("compare").addEventListener("click", () => {
  const isOn = part("compare").getAttribute("aria-pressed") !== "true";
  compare(isOn ? part("day-compare").value || given.judged_on : "");
});
part("day-compare").addEventListener("change", () => { if (isDay(part("day-compare").value)) compare(part("day-compare").value); });

function compare(day) {
  state.compare = day;
  part("compare").setAttribute("aria-pressed", String(Boolean(day)));
  for (const id of ["compare-days", "map-compare", "of-day", "of-day-compare"]) part(id).hidden = !day;
  part("of-day").textContent = state.day;
  part("of-day-compare").textContent = day;
  document.querySelector(".map").classList.toggle("is-compared", Boolean(day));
  map?.resize();
  if (!day) { second?.remove(); second = null; }
  else if (second) onDay(second, day);
  else {
    part("day-compare").value = day;
    second = create("map-compare", day);
    second.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    second.on("move", () => follow(second, map));
    second.on("click", (event) => choose(at(second, event.point), false));
    second.on("idle", () => { document.body.dataset.compared = state.compare; });
  }
  remember();
}

part("rows").addEventListener("htmx:after:swap", () => {
  for (const row of document.querySelectorAll("#rows tr[data-key]")) row.setAttribute("aria-selected", String(row.dataset.key === state.subject));
});
part("rows").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-key]");
  if (row && !event.target.closest("a")) choose(row.dataset.key);
});
part("card").addEventListener("click", (event) => { if (event.target.closest("#card-close")) choose(""); });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...document.querySelectorAll("#rows tr[data-key]")], now = rows.findIndex((row) => row.dataset.key === state.subject);
  const keys = {
    j: () => rows.length && choose(rows[Math.min(now + 1, rows.length - 1)].dataset.key),
    k: () => rows.length && choose(rows[Math.max(now - 1, 0)].dataset.key),
    "[": () => days.step(-1), "]": () => days.step(1), "+": () => map?.zoomIn(), "-": () => map?.zoomOut(), 0: () => fit(given.bounds),
    Escape: () => { if (tool?.isOn) part("measure").click(); else choose(""); },
    Enter: () => { if (event.target === document.body && state.subject) part("card").querySelector("a.main")?.click(); },
  };
  keys[event.key]?.();
});
searching(given, words, told, (found) => { if (found.subject) choose(found.subject); else fit(found.bounds); });

// The map first: what lies beside it would make it wait.
const beside = () => { changes(); list(); };
function begin() {
  start();
  lead(address());
  days.show(state.day);
  ofDay(state.day);
  if (map) map.once("idle", beside); else beside();
  if (state.subject) choose(state.subject, !query.has("lon"));
  if (query.get("compare")) compare(query.get("compare"));
}
// A browser shows that it is loading until all is done that waits for it, and without a card its picture of that takes longer than a map does.
const loaded = () => { setTimeout(begin); };
if (document.readyState === "complete") loaded(); else addEventListener("load", loaded, { once: true });
