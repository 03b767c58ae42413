// The days of the map: a slider over all on which something changes, steps from one such day to the next.
const DAY_MS = 86400000;
const number = (day) => Math.round(Date.parse(day + "T00:00:00Z") / DAY_MS);
const text = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Whether a text is a day of the calendar. */
export const isDay = (one) => /^\d{4}-\d{2}-\d{2}$/.test(one) && !Number.isNaN(Date.parse(one)) && text(number(one)) === one;

/** `moved(day)` is called while the day is moved, with its text. */
export function timeline(given, words, moved) {
  const part = (id) => document.getElementById(id);
  const slider = part("slider"), field = part("day"), bars = part("bars");
  let isKnown = false, days = [], own = [], first = number(given.judged_on) - 365, last = number(given.judged_on) + 365;

  function show(day) {
    field.value = day;
    slider.value = number(day);
    slider.setAttribute("aria-valuetext", day);
    const next = days.find(([one]) => one > day);
    // What has not come yet is not "nothing".
    part("day-next").textContent = !isKnown ? "" : next
      ? words.next_change.replace("{day}", next[0]).replace("{count}", next[1].toLocaleString("en")) : words.no_change;
  }

  function go(day) {
    show(day);
    moved(day);
  }

  function draw() {
    const at = (day) => `${((number(day) - first) / (last - first)) * 100}%`;
    const months = new Map();
    for (const [day, count] of days) {
      const month = day.slice(0, 7);
      months.set(month, (months.get(month) ?? 0) + count);
    }
    const most = Math.max(1, ...months.values());
    const make = (kind, values) => {
      const one = document.createElementNS("http://www.w3.org/2000/svg", kind);
      for (const [key, value] of Object.entries(values)) one.setAttribute(key, value);
      return one;
    };
    const drawn = [];
    for (const [month, count] of months) {
      const high = Math.max(1.5, (14 * count) / most);
      const day = `${month}-01`;
      if (number(day) >= first && number(day) <= last) drawn.push(make("rect", { x: at(day), y: 15 - high, width: 4, height: high, fill: day > given.judged_on ? "#c9d1d6" : "#9fb2b9" }));
    }
    for (let year = Number(text(first).slice(0, 4)) + 1; number(`${year}-01-01`) <= last; year++) {
      if ((last - first) / 365 > 14 && year % 2) continue;
      const label = make("text", { x: at(`${year}-01-01`), y: 25, class: "axs" });
      label.textContent = year;
      drawn.push(label);
    }
    for (const day of own) {
      if (number(day) >= first && number(day) <= last) drawn.push(make("text", { x: at(day), y: 14, "text-anchor": "middle", class: "axs" }));
      if (drawn.at(-1)?.classList.contains("axs") && !drawn.at(-1).textContent) drawn.at(-1).textContent = "◆";
    }
    bars.replaceChildren(...drawn);
  }

  slider.addEventListener("input", () => go(text(Number(slider.value))));
  field.addEventListener("change", () => { if (isDay(field.value)) go(field.value); else show(text(Number(slider.value))); });
  part("day-judged").addEventListener("click", () => go(given.judged_on));
  part("day-before").addEventListener("click", () => { const before = days.findLast(([one]) => one < field.value); if (before) go(before[0]); });
  part("day-after").addEventListener("click", () => { const next = days.find(([one]) => one > field.value); if (next) go(next[0]); });

  return {
    show,
    step: (way) => part(way < 0 ? "day-before" : "day-after").click(),
    /** All days of change with their counts, and those of the subject that is chosen. */
    know(told) {
      isKnown = true;
      days = told.days;
      own = told.subject;
      if (days.length) {
        // What lies ten years away tells little, and would leave a pixel to a month.
        first = Math.max(Math.min(number(days[0][0]), number(given.as_of)), number(given.judged_on) - 20 * 365);
        last = Math.min(Math.max(number(days.at(-1)[0]), number(given.as_of)), number(given.judged_on) + 5 * 365);
      }
      slider.min = first;
      slider.max = Math.max(last, first + 1);
      show(field.value);
      draw();
    },
  };
}
