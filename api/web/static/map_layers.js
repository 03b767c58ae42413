// The layers of the live map: what a state is filled with, in which order, and how they are filtered.
// Patterns are drawn here, in pixels of the screen, so a stripe is as wide at every zoom.
const INK = "#1b222b", SIDE = 12, STRIPE = 6.8;

/** Draw a pattern of 6 x 6 screen pixels, twice as fine; a stripe runs one way or the other. */
export function pattern(look) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  // Its dots are read at once: drawn by the card, each would have to be fetched from there.
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = look.pattern === "hatch" ? "#eceef0" : "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = look.colour;
  pen.lineCap = "square";
  const ways = look.pattern === "hatch" ? [1, -1] : look.pattern === "stripe_up" ? [1] : [-1];
  pen.lineWidth = look.pattern === "hatch" ? 2 : STRIPE * Math.SQRT1_2;
  for (const way of ways) {
    for (let shift = -SIDE; shift <= 2 * SIDE; shift += SIDE) {
      pen.beginPath();
      pen.moveTo(shift - SIDE, way > 0 ? 2 * SIDE : -SIDE);
      pen.lineTo(shift + 2 * SIDE, way > 0 ? -SIDE : 2 * SIDE);
      pen.stroke();
    }
  }
  return pen.getImageData(0, 0, SIDE, SIDE);
}

const isPlain = (look) => look.pattern === "solid" || look.pattern === "hollow";
const filled = (look) => (look.pattern === "hollow" ? "#ffffff" : look.colour);
const name = (list, code) => `${list}-${code}`;

/** The images a map needs, by name. */
export function images(looks) {
  return Object.entries(looks).flatMap(([list, own]) =>
    own.filter((look) => !isPlain(look)).map((look) => [name(list, look.code), pattern(look)]));
}

function matched(input, looks, give, other, named = (code) => code) {
  const cases = looks.flatMap((look) => [named(look.code), give(look)]);
  return cases.length ? ["match", input, ...cases, other] : other;
}

// While the day is moved the state is read off the days each row says itself (gis/tiles/moments.py), nothing is fetched. Days are counted from 2000-01-01.
const MOST_MOMENTS = 12, NEVER = 1e12;
/** What a row is on a day that is moved to, null: as its tile has it. A row that says no days is drawn without a colour until its tile of that day is there. */
function stateOn(day) {
  if (day === null) return ["get", "state"];
  // Its days come in order: the first that lies ahead tells, before it holds what the one before began.
  const moments = Array.from({ length: MOST_MOMENTS }, (_, at) => [["<", day, ["coalesce", ["get", `d${at}`], NEVER]], at ? ["get", `s${at - 1}`] : ""]).flat();
  return ["case", ["!", ["has", "d0"]], ["concat", ["get", "rule"], ":moved"], ...moments, ["get", `s${MOST_MOMENTS - 1}`]];
}
// A state is its rule and its code: idle_land:suspected_idle.
const stateOf = (rule, code) => `${rule}:${code}`;
const TRACK = ["coalesce", ["get", "track"], ""];
/** A day as it is moved to. */
export const dayNumber = (day) => Math.round((Date.parse(`${day}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / 86400000);
// Of other days than the one judged what is left of an approval is known by its area alone: its outline lies beneath the parcels.
const AREAS = { approved: ["findings_of_approvals", "unsupplied", "unsupplied"], supplied: ["findings", "idle_land", "outcome"],
  unsupplied: ["findings", "unsupplied", "unsupplied"] };

/** Sources of a run on a day; of findings what lies in the region, park and block of `given.place`, counted as it is drawn. */
export function sources(given, day) {
  const ground = given.has_base_map ? { base: { type: "raster", tileSize: 256, maxzoom: 18, tiles: [`${location.origin}/basemap/{z}/{x}/{y}.png`] } } : {};
  const place = Object.entries(given.place).flatMap(([name, codes]) => [codes ?? []].flat().map((code) => `&${name}=${encodeURIComponent(code)}`)).join("");
  const of = (layer, minzoom = 0) => ({ type: "vector", minzoom, maxzoom: 18, promoteId: "number",
    tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt?run=${given.run}&as_of=${day}${layer === "findings" ? `&moments=true${place}` : ""}`] });
  const judged = (layer) => ({ ...of(layer), tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt?run=${given.run}`] });
  return { ...ground, findings: of("findings"), blocks: of("blocks"), parks: of("parks"), parcels: of("parcels", 11),
    approvals: of("approvals", 9), park_pieces: judged("park_pieces"), leads: judged("leads") };
}

/** The layers of a map, from the ground up. `looks`: by list; `shown`: list -> codes, null for all; `subject`: which is chosen; `moved`: the day the map is moved to. */
export function layers({ looks, colour, shown, subject = "", hasBaseMap = false, moved = null }) {
  const line = (id, source, layer, paint, more = {}) => ({ id, type: "line", source, "source-layer": layer, paint, ...more });
  const edge = { "line-color": INK, "line-opacity": 0.62, "line-width": 0.7 };
  const found = [], state = stateOn(moved);
  found.push({ id: "ground", type: "background", paint: { "background-color": "#f1f1ea" } });
  if (hasBaseMap) found.push({ id: "base", type: "raster", source: "base", paint: { "raster-opacity": 0.75 } });
  found.push({ id: "park_pieces", type: "fill", source: "park_pieces", "source-layer": "park_pieces", layout: { visibility: "none" },
    paint: { "fill-color": matched(["get", "state"], looks.state, filled, "#eceef0"), "fill-opacity": 0.55 } });
  for (const [id, [layer, rule, list]] of Object.entries(AREAS)) {
    const isByTrack = colour === "track" && id === "supplied", own = isByTrack ? looks.track : looks[list];
    const input = isByTrack ? TRACK : state, other = isByTrack ? "#ffffff" : "#eceef0";
    const named = isByTrack ? undefined : (code) => stateOf(rule, code);
    // Each has its edge, a line: edges of the fill beneath need not be smoothed.
    const area = (suffix, { paint, metadata }) => ({ id: `${id}${suffix}`, type: "fill", source: "findings", "source-layer": layer, metadata, paint: { ...paint, "fill-antialias": false } });
    found.push(area("", { metadata: { rule, list }, paint: { "fill-color": matched(input, own.filter(isPlain), filled, other, named) } }));
    const lined = own.filter((look) => !isPlain(look));
    if (lined.length) {
      const listName = isByTrack ? "track" : list, codes = lined.map((look) => look.code);
      found.push(area("-lined", { metadata: { rule, list, codes, isByTrack },
        paint: { "fill-pattern": matched(input, lined, (look) => name(listName, look.code), name(listName, codes[0]), named) } }));
    }
    found.push(line(`${id}-edge`, "findings", layer, edge, { metadata: { rule, list } }));
  }
  // Counted by cell: the darker, the more of its land asks something of the office.
  found.push({ id: "cells", type: "fill", source: "findings", "source-layer": "findings_grid",
    paint: { "fill-color": "#d1420f", "fill-opacity": ["interpolate", ["linear"], urgent(), 0, 0.06, 1, 0.9], "fill-outline-color": "#b6bcc4" } });
  found.push(line("parcels", "parcels", "parcels", { "line-color": "#5c6670", "line-width": 0.8, "line-dasharray": [3, 2] }, { layout: { visibility: "none" } }));
  found.push(line("approvals", "approvals", "approvals", { "line-color": "#0b5f6b", "line-width": 1.4, "line-dasharray": [6, 2] }, { layout: { visibility: "none" } }));
  found.push({ id: "leads", type: "fill", source: "leads", "source-layer": "leads", layout: { visibility: "none" },
    paint: { "fill-pattern": matched(["get", "confidence"], looks.confidence, (look) => name("confidence", look.code), name("confidence", "low")) } });
  found.push(line("parks", "parks", "parks", { "line-color": INK, "line-width": 2.6, "line-opacity": 0.8 }));
  found.push(line("blocks", "blocks", "blocks", { "line-color": INK, "line-width": 1.6 }));
  // What a block is called, until a screen lies within one: once, where it counts; close by in each tile, as the one where it counts may be far.
  found.push({ id: "block-names", type: "symbol", source: "blocks", "source-layer": "blocks", minzoom: 10, maxzoom: 15.5,
    filter: ["any", ["has", "is_own"], [">=", ["zoom"], 15]],
    layout: { "text-field": ["coalesce", ["get", "name"], ["get", "block_code"], ""], "text-font": ["sans"], "text-size": 13, "text-max-width": 12,
      // Where blocks lie closer than their names are wide, a name stands above or below, rather than nowhere.
      "text-variable-anchor": ["center", "bottom", "top", "left", "right"], "text-radial-offset": 1.2 },
    paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 2 } });
  for (const [id, { filter, visibility }] of Object.entries(picked(subject))) {
    const isHalo = id.startsWith("halo"), paint = isHalo ? { "line-color": "#ffffff", "line-width": 6 } : { "line-color": "#0047c2", "line-width": 2.8 };
    found.push(line(id, "findings", id.slice(id.indexOf("-") + 1), paint, { filter, layout: { visibility } }));
  }
  for (const one of found) if (one.metadata) one.filter = filtered(one.metadata, shown, state);
  return found;
}

/** Of the layers that show which subject is chosen: what each shows, and whether it does; what shows nothing costs a drawing all the same. */
export function picked(subject) {
  const visibility = subject ? "visible" : "none";
  return Object.fromEntries([["findings", "subject", subject], ["findings_of_approvals", "approval", subject.split("/")[0]]].flatMap(([layer, key, code]) =>
    ["halo", "pick"].map((kind) => [`${kind}-${layer}`, { filter: ["==", ["get", key], code], visibility }])));
}

function urgent() {
  const counts = ["found_idle", "suspected_idle", "may_be_idle", "candidate"].map((code) => ["coalesce", ["get", `area_m2:idle_land:${code}`], 0]);
  const more = ["lapsed", "to_withdraw", "used_unsupplied"].map((code) => ["coalesce", ["get", `area_m2:unsupplied:${code}`], 0]);
  return ["/", ["+", ...counts, ...more], ["max", ["get", "area_m2"], 1]];
}

/** The filter of a layer of land: its rule, and the codes that are shown. */
function filtered({ rule, list, codes, isByTrack }, shown, state) {
  const among = (chosen) => ["in", state, ["literal", chosen.map((code) => stateOf(rule, code))]];
  const ofRule = ["==", ["slice", state, 0, rule.length + 1], stateOf(rule, "")], known = shown[list];
  if (isByTrack) return ["all", known ? among(known) : ofRule, ["in", TRACK, ["literal", codes]]];
  // What has one of these states is of the rule.
  if (codes) return among(known ? codes.filter((code) => known.includes(code)) : codes);
  return known ? among(known) : ofRule;
}
