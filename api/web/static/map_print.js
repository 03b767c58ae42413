// The map on paper: drawn once at 300 dots an inch, then a picture; lines of degrees, scale and north lie over it as lines and text.
import { Map as LiveMap, setWorkerUrl } from "/static/vendor/maplibre-gl/maplibre-gl.mjs";
import "/static/app/frame.js";
import { images, layers, sources } from "/static/app/map_layers.js";
import { sixtieths } from "/static/app/zone.js";

const part = (id) => document.getElementById(id);
const given = JSON.parse(part("given").textContent), words = given.words;
const DOTS = 300, CSS_DOTS = 96, MM = CSS_DOTS / 25.4, LINES = 6, WAIT_MS = 60000;
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000];
const NS = "http://www.w3.org/2000/svg";

function drawn(kind, values, text) {
  const one = document.createElementNS(NS, kind);
  for (const [key, value] of Object.entries(values)) one.setAttribute(key, value);
  if (text !== undefined) one.textContent = text;
  return one;
}

/** Lines of whole minutes or seconds, about six each way, with their words at the edge. */
function graticule(map, width, height) {
  const [[west, south], [east, north]] = map.getBounds().toArray(), found = [];
  const step = (span) => STEPS.find((one) => (span * 3600) / one <= LINES) ?? STEPS.at(-1);
  const short = (degrees) => sixtieths(degrees).replace(/\.\d+/, "");
  const across = step(east - west), up = step(north - south);
  for (let at = Math.ceil((west * 3600) / across) * across; at < east * 3600; at += across) {
    const { x } = map.project([at / 3600, south]);
    found.push(drawn("path", { class: "line", d: `M${x} 0V${height}` }));
    // Where the bar of the scale stands no words do.
    if (x < 0.72 * width) found.push(drawn("text", { x: x + 3, y: height - 4 }, short(at / 3600)));
  }
  for (let at = Math.ceil((south * 3600) / up) * up; at < north * 3600; at += up) {
    const { y } = map.project([west, at / 3600]);
    found.push(drawn("path", { class: "line", d: `M0 ${y}H${width}` }), drawn("text", { x: 3, y: y - 3 }, short(at / 3600)));
  }
  return found;
}

/** A bar of a round length at the true scale, and where north is. */
function bar(width, height) {
  const metres = (0.22 * width * given.scale) / (MM * 1000), power = 10 ** Math.floor(Math.log10(metres));
  const length = [5, 3, 2, 1].find((one) => one * power <= metres) * power, long = (length * 1000 * MM) / given.scale;
  const x = width - long - 14, y = height - 16, middle = width - 24;
  const text = length < 1000 ? `${length} ${words.metres}` : `${length / 1000} ${words.kilometres}`;
  return [drawn("rect", { x: x - 6, y: y - 18, width: long + 14, height: 26, fill: "#fff", "fill-opacity": 0.85 }),
    drawn("path", { id: "bar", d: `M${x} ${y - 5}v5h${long}v-5`, fill: "none", stroke: "#000", "stroke-width": 1.4, "data-metres": length }),
    drawn("text", { x: x + long / 2, y: y - 4, "text-anchor": "middle" }, text),
    drawn("path", { d: `M${middle} 12l7 24-7-5-7 5z`, fill: "#000" }),
    drawn("text", { x: middle, y: 50, "text-anchor": "middle" }, words.north)];
}

function start() {
  const box = part("live"), { clientWidth: width, clientHeight: height } = box;
  if (!document.createElement("canvas").getContext("webgl2")) { part("said").textContent = words.no_webgl; return; }
  setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");
  const late = setTimeout(() => { part("said").textContent = words.slow; }, WAIT_MS);
  const map = new LiveMap({ container: box, center: given.centre, zoom: given.zoom, attributionControl: false, interactive: false, fadeDuration: 0,
    pixelRatio: DOTS / CSS_DOTS, maxCanvasSize: [8192, 8192], canvasContextAttributes: { preserveDrawingBuffer: true }, maxZoom: 24,
    style: { version: 8, sources: sources(given, given.as_of), layers: [] } });
  const faults = [];
  map.on("error", (event) => { faults.push(event.error); });
  map.on("load", () => {
    // A pattern is as wide on paper as on the screen.
    for (const [name, image] of images(given.looks)) map.addImage(name, image, { pixelRatio: 2 });
    for (const layer of layers({ looks: given.looks, colour: given.colour, shown: given.shown, subject: given.subject ?? "" })) {
      if (layer.id === "ground") layer.paint["background-color"] = "#ffffff";
      const isOther = ["blocks", "parks", "parcels", "approvals", "park_pieces", "leads"].includes(layer.id);
      const isOn = ["blocks", "parks"].includes(layer.id) !== given.layers.includes(layer.id);
      if (isOther) layer.layout = { ...layer.layout, visibility: isOn ? "visible" : "none" };
      map.addLayer(layer);
      // A sheet of one block names that one: the name of its neighbour would be cut at the edge.
      if (layer.id === "block-names" && given.place.block) map.setFilter(layer.id, ["==", ["get", "block_code"], given.place.block]);
    }
    map.once("idle", () => finish(map, width, height, faults, late));
  });
}

async function finish(map, width, height, faults, late) {
  clearTimeout(late);
  if (faults.length) { part("said").textContent = words.fault; return; }
  const picture = await new Promise((done) => { map.getCanvas().toBlob(done, "image/png"); });
  const over = part("over"), image = part("image");
  over.setAttribute("viewBox", `0 0 ${width} ${height}`);
  over.replaceChildren(...graticule(map, width, height), ...bar(width, height));
  image.src = URL.createObjectURL(picture);
  await image.decode();
  image.hidden = false;
  map.remove();
  part("live").remove();
  part("said").textContent = "";
  for (const id of ["do-print", "do-png"]) part(id).disabled = false;
  part("do-print").addEventListener("click", () => window.print());
  part("do-png").addEventListener("click", () => save(image, over, width, height));
  document.body.dataset.map = "ready";
}

/** The whole sheet as a picture: what stands around the map is written anew, in the same words. */
async function save(image, over, width, height) {
  const ratio = DOTS / CSS_DOTS, top = 64, bottom = 30, side = 300, canvas = document.createElement("canvas");
  canvas.width = Math.round((width + side + 40) * ratio);
  canvas.height = Math.round((Math.max(height, 700) + top + bottom + 20) * ratio);
  const pen = canvas.getContext("2d"), font = getComputedStyle(document.body).fontFamily;
  pen.scale(ratio, ratio);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text, x, y, size, align = "left", isBold = false) => {
    pen.fillStyle = "#000";
    pen.font = `${isBold ? "bold " : ""}${size}px ${font}`;
    pen.textAlign = align;
    pen.fillText(text, x, y);
  };
  const all = width + side + 40;
  write(document.querySelector(".sheet h1").textContent, all / 2, 28, 22, "center", true);
  const under = [...document.querySelectorAll(".under span")].map((one) => one.textContent);
  write(under[0], 14, 52, 13);
  write(under[1], all - 14, 52, 13, "right");
  pen.drawImage(image, 14, top, width, height);
  const copy = over.cloneNode(true);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const style = drawn("style", {}, `.line{stroke:#9aa1a8;stroke-width:.5;stroke-opacity:.55}text{font:11px ${font};fill:#3f4954}`);
  copy.prepend(style);
  const lines = new Image();
  lines.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await lines.decode();
  pen.drawImage(lines, 14, top, width, height);
  pen.strokeRect(14, top, width, height);
  let y = top + 14;
  for (const table of document.querySelectorAll(".keys table")) {
    write(table.caption.textContent, width + 28, y, 14, "left", true);
    for (const row of table.querySelectorAll("tr")) {
      y += 21;
      const cells = [...row.cells].map((cell) => cell.textContent.trim()), swatch = row.querySelector("svg rect");
      const x = width + 28;
      if (swatch) await fill(pen, swatch, x, y - 11);
      write(cells[0], x + (swatch ? 24 : 0), y, 12);
      [150, 215, 286].forEach((at, place) => write(cells[place + 1] ?? "", x + at, y, 12, "right"));
    }
    y += 34;
  }
  const foot = [...document.querySelectorAll(".sheet .foot > span")].map((one) => one.textContent);
  write(foot[0], 14, canvas.height / ratio - 12, 12);
  write(`${foot[1]}　${foot[2]}`, all - 14, canvas.height / ratio - 12, 12, "right");
  canvas.toBlob((picture) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    link.download = `${document.querySelector(".sheet h1").textContent}.png`;
    link.click();
  }, "image/png");
}

async function fill(pen, swatch, x, y) {
  const look = swatch.getAttribute("fill"), id = look.match(/^url\(#p-(.+)\)$/)?.[1];
  const own = id && Object.entries(given.looks).flatMap(([list, all]) => all.map((one) => [`${list}-${one.code}`, one])).find(([name]) => name === id);
  pen.fillStyle = own ? pen.createPattern(await createImageBitmap(images({ any: [own[1]] })[0][1]), "repeat") : look;
  pen.fillRect(x, y, 16, 12);
  pen.strokeStyle = "#1b222b";
  pen.strokeRect(x, y, 16, 12);
}

start();
