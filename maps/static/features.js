// One layer of rows: fills them by the style of their code, finds the row under a point.
(function () {
  var ROWS_PER_PATH = 50, SMALLEST_PX = 3, MOST_LABELS = 400, MOST_EDGES = 2500;
  // A stripe is 3.4 dots of 6 at every zoom (maps/style.py), on white; a line of a hatch 0.8.
  var PERIOD_PX = 6, STRIPE_PX = 3.4, HATCH_PX = 0.8, HATCH_TINT = 0.13, TILE_DENSITY = 4;
  var EDGE = "rgba(27,34,43,.62)", EDGE_PX = 0.7, HOLLOW_PX = 1.2;
  var TOP = 400;

  // Stripes and hatches stay with the ground: their origin is the world's, not the window's.
  function fill(context, look, view) {
    if (look.pattern === "solid") return look.colour;
    if (look.pattern === "hollow" || view.isPaper) return "#ffffff";
    var tile = document.createElement("canvas");
    tile.width = tile.height = PERIOD_PX * TILE_DENSITY;
    var pen = tile.getContext("2d");
    pen.scale(TILE_DENSITY, TILE_DENSITY);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, PERIOD_PX, PERIOD_PX);
    pen.fillStyle = look.colour;
    if (look.pattern === "hatch") {
      pen.globalAlpha = HATCH_TINT;
      pen.fillRect(0, 0, PERIOD_PX, PERIOD_PX);
      pen.globalAlpha = 1;
      pen.fillRect(0, 0, PERIOD_PX, HATCH_PX);
      pen.fillRect(0, 0, HATCH_PX, PERIOD_PX);
    } else pen.fillRect(0, 0, PERIOD_PX, STRIPE_PX);
    var pattern = context.createPattern(tile, "repeat"), again = PERIOD_PX * Math.SQRT2;
    pattern.setTransform(new DOMMatrix()
      .translate(-(view.x % again), -(view.y % again))
      .rotate(look.pattern === "stripe_up" ? -45 : 45).scale(1 / TILE_DENSITY));
    return pattern;
  }

  function around(box, seen) {
    var right = seen.left + seen.width, bottom = seen.top + seen.height;
    if (!box) return [seen.left, seen.top, right, bottom];
    return [Math.min(box[0], seen.left), Math.min(box[1], seen.top),
      Math.max(box[2], right), Math.max(box[3], bottom)];
  }

  // On paper lines are drawn as lines, over the path that is current: a printer makes its own of
  // a tile turned and repeated. `box` is what they have to cover: left, top, right, bottom.
  function rule(context, look, box) {
    var again = PERIOD_PX * Math.SQRT2, high = box[3] - box[1];
    context.save();
    context.clip("nonzero");
    if (look.pattern === "hatch") {
      context.globalAlpha = HATCH_TINT;
      context.fillStyle = look.colour;
      context.fillRect(box[0], box[1], box[2] - box[0], high);
      context.globalAlpha = 1;
    }
    context.strokeStyle = look.colour;
    context.lineWidth = look.pattern === "hatch" ? HATCH_PX : STRIPE_PX;
    context.beginPath();
    for (var x = Math.floor((box[0] - high) / again) * again; x < box[2] + high; x += again) {
      if (look.pattern !== "stripe_down") {
        context.moveTo(x, box[3]);
        context.lineTo(x + high, box[1]);
      }
      if (look.pattern !== "stripe_up") {
        context.moveTo(x, box[1]);
        context.lineTo(x + high, box[3]);
      }
    }
    context.stroke();
    context.restore();
  }

  landwatch.Features = landwatch.Sheet.extend({
    initialize: function (rows, options) {
      L.setOptions(this, options);
      landwatch.Sheet.prototype.initialize.call(this, this.options);
      this.rows = rows;
      this.hidden = {};
      this.only = null;
      this.isChosen = null;
      this.groups = [];
      this.looks = {};
      this._group();
    },

    // What was switched on last lies on top, outlines always over fills.
    onAdd: function (map) {
      if (document.body.dataset.ready && !this.rows.about.outline) this.options.zIndex = TOP += 1;
      landwatch.Sheet.prototype.onAdd.call(this, map);
    },

    setHidden: function (code, isHidden) {
      this.hidden[code] = isHidden;
      this.redraw();
    },

    // Only the rows a test lets pass; null: all of them.
    setChosen: function (isChosen) {
      this.isChosen = isChosen;
      this.groups = [];
      this._group();
      this.redraw();
    },

    // Only the rows a column calls so; null: all of them.
    setOnly: function (column, names) {
      this.only = names && { column: column, names: names };
      this.groups = [];
      this._group();
      this.redraw();
    },

    look: function (row) {
      return this.looks[this.rows.get(this.rows.about.code, row) || ""] || null;
    },

    title: function (row) {
      var rows = this.rows, names = rows.about.title;
      for (var i = 0; i < names.length; i++) {
        var text = rows.get(names[i], row);
        if (text) return text;
      }
      var look = this.look(row);
      return look ? landwatch.word(look) : landwatch.called(rows.about);
    },

    isVisible: function (row) {
      return !this.hidden[this.rows.get(this.rows.about.code, row) || ""];
    },

    bounds: function (row) {
      var box = this.rows.box, i = row * 4;
      return isFinite(box[i]) ? [box[i], box[i + 1], box[i + 2], box[i + 3]] : null;
    },

    // The uppermost visible row that holds a world point; a hole does not. Rows too small to
    // aim at are found within a few pixels.
    find: function (x, y, pixel) {
      var box = this.rows.box, near = 3 * pixel;
      for (var g = this.groups.length - 1; g >= 0; g--) {
        if (this.hidden[this.groups[g].code]) continue;
        for (var k = this.groups[g].rows.length - 1; k >= 0; k--) {
          var row = this.groups[g].rows[k], i = row * 4;
          if (x < box[i] - near || x > box[i + 2] + near) continue;
          if (y < box[i + 1] - near || y > box[i + 3] + near) continue;
          var isTiny = box[i + 2] - box[i] < near && box[i + 3] - box[i + 1] < near;
          if (isTiny || this._holds(row, x, y)) return row;
        }
      }
      return -1;
    },

    _holds: function (row, x, y) {
      var rows = this.rows, isInside = false, lastRing = rows.ringStart[row + 1];
      for (var ring = rows.ringStart[row]; ring < lastRing; ring++) {
        var first = rows.pointStart[ring], last = rows.pointStart[ring + 1];
        for (var i = first, j = last - 1; i < last; j = i++) {
          if ((rows.y[i] > y) !== (rows.y[j] > y) &&
              x < (rows.x[j] - rows.x[i]) * (y - rows.y[i]) / (rows.y[j] - rows.y[i]) + rows.x[i]) {
            isInside = !isInside;
          }
        }
      }
      return isInside;
    },

    // Groups from the least pressing status to the most, which is painted last.
    _group: function () {
      var byCode = {}, looks = this.looks, rows = this.rows;
      rows.about.styles.forEach(function (look) { looks[look.code] = look; });
      for (var row = 0; row < rows.count; row++) {
        if (this.isChosen && !this.isChosen(row)) continue;
        if (this.only && !this.only.names.has(rows.get(this.only.column, row))) continue;
        var code = rows.get(rows.about.code, row) || "";
        (byCode[code] = byCode[code] || []).push(row);
      }
      this.groups = Object.keys(byCode).map(function (code) {
        return { code: code, rows: byCode[code], look: looks[code] };
      }).sort(function (a, b) {
        return (b.look ? b.look.order : 1e9) - (a.look ? a.look.order : 1e9);
      });
    },

    paint: function (context, view) {
      var drawn = [], seenCount = 0;
      for (var row = 0; row < this.rows.count; row++) seenCount += this._seen(view, row) ? 1 : 0;
      // Where thousands crowd the window, dark edges would be all one sees.
      this._hasEdges = seenCount <= MOST_EDGES;
      this.groups.forEach(function (group) {
        if (this.hidden[group.code]) return;
        if (this.rows.about.outline) this._outline(context, view, group);
        else this._fill(context, view, group, drawn);
      }, this);
      if (drawn.length <= MOST_LABELS) this._label(context, view, drawn);
    },

    _seen: function (view, row) {
      var box = this.rows.box, i = row * 4;
      var left = box[i] * view.scale - view.x, top = box[i + 1] * view.scale - view.y;
      var right = box[i + 2] * view.scale - view.x, bottom = box[i + 3] * view.scale - view.y;
      if (!(right >= 0 && bottom >= 0 && left <= view.width && top <= view.height)) return null;
      return { left: left, top: top, width: right - left, height: bottom - top, row: row };
    },

    _fill: function (context, view, group, drawn) {
      var look = group.look, waiting = 0, self = this, box = null;
      var isRuled = view.isPaper && /^(stripe|hatch)/.test(look.pattern);
      var paint = fill(context, look, view);
      context.lineJoin = "round";
      context.lineWidth = look.pattern === "hollow" ? HOLLOW_PX : EDGE_PX;
      context.strokeStyle = look.pattern === "hollow" ? look.colour : EDGE;
      // The path is made once more: ruling it leaves another one behind.
      var rows = [];
      function flush() {
        context.fillStyle = paint;
        context.fill("nonzero");
        if (isRuled) {
          rule(context, look, box);
          context.beginPath();
          rows.forEach(function (row) { landwatch.trace(context, view, self.rows, row); });
        }
        if (self._hasEdges) context.stroke();
        context.beginPath();
        waiting = 0;
        rows = [];
        box = null;
      }
      context.beginPath();
      group.rows.forEach(function (row) {
        var seen = self._seen(view, row);
        if (!seen) return;
        if (seen.width < SMALLEST_PX && seen.height < SMALLEST_PX) {
          context.fillStyle = look.small;
          context.fillRect(seen.left, seen.top, Math.max(seen.width, 1.5), Math.max(seen.height, 1.5));
          return;
        }
        landwatch.trace(context, view, self.rows, row);
        drawn.push(seen);
        if (isRuled) {
          rows.push(row);
          box = around(box, seen);
        }
        if (++waiting === ROWS_PER_PATH) flush();
      });
      if (waiting) flush();
    },

    _outline: function (context, view, group) {
      var about = this.rows.about, rows = this.rows;
      context.setLineDash(about.key === "block" ? [] : [7, 4]);
      context.strokeStyle = about.colour;
      context.lineWidth = about.key === "block" ? 2.4 : 1.6;
      group.rows.forEach(function (row) {
        context.beginPath();
        landwatch.trace(context, view, rows, row);
        context.stroke();
      });
      context.setLineDash([]);
    },

    // A name is written where it fits inside the box of its parcel.
    _label: function (context, view, drawn) {
      context.font = "12px " + getComputedStyle(document.body).fontFamily;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineWidth = 3;
      context.strokeStyle = "rgba(255,255,255,.85)";
      context.fillStyle = "#1b222b";
      if (!this.rows.columns.name) return;
      drawn.forEach(function (seen) {
        var text = this.rows.get("name", seen.row);
        if (!text || seen.height < 18 || seen.width < 40) return;
        if (context.measureText(text).width > seen.width - 24) return;
        var x = seen.left + seen.width / 2, y = seen.top + seen.height / 2;
        if (!this._holds(seen.row, (x + view.x) / view.scale, (y + view.y) / view.scale)) return;
        context.strokeText(text, x, y);
        context.fillText(text, x, y);
      }, this);
    }
  });
})();
