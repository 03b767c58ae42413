// The map on paper: every sheet switched on, painted into one opaque picture at a round scale.
// A printer lays canvases over one another without seeing through them, so there is only one.
(function () {
  // 194 x 164 mm beside the legend, at 96 dots an inch. Chromium prints what is painted as drawing,
  // not as dots, and rounds its scale to 64ths: a density that is no power of two would shrink it.
  var WIDTH = 735, HEIGHT = 620, DENSITY = 4, MARGIN = 14;
  var METRES_PER_PX = 0.0254 / 96, EQUATOR_M = 2 * Math.PI * 6378137;
  var ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  var BARS = [1, 2, 5, 10], WIDEST_BAR_PX = 180;
  // A single point has no size, and beyond this the projection shows no true lengths any more.
  var LEAST_DENOMINATOR = 100, MOST_DENOMINATOR = 5e6;

  // The least round number of the steps that is no less than `least`.
  function atLeast(least, steps) {
    var power = Math.pow(10, Math.floor(Math.log10(least)));
    return power * steps.find(function (step) { return step * power >= least * (1 - 1e-9); });
  }

  function bounded(least) {
    return atLeast(Math.min(Math.max(least, LEAST_DENOMINATOR), MOST_DENOMINATOR), ROUND);
  }

  function spaced(number) {
    return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, " ");
  }

  // What is painted: world pixels of zoom 0 times `scale`, less the corner; and 1 : `denominator`.
  function fit(map, bounds) {
    var northWest = map.project(bounds.getNorthWest(), 0);
    var southEast = map.project(bounds.getSouthEast(), 0);
    var shrinking = Math.cos(bounds.getCenter().lat * Math.PI / 180);
    var perUnit = EQUATOR_M * shrinking / 256 / METRES_PER_PX;
    var denominator = bounded(perUnit * Math.max(
      (southEast.x - northWest.x) / (WIDTH - 2 * MARGIN),
      (southEast.y - northWest.y) / (HEIGHT - 2 * MARGIN)
    ));
    var scale = perUnit / denominator;
    return {
      isPaper: true, scale: scale, denominator: denominator, width: WIDTH, height: HEIGHT, edgeX: 0, edgeY: 0,
      x: (northWest.x + southEast.x) / 2 * scale - WIDTH / 2,
      y: (northWest.y + southEast.y) / 2 * scale - HEIGHT / 2
    };
  }

  function north(pen) {
    var x = WIDTH - 30, y = 16;
    pen.fillStyle = "rgba(255,255,255,.85)";
    pen.fillRect(x - 18, y - 8, 36, 66);
    pen.fillStyle = pen.strokeStyle = "#1b222b";
    pen.lineWidth = 1.2;
    pen.beginPath();
    pen.moveTo(x, y + 16);
    pen.lineTo(x + 9, y + 50);
    pen.lineTo(x, y + 43);
    pen.lineTo(x - 9, y + 50);
    pen.closePath();
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x, y + 16);
    pen.lineTo(x, y + 43);
    pen.lineTo(x - 9, y + 50);
    pen.closePath();
    pen.fill();
    pen.font = "700 13px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText(landwatch.either("北", "N"), x, y - 4);
  }

  function bar(pen, denominator) {
    var metresPerPx = denominator * METRES_PER_PX, widest = WIDEST_BAR_PX * metresPerPx;
    var power = Math.pow(10, Math.floor(Math.log10(widest)));
    var metres = power * BARS.filter(function (step) { return step * power <= widest; }).pop();
    var length = metres / metresPerPx, x = 16, y = HEIGHT - 22;
    pen.fillStyle = "rgba(255,255,255,.85)";
    pen.fillRect(x - 8, y - 38, Math.max(length + 60, 150), 54);
    pen.strokeStyle = pen.fillStyle = "#1b222b";
    pen.lineWidth = 1;
    for (var part = 0; part < 4; part++) {
      pen.strokeRect(x + part * length / 4, y, length / 4, 6);
      if (part % 2 === 0) pen.fillRect(x + part * length / 4, y, length / 4, 6);
    }
    pen.font = "12px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    pen.fillText(landwatch.either("比例尺 1 : ", "1 : ") + spaced(denominator), x, y - 20);
    pen.textBaseline = "alphabetic";
    pen.fillText("0", x, y - 3);
    var end = metres < 1000 ? spaced(metres) + landwatch.either(" 米", " m")
      : spaced(metres / 1000) + landwatch.either(" 千米", " km");
    pen.fillText(end, x + length - 6, y - 3);
  }

  // Paints what of `map` lies within `bounds`; without bounds, or before the rows are there, why not.
  landwatch.paper = function (map, bounds) {
    var canvas = document.getElementById("paper"), pen = canvas.getContext("2d", { alpha: false });
    canvas.width = WIDTH * DENSITY;
    canvas.height = HEIGHT * DENSITY;
    pen.setTransform(DENSITY, 0, 0, DENSITY, 0, 0);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    var trouble = document.getElementById("trouble");
    if (!bounds || document.body.dataset.ready !== "yes") {
      pen.fillStyle = "#1b222b";
      pen.font = "16px " + getComputedStyle(document.body).fontFamily;
      pen.fillText(trouble.hidden ? "地图数据尚未读完，请稍候再打印。" : trouble.textContent, 24, 48);
      return;
    }
    var sheets = [], view = fit(map, bounds);
    map.eachLayer(function (layer) {
      if (layer instanceof landwatch.Sheet && layer.options.pane !== "hover") sheets.push(layer);
    });
    sheets.sort(function (a, b) { return a.options.zIndex - b.options.zIndex; });
    sheets.forEach(function (sheet) {
      pen.save();
      sheet.paint(pen, view);
      pen.restore();
    });
    north(pen);
    bar(pen, view.denominator);
    document.getElementById("paper-scale").textContent =
      landwatch.either("比例尺 1 : ", "Scale 1 : ") + spaced(view.denominator);
    document.getElementById("paper-day").textContent =
      landwatch.either("打印于 ", "printed on ") + new Date().toLocaleDateString("sv-SE");
  };
})();
