// The drawing beside the table: a row chosen in one is chosen in the other, zoomed, moved, and measured by its scale.
const ROUND = [1, 2, 5];

export function show(words) {
  const drawing = document.getElementById("drawing");
  const lines = document.getElementById("lines");
  const rows = [...(lines?.querySelectorAll("tr[data-key]") ?? [])];
  const whole = drawing?.dataset.whole.split(" ").map(Number);
  let view = drawing?.getAttribute("viewBox").split(" ").map(Number);

  function look(next) {
    view = next;
    drawing.setAttribute("viewBox", view.join(" "));
    const scale = Math.max(view[2] / drawing.clientWidth, view[3] / drawing.clientHeight);
    for (const mark of drawing.querySelectorAll(".mark")) {
      mark.setAttribute("transform", `translate(${mark.dataset.at}) scale(${scale})`);
    }
    rule(scale);
  }

  function rule(scale) {
    const most = (110 * scale) / Number(drawing.dataset.perMetre);
    const power = 10 ** Math.floor(Math.log10(most));
    const metres = Math.max(...ROUND.map((one) => one * power).filter((one) => one <= most));
    const width = (metres * Number(drawing.dataset.perMetre)) / scale;
    const place = document.getElementById("scale");
    place.querySelector("path").setAttribute("d", `M1 12v5h${width}v-5`);
    const text = place.querySelector("text");
    text.setAttribute("x", width / 2);
    text.textContent = `${metres.toLocaleString("en")} ${words.metres}`;
  }

  function zoom(times, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) {
    look([x - (x - view[0]) * times, y - (y - view[1]) * times, view[2] * times, view[3] * times]);
  }

  function pick(key, { isFar = true } = {}) {
    for (const row of rows) row.setAttribute("aria-selected", row.dataset.key === key);
    if (!drawing || !key) return;
    const shape = drawing.querySelector(`.shape[data-row="${key}"]`) ?? drawing.querySelector(`.mark[data-row="${key}"]`);
    document.getElementById("picked").setAttribute("d", shape?.getAttribute("d") ?? "");
    document.getElementById("picked-words").textContent = words.row.replace("{}", key);
    for (const mark of drawing.querySelectorAll(".mark")) mark.classList.toggle("chosen", mark.dataset.row === key);
    if (!shape || !isFar) return;
    const [left, top, right, bottom] = shape.dataset.box.split(" ").map(Number);
    const width = Math.max((right - left) * 3, 300), height = Math.max((bottom - top) * 3, 300);
    look([(left + right - width) / 2, (top + bottom - height) / 2, width, height]);
  }

  const chosen = () => rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  function step(by) {
    const at = Math.min(Math.max(chosen() + by, 0), rows.length - 1);
    if (at < 0 || !rows.length) return;
    rows[at].scrollIntoView({ block: "nearest" });
    for (const row of rows) row.setAttribute("aria-selected", false);
    pick(rows[at].dataset.key);
    // Of a row with two findings the one that was meant.
    for (const row of rows) row.setAttribute("aria-selected", row === rows[at]);
    rows[at].focus({ preventScroll: true });
  }
  for (const row of rows) {
    row.tabIndex = 0;
    row.addEventListener("click", () => pick(row.dataset.key));
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "Enter" && event.target.matches?.("tr[data-key]")) pick(event.target.dataset.key);
    else if (drawing && event.key === "0") look([...whole]);
    else if (drawing && event.key === "+") zoom(0.6);
    else if (drawing && event.key === "-") zoom(1 / 0.6);
  });
  if (!drawing) return;
  document.getElementById("in").addEventListener("click", () => zoom(0.6));
  document.getElementById("out").addEventListener("click", () => zoom(1 / 0.6));
  document.getElementById("whole").addEventListener("click", () => look([...whole]));

  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  drawing.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, ...at(event));
  }, { passive: false });
  let from = null;
  drawing.addEventListener("pointerdown", (event) => { from = { at: at(event), x: event.clientX, y: event.clientY, isMoved: false }; });
  drawing.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > 4) from.isMoved = true;
    if (!from.isMoved) return;
    const [x, y] = at(event);
    look([view[0] - (x - from.at[0]), view[1] - (y - from.at[1]), view[2], view[3]]);
  });
  addEventListener("pointerup", () => { setTimeout(() => { from = null; }); });
  drawing.addEventListener("click", (event) => {
    const key = event.target.closest("[data-row]")?.dataset.row;
    if (!key || from?.isMoved) return;
    pick(key, { isFar: false });
    rows.find((row) => row.dataset.key === key)?.scrollIntoView({ block: "nearest" });
  });
  addEventListener("resize", () => look(view));
  look(view);
}
