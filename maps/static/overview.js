// The whole block in a corner, with the frame of what the map shows; hidden while that is all.
(function () {
  var WIDTH = 160, HEIGHT = 110, MARGIN = 8, DENSITY = 2;
  var BESIDE = ["graticule", "hover", "chosen", "measure"];

  landwatch.overview = function (map, bounds) {
    if (!bounds) return;
    var canvas = document.getElementById("overview"), pen = canvas.getContext("2d");
    var whole = L.latLngBounds(bounds);
    var from = map.project(whole.getNorthWest(), 0), to = map.project(whole.getSouthEast(), 0);
    var scale = Math.min((WIDTH - 2 * MARGIN) / (to.x - from.x), (HEIGHT - 2 * MARGIN) / (to.y - from.y));
    var view = {
      scale: scale, width: WIDTH, height: HEIGHT, edgeX: 0, edgeY: 0,
      x: (from.x + to.x) / 2 * scale - WIDTH / 2, y: (from.y + to.y) / 2 * scale - HEIGHT / 2
    };
    var land = document.createElement("canvas"), isStale = true, waiting = 0;
    land.width = canvas.width;
    land.height = canvas.height;

    function drawLand() {
      var ground = land.getContext("2d"), sheets = [];
      ground.setTransform(DENSITY, 0, 0, DENSITY, 0, 0);
      ground.clearRect(0, 0, WIDTH, HEIGHT);
      map.eachLayer(function (layer) {
        if (layer instanceof landwatch.Sheet && !BESIDE.includes(layer.options.pane)) sheets.push(layer);
      });
      sheets.sort(function (a, b) { return a.options.zIndex - b.options.zIndex; });
      sheets.forEach(function (sheet) { sheet.paint(ground, view); });
      isStale = false;
    }

    function draw() {
      waiting = 0;
      var seen = map.getBounds(), isAll = seen.contains(whole);
      canvas.hidden = isAll;
      if (isAll) return;
      if (isStale) drawLand();
      var a = map.project(seen.getNorthWest(), 0), b = map.project(seen.getSouthEast(), 0);
      // However far the map has left the land, the edge of its frame is seen.
      function placed(value, start, most) { return Math.max(1, Math.min(most - 1, value * scale - start)); }
      var left = placed(a.x, view.x, WIDTH), top = placed(a.y, view.y, HEIGHT);
      var right = placed(b.x, view.x, WIDTH), bottom = placed(b.y, view.y, HEIGHT);
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(land, 0, 0);
      pen.setTransform(DENSITY, 0, 0, DENSITY, 0, 0);
      [["#ffffff", 4], ["#0047c2", 2]].forEach(function (stroke) {
        pen.strokeStyle = stroke[0];
        pen.lineWidth = stroke[1];
        pen.strokeRect(left, top, Math.max(right - left, 2), Math.max(bottom - top, 2));
      });
    }

    function soon() { waiting = waiting || requestAnimationFrame(draw); }
    function stale() {
      isStale = true;
      soon();
    }

    function go(event) {
      var at = L.point((event.offsetX + view.x) / scale, (event.offsetY + view.y) / scale);
      map.panTo(map.unproject(at, 0), { animate: false });
    }
    canvas.addEventListener("pointerdown", function (event) {
      canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    canvas.addEventListener("pointermove", function (event) {
      if (canvas.hasPointerCapture(event.pointerId)) go(event);
    });
    map.on("move zoomend resize", soon);
    map.on("layeradd layerremove", function (event) {
      if (event.layer instanceof landwatch.Sheet && !BESIDE.includes(event.layer.options.pane)) stale();
    });
    document.addEventListener("landfiltered", stale);
    soon();
  };
})();
