// The charts of an embedded page: built of what the server told, drawn as those of the application.
import { drawn } from "/static/app/chart.js";

export async function shown(place, told, either) {
  if (!told.charts.length) {
    const none = document.createElement("p");
    none.textContent = either("没有指标可画", "There is no indicator to draw");
    place.append(none);
    return;
  }
  if (told.left_out) {
    const left = document.createElement("p");
    left.textContent = either(`另有 ${told.left_out} 处没有画出`, `${told.left_out} more places are not drawn`);
    place.append(left);
  }
  const figures = told.charts.map((one) => built(one, either));
  place.append(...figures);
  await drawn(figures);
}

function built(one, either) {
  const figure = element("figure", "chart");
  figure.dataset.chart = one.drawn;
  figure.dataset.unknown = either("不明", "unknown");
  const caption = element("figcaption");
  const unit = element("span", "q");
  unit.textContent = `${either("单位", "Unit:")} ${one.unit}`;
  const title = element("b");
  title.textContent = one.title;
  caption.append(title, unit);
  const plot = element("div", "plot");
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", one.title);
  const undrawn = element("p");
  undrawn.dataset.undrawn = "";
  undrawn.hidden = true;
  undrawn.textContent = either("这台浏览器画不出图，数值见下表", "This browser cannot draw the chart; the values stand in the table below");
  const note = element("p", "q");
  note.textContent = one.note;
  figure.append(caption, plot, undrawn, note, table(one, either));
  return figure;
}

function table(one, either) {
  const details = element("details");
  const summary = element("summary");
  summary.textContent = either("数值", "Values");
  const made = element("table");
  const head = made.createTHead().insertRow();
  for (const words of ["", ...one.columns]) head.append(Object.assign(element("th"), { textContent: words, scope: "col" }));
  const body = made.createTBody();
  for (const [name, values] of one.rows) {
    const row = body.insertRow();
    row.append(Object.assign(element("th"), { textContent: name, scope: "row" }));
    for (const value of values) row.insertCell().textContent = value ?? either("不明", "unknown");
  }
  details.append(summary, made);
  return details;
}

function element(name, look = "") {
  const made = document.createElement(name);
  made.className = look;
  return made;
}
