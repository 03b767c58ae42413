// A canvas that covers a little more than the window and moves and zooms with the map.
// Leaflet's renderer does the moving; what is painted is the business of those who extend it.
landwatch.Sheet = L.Renderer.extend({
  options: { padding: 0.2, pane: "", zIndex: 400 },

  onAdd: function (map) {
    var pane = map.getPane(this.options.pane) || map.createPane(this.options.pane);
    pane.style.zIndex = this.options.zIndex;
    L.Renderer.prototype.onAdd.call(this, map);
  },

  redraw: function () {
    if (this._map && this._container) this._update();
  },

  _initContainer: function () {
    this._container = document.createElement("canvas");
    this._container.className = "sheet sheet-" + this.options.pane;
    this._context = this._container.getContext("2d");
  },

  _destroyContainer: function () {
    L.DomUtil.remove(this._container);
    delete this._container;
    delete this._context;
  },

  _update: function () {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    var corner = this._bounds.min, size = this._bounds.getSize();
    var density = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, corner);
    this._container.width = Math.round(size.x * density);
    this._container.height = Math.round(size.y * density);
    this._container.style.width = size.x + "px";
    this._container.style.height = size.y + "px";
    this._context.setTransform(density, 0, 0, density, 0, 0);
    var origin = this._map.getPixelOrigin();
    var edge = this._map.containerPointToLayerPoint([0, 0]).subtract(corner);
    this.paint(this._context, {
      scale: Math.pow(2, this._map.getZoom()),
      x: origin.x + corner.x,
      y: origin.y + corner.y,
      width: size.x,
      height: size.y,
      edgeX: edge.x,
      edgeY: edge.y
    });
    this.fire("update");
  },

  paint: function () {}
});

// Puts the rings of one row on the current path; points closer than half a pixel are passed over.
landwatch.trace = function (context, view, rows, row) {
  var lastRing = rows.ringStart[row + 1];
  for (var ring = rows.ringStart[row]; ring < lastRing; ring++) {
    var x = 0, y = 0, first = rows.pointStart[ring], last = rows.pointStart[ring + 1];
    for (var i = first; i < last; i++) {
      var nextX = rows.x[i] * view.scale - view.x, nextY = rows.y[i] * view.scale - view.y;
      if (i === first) context.moveTo(nextX, nextY);
      else if (Math.abs(nextX - x) + Math.abs(nextY - y) < 0.5) continue;
      else context.lineTo(nextX, nextY);
      x = nextX;
      y = nextY;
    }
    context.closePath();
  }
};
