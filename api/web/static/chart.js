// Charts of a page: draws what [data-chart] carries, with ECharts, in the colours of tokens.css.
// Text is drawn on the canvas, never made into elements: a name in it cannot run.
const style = getComputedStyle(document.documentElement);
const coloured = (name) => style.getPropertyValue(`--${name}`).trim();
const SERIES = ["s1", "s2", "s3", "s4"];
const BAR = 30, NARROW = 600, ON_PAPER = 640;
let echarts = null;

// Draw figures that carry a chart; where the library cannot be had, their tables are opened.
export async function drawn(figures) {
  if (!figures.length) return;
  try {
    echarts ??= await import("/static/vendor/echarts/echarts.esm.min.mjs");
  } catch {
    echarts = null;
  }
  for (const figure of figures) (echarts ? draw : undrawn)(figure);
}

await drawn([...document.querySelectorAll("[data-chart]")].filter((one) => one.querySelector(".plot")));

function undrawn(figure) {
  figure.querySelector("[data-undrawn]").hidden = false;
  figure.querySelector(".plot").hidden = true;
  const table = figure.querySelector("details");
  table.hidden = false;
  table.open = true;
}

function draw(figure) {
  const plot = figure.querySelector(".plot");
  const told = JSON.parse(figure.dataset.chart);
  const option = optionOf(told, figure.dataset.unknown);
  if (told.kind === "areas") registered(told);
  const rows = told.kind === "areas" ? 11 : told.kind === "trend" ? 7 : told.names.length * (told.marks.length ? 1.25 : 1) + 2;
  plot.style.height = `${Math.round(Math.max(rows * BAR, 150))}px`;
  const chart = echarts.init(plot, null, { renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio) });
  chart.setOption(option);
  new ResizeObserver(() => chart.resize()).observe(plot);
  // Paper does not wait for the next picture of a screen.
  window.addEventListener("beforeprint", () => { chart.resize({ width: Math.min(plot.clientWidth, ON_PAPER) }); chart.getZr().refreshImmediately(); });
  window.addEventListener("afterprint", () => chart.resize({ width: "auto" }));
  for (const button of figure.querySelectorAll("[data-save]")) {
    button.disabled = false;
    button.addEventListener("click", () => save(button.dataset.save, told, option, plot));
  }
  figure.dataset.drawn = "yes";
}

// Shapes of a plan as ECharts takes them: a plane, nothing of the globe.
function registered(told) {
  const features = told.shapes.map((polygons, place) => ({
    type: "Feature",
    properties: { name: String(place) },
    geometry: { type: "MultiPolygon", coordinates: polygons },
  }));
  echarts.registerMap(mapOf(told), { geoJSON: { type: "FeatureCollection", features } });
}

function mapOf(told) {
  return `areas ${told.title}`;
}

function areasOf(told, unknown, font, written) {
  const values = told.series[0].values;
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const line = coloured("ink");
  return {
    animation: false,
    textStyle: font,
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      confine: true,
      textStyle: font,
      formatter: (at) => `${told.names[Number(at.name)]}\n${written(values[Number(at.name)])} ${told.unit}`,
    },
    visualMap: {
      type: "continuous",
      min: least,
      max: most > least ? most : least + 1,
      text: [`${written(most)} ${told.unit}`, written(least)],
      textStyle: font,
      inRange: { color: ["#e6f1f2", "#0b5f6b"] },
      orient: "horizontal",
      left: 8,
      bottom: 0,
      itemHeight: 120,
      itemWidth: 12,
      seriesIndex: 0,
    },
    series: [{
      type: "map",
      map: mapOf(told),
      name: told.series[0].words,
      aspectScale: 1,
      preserveAspect: true,
      top: 8,
      bottom: 40,
      left: 8,
      right: 8,
      selectedMode: false,
      itemStyle: { areaColor: coloured("paper"), borderColor: line, borderWidth: 1 },
      emphasis: { itemStyle: { areaColor: coloured("s2") }, label: { show: true } },
      label: {
        show: told.names.length <= 40,
        ...font,
        lineHeight: 16,
        padding: [1, 4],
        backgroundColor: coloured("paper"),
        // On a phone a name would hide the places beside its own: it is told where a place is touched.
        formatter: (at) => `${innerWidth < NARROW ? "" : `${shortened(told.names[Number(at.name)])}\n`}${written(values[Number(at.name)])}`,
      },
      labelLayout: { hideOverlap: true },
      data: values.map((value, place) => value === null
        ? { name: String(place), value: NaN, itemStyle: { areaColor: coloured("none-tint"), borderType: "dashed" } }
        : { name: String(place), value }),
    }],
  };
}

function shortened(name) {
  return name.length > 12 ? `${name.slice(0, 11)}…` : name;
}

function optionOf(told, unknown) {
  const written = (value) =>
    value === null || value === undefined || Number.isNaN(value)
      ? unknown
      : value.toLocaleString("en-US", { minimumFractionDigits: told.digits, maximumFractionDigits: told.digits }).replace("-", "−");
  const ink = coloured("ink");
  const font = { fontFamily: coloured("font"), fontSize: 12, color: ink };
  if (told.kind === "areas") return areasOf(told, unknown, font, written);
  const base = {
    animation: false,
    textStyle: font,
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      axisPointer: { type: told.kind === "trend" ? "line" : "shadow" },
      textStyle: font,
      valueFormatter: (value) => `${written(value)} ${told.unit}`,
    },
    legend: told.series.length + told.marks.length > 1
      ? { bottom: 0, itemWidth: 14, itemHeight: 10, textStyle: font, type: "scroll" }
      : { show: false },
    grid: { left: 8, right: 70, top: 8, bottom: told.series.length + told.marks.length > 1 ? 30 : 4, containLabel: true },
  };
  const named = {
    type: "category",
    data: told.names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: coloured("line-strong") } },
    axisLabel: { ...font, width: 132, overflow: "truncate", interval: told.kind === "trend" ? "auto" : 0 },
  };
  const valued = {
    type: "value",
    splitLine: { lineStyle: { color: coloured("line") } },
    axisLabel: { ...font, color: coloured("quiet"), hideOverlap: true },
  };
  const hue = (one, place) => coloured(one.colour ?? SERIES[place % SERIES.length]);
  if (told.kind === "trend") {
    const symbols = ["circle", "rect", "triangle", "diamond"];
    return {
      ...base,
      grid: { ...base.grid, right: 24, top: 16 },
      xAxis: { ...named, boundaryGap: false },
      yAxis: { ...valued, min: (range) => Math.min(0, range.min) },
      series: told.series.map((one, place) => ({
        type: "line",
        name: one.words,
        data: one.values,
        connectNulls: false,
        symbol: symbols[place % symbols.length],
        symbolSize: 8,
        lineStyle: { width: 2, color: hue(one, place) },
        itemStyle: { color: hue(one, place) },
      })),
    };
  }
  const isPut = told.kind === "parts";
  const bars = told.series.map((one, place) => ({
    type: "bar",
    name: one.words,
    stack: isPut ? "all" : undefined,
    barMaxWidth: 20,
    data: one.values.map((value) => ({ value: value ?? (isPut ? null : 0), isUnknown: value === null })),
    itemStyle: { color: hue(one, place) },
    label: isPut
      ? { show: false }
      : { show: true, position: "right", ...font, formatter: (at) => (at.data.isUnknown ? unknown : labelled(at, told, written)) },
    tooltip: { valueFormatter: (value, at) => `${one.values[at] === null ? unknown : written(value)} ${told.unit}` },
  }));
  if (isPut && bars.length) {
    // What the parts come to stands at the end of each bar.
    bars.push({
      type: "bar", name: "", stack: "all", data: told.names.map(() => 0), itemStyle: { color: "transparent" }, tooltip: { show: false },
      label: { show: true, position: "right", ...font, formatter: (at) => sumOf(told, at.dataIndex, written, unknown) },
    });
  }
  const marks = told.marks.map((one, place) => ({
    type: "scatter",
    name: one.words,
    symbol: "rect",
    symbolSize: [3, 24],
    itemStyle: { color: place ? coloured("s4") : coloured("ink") },
    data: one.values.map((value, at) => (value === null ? null : [value, at])).filter(Boolean),
    tooltip: { valueFormatter: (value) => `${written(Array.isArray(value) ? value[0] : value)} ${told.unit}` },
    z: 5,
  }));
  return {
    ...base,
    legend: { ...base.legend, data: [...told.series, ...told.marks].map((one) => one.words) },
    xAxis: { ...valued, min: (range) => Math.min(0, range.min) },
    yAxis: { ...named, inverse: true },
    series: [...bars, ...marks],
  };
}

function labelled(at, told, written) {
  const value = told.series[at.seriesIndex].values[at.dataIndex];
  if (told.kind !== "funnel") return written(value);
  const first = told.series[0].values[0];
  return first > 0 && at.dataIndex ? `${written(value)}  ${((100 * value) / first).toFixed(1)}%` : written(value);
}

function sumOf(told, place, written, unknown) {
  const values = told.series.map((one) => one.values[place]);
  const known = values.filter((value) => value !== null);
  if (!known.length) return unknown;
  const sum = written(known.reduce((a, b) => a + b, 0));
  return known.length < values.length || told.partly[place] ? `≥ ${sum}` : sum;
}

function save(kind, told, option, plot) {
  // Drawn anew on white with its title, as wide as a sheet takes it.
  const room = document.createElement("div");
  const size = { width: 900, height: Math.max(plot.clientHeight + 60, 260) };
  const whole = {
    ...option,
    backgroundColor: "#ffffff",
    title: { text: `${told.title}（${told.unit}）`, left: 8, top: 8, textStyle: { ...option.textStyle, fontSize: 16, fontWeight: "bold" } },
    grid: { ...option.grid, top: 52 },
    series: told.kind === "areas" ? option.series.map((one) => ({ ...one, top: 52 })) : option.series,
  };
  const chart = kind === "svg"
    ? echarts.init(null, null, { renderer: "svg", ssr: true, ...size })
    : echarts.init(room, null, { renderer: "canvas", devicePixelRatio: 3, ...size });
  chart.setOption(whole);
  const link = document.createElement("a");
  link.download = `${told.title}.${kind}`;
  if (kind === "svg") {
    link.href = URL.createObjectURL(new Blob([chart.renderToSVGString()], { type: "image/svg+xml" }));
  } else {
    link.href = chart.getDataURL({ type: "png", pixelRatio: 3, backgroundColor: "#ffffff" });
  }
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  chart.dispose();
}
