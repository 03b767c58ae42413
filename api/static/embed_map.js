// The map of an embedded page: drawn as our own maps are, by what its token names; a click tells the page which row it was.
/* global L, landwatch */
const FARTHEST = 6, NEAREST = 22;
const either = landwatch.either;

function cell(tag, text, className) {
  return landwatch.node(tag, className ?? "", text);
}

// One layer's part of the legend: the layer on and off, each status on and off.
function legend(map, layer, told) {
  const part = cell("section");
  const whole = part.appendChild(cell("label"));
  const box = whole.appendChild(document.createElement("input"));
  box.type = "checkbox";
  box.checked = map.hasLayer(layer);
  box.addEventListener("change", () => (box.checked ? layer.addTo(map) : layer.remove()));
  layer.on("add remove", () => { box.checked = map.hasLayer(layer); });
  whole.append(cell("b", `${told.name} · ${told.count}`));
  if (told.unmapped_count) {
    part.append(cell("p", either(`${told.unmapped_count} 宗没有图形，见清单`, `${told.unmapped_count} without a shape, see the list`)));
  }
  if (told.unknown_count) {
    part.append(cell("p", either(`${told.unknown_count} 宗面积不明，未计入`, `${told.unknown_count} of unknown area, in no sum`)));
  }
  if (!told.legend.length) return part;
  const table = part.appendChild(document.createElement("table"));
  const head = table.createTHead().insertRow();
  for (const text of ["", either("宗数", "Count"), either("公顷", "ha")]) head.append(cell("th", text));
  const body = table.createTBody();
  for (const status of told.legend) {
    const row = body.insertRow();
    const label = row.appendChild(cell("th")).appendChild(cell("label"));
    const tick = label.appendChild(document.createElement("input"));
    tick.type = "checkbox";
    tick.checked = true;
    tick.addEventListener("change", () => layer.setHidden(status.code, !tick.checked));
    label.append(landwatch.swatch(status), cell("span", status.label));
    row.append(cell("td", status.count.toLocaleString()), cell("td", status.hectares));
  }
  return part;
}

async function rows(told) {
  try { return await landwatch.unpack(told.rows); } catch (fault) { throw new Error(`${told.name}: ${fault.message}`); }
}

// Draws what was told into `place`; `picked(lists, row)` hears each row a person opens, by column.
export async function draw(place, legendPlace, told, picked) {
  const map = L.map(place, { zoomControl: false, zoomSnap: 0.25, wheelPxPerZoomLevel: 90, minZoom: FARTHEST, maxZoom: NEAREST });
  map.attributionControl.setPrefix(false);
  place.setAttribute("aria-label", either("地图：方向键平移，加减键缩放；内容同清单", "Map: arrow keys pan, plus and minus zoom; the list says the same"));
  L.control.zoom({ zoomInTitle: either("放大", "Zoom in"), zoomOutTitle: either("缩小", "Zoom out") }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  new landwatch.Graticule({ pane: "graticule", zIndex: 200 }).addTo(map);
  const whole = () => map.fitBounds(told.bounds ?? [[36, 96], [54, 127]], { padding: [16, 16], animate: false });
  whole();
  const layers = [];
  for (const [number, one] of told.layers.entries()) {
    const zIndex = (one.is_line ? 600 : 390) - number;
    const layer = new landwatch.Features(await rows(one), { pane: one.key, padding: 0.2, zIndex });
    layer.told = one;
    layers.push(layer);
    if (one.is_shown) layer.addTo(map);
    if (one.count) legendPlace.append(legend(map, layer, one));
  }
  const open = landwatch.interact(map, layers, {
    close: () => {},
    clear: () => map.closePopup(),
    picked: (hit) => {
      const names = Object.keys(hit.layer.rows.columns);
      picked(hit.layer.told.lists, Object.fromEntries(names.map((name) => [name, hit.layer.rows.get(name, hit.row)])), hit.layer.rows.about);
    },
  });
  new ResizeObserver(() => {
    const isFirst = place.dataset.seen === undefined && place.clientHeight > 0;
    map.invalidateSize({ animate: false });
    if (isFirst) { place.dataset.seen = "yes"; whole(); }
  }).observe(place);

  function of(list) { return layers.filter((layer) => layer.told.lists.includes(list)); }
  return {
    // Shows the rows of a list that are named, or all of them.
    only(list, names) { for (const layer of of(list)) layer.setOnly(layer.told.named_by, names); },
    // Opens the row of a list that is called so; whether there was one.
    select(list, name) {
      for (const layer of of(list)) {
        for (let row = 0; row < layer.rows.count; row++) {
          if (layer.rows.get(layer.told.named_by, row) === name) { open({ layer, row }); return true; }
        }
      }
      return false;
    },
    // What the rows of a list are named by: a column of the list.
    namedBy: (list) => of(list)[0]?.told.named_by ?? "",
  };
}
