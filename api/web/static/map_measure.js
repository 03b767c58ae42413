// Measuring: points set on the map, their length and area told by the server, whose areas are ours.
import { send } from "/static/app/frame.js";

/** `said(text)` shows what is measured; gives what switches measuring on and off. */
export function measuring(map, words, said) {
  let points = null, asked = 0;
  const source = () => map.getSource("measured");

  function draw() {
    const line = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points ?? [] } };
    const area = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...(points ?? []), ...(points?.length ? [points[0]] : [])]] } };
    const dots = (points ?? []).map((at) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } }));
    source()?.setData({ type: "FeatureCollection", features: points?.length > 1 ? [...(points.length > 2 ? [area] : []), line, ...dots] : dots });
  }

  async function tell() {
    if (points.length < 2) return said(words.measure);
    const turn = ++asked, told = await send("POST", "/map/measure", { points });
    if (turn !== asked || !points) return;
    const length = told.length_m < 1000 ? `${told.length_m.toFixed(1)} ${words.metres}` : `${(told.length_m / 1000).toFixed(3)} ${words.kilometres}`;
    const areaOf = (m2) => `${(m2 / 1e4).toFixed(4)} ${words.ha} · ${((m2 * 3) / 2000).toFixed(2)} ${words.mu}`;
    const areas = told.plane_m2 === null ? "" : ` ${words.plane} ${areaOf(told.plane_m2)}（${told.zone}） ${words.ellipsoid} ${areaOf(told.ellipsoid_m2)}`;
    said(`${words.length} ${length}${areas}`);
  }

  map.on("click", (event) => {
    if (!points) return;
    points.push([event.lngLat.lng, event.lngLat.lat]);
    draw();
    tell();
  });
  map.on("dblclick", (event) => { if (points) { event.preventDefault(); points = points.slice(0, -1); draw(); tell(); points = null; } });

  return {
    get isOn() { return points !== null; },
    layers() {
      map.addSource("measured", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
      map.addLayer({ id: "measured-area", type: "fill", source: "measured", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#0047c2", "fill-opacity": 0.12 } });
      map.addLayer({ id: "measured-line", type: "line", source: "measured", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": "#0047c2", "line-width": 2 } });
      map.addLayer({ id: "measured-dots", type: "circle", source: "measured", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "#ffffff", "circle-stroke-color": "#0047c2", "circle-stroke-width": 2, "circle-radius": 4 } });
    },
    begin() { points = []; draw(); said(words.measure); },
    end() { points = null; draw(); said(""); },
  };
}
