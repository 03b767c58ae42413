// Neutral ground: lines of longitude and latitude at a round step, named at the window's edge.
(function () {
  var STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000];
  var WIDEST_PX = 140;

  function name(seconds, hemisphere) {
    var rest = Math.abs(Math.round(seconds));
    var minutes = String(Math.floor(rest / 60) % 60).padStart(2, "0");
    var tail = String(rest % 60).padStart(2, "0");
    return Math.floor(rest / 3600) + "°" + minutes + "′" + tail + "″" + hemisphere;
  }

  landwatch.Graticule = landwatch.Sheet.extend({
    paint: function (context, view) {
      var map = this._map;
      var bounds = L.latLngBounds(
        map.unproject(L.point(view.x, view.y + view.height).divideBy(view.scale), 0),
        map.unproject(L.point(view.x + view.width, view.y).divideBy(view.scale), 0)
      );
      var secondsPerPx = (bounds.getEast() - bounds.getWest()) * 3600 / view.width;
      var step = STEPS.find(function (s) { return s / secondsPerPx >= WIDEST_PX; }) || 36000;
      context.strokeStyle = "#d3d6cd";
      context.fillStyle = "#767d74";
      context.font = "11px " + getComputedStyle(document.body).fontFamily;
      context.lineWidth = 1;
      context.beginPath();
      var s, at;
      context.textBaseline = "top";
      for (s = Math.ceil(bounds.getWest() * 3600 / step) * step; s < bounds.getEast() * 3600; s += step) {
        at = Math.round(landwatch.worldX(s / 3600) * view.scale - view.x) + 0.5;
        context.moveTo(at, 0);
        context.lineTo(at, view.height);
        context.fillText(name(s, s < 0 ? "W" : "E"), at + 4, view.edgeY + 4);
      }
      context.textBaseline = "bottom";
      for (s = Math.ceil(bounds.getSouth() * 3600 / step) * step; s < bounds.getNorth() * 3600; s += step) {
        at = Math.round(landwatch.worldY(s / 3600) * view.scale - view.y) + 0.5;
        context.moveTo(0, at);
        context.lineTo(view.width, at);
        context.fillText(name(s, s < 0 ? "S" : "N"), view.edgeX + 4, at - 2);
      }
      context.stroke();
    }
  });

  // The row under the pointer or in the card, drawn once more with a strong edge.
  landwatch.Mark = landwatch.Sheet.extend({
    show: function (layer, row) {
      this.layer = layer;
      this.row = row;
      this.redraw();
    },
    paint: function (context, view) {
      if (!this.layer) return;
      context.lineJoin = "round";
      context.beginPath();
      landwatch.trace(context, view, this.layer.rows, this.row);
      context.lineWidth = 5;
      context.strokeStyle = "#ffffff";
      context.stroke();
      context.lineWidth = 2.6;
      context.strokeStyle = this.options.colour;
      context.stroke();
    }
  });
})();
