// Measuring by hand: points on the map, their lengths and the area they enclose.
(function () {
  var REACH_PX = 10, either = landwatch.either, node = landwatch.node, both = landwatch.both;

  function length(metres) {
    return landwatch.number(metres, 2) + either(" 米", " m");
  }

  // The lines as they lie over the map, on the screen and on paper; each side is named.
  var Lines = landwatch.Sheet.extend({
    points: [],
    paint: function (context, view) {
      var at = this.points.map(function (point) {
        return [landwatch.worldX(point.lng) * view.scale - view.x,
          landwatch.worldY(point.lat) * view.scale - view.y];
      });
      if (!at.length) return;
      context.beginPath();
      at.forEach(function (one, i) { context[i ? "lineTo" : "moveTo"](one[0], one[1]); });
      if (at.length > 2) {
        context.fillStyle = "rgba(0,71,194,.08)";
        context.fill();
      }
      [["#ffffff", 5], ["#0047c2", 2]].forEach(function (pen) {
        context.strokeStyle = pen[0];
        context.lineWidth = pen[1];
        context.stroke();
      });
      at.forEach(function (one) {
        context.beginPath();
        context.arc(one[0], one[1], 4, 0, 7);
        context.fillStyle = "#ffffff";
        context.fill();
        context.stroke();
      });
      context.font = "12px " + getComputedStyle(document.body).fontFamily;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineWidth = 4;
      context.strokeStyle = "#ffffff";
      context.fillStyle = "#0047c2";
      for (var i = 1; i < at.length; i++) {
        var said = length(landwatch.ellipsoid.metres(this.points[i - 1], this.points[i]));
        var x = (at[i][0] + at[i - 1][0]) / 2, y = (at[i][1] + at[i - 1][1]) / 2 - 10;
        context.strokeText(said, x, y);
        context.fillText(said, x, y);
      }
    }
  });

  // The corner of a visible row within reach of a place, else the place itself.
  function attracted(map, layers, latlng) {
    var at = map.project(latlng, 0), reach = REACH_PX / Math.pow(2, map.getZoom());
    var best = reach, found = null;
    layers.forEach(function (layer) {
      if (!map.hasLayer(layer)) return;
      var rows = layer.rows, box = rows.box;
      layer.groups.forEach(function (group) {
        if (layer.hidden[group.code]) return;
        group.rows.forEach(function (row) {
          var k = row * 4;
          if (at.x < box[k] - reach || at.x > box[k + 2] + reach) return;
          if (at.y < box[k + 1] - reach || at.y > box[k + 3] + reach) return;
          var last = rows.pointStart[rows.ringStart[row + 1]];
          for (var i = rows.pointStart[rows.ringStart[row]]; i < last; i++) {
            var away = Math.hypot(rows.x[i] - at.x, rows.y[i] - at.y);
            if (away < best) {
              best = away;
              found = L.point(rows.x[i], rows.y[i]);
            }
          }
        });
      });
    });
    return found ? map.unproject(found, 0) : latlng;
  }

  landwatch.measure = function (map, layers) {
    var box = document.getElementById("measured"), list = document.getElementById("measures");
    var button = document.getElementById("measure"), cross = document.getElementById("cross");
    var lines = new Lines({ pane: "measure", zIndex: 645 }).addTo(map), points = lines.points = [];

    function say(chinese, english, values) {
      list.appendChild(node("dt")).appendChild(both(chinese, english));
      var told = list.appendChild(node("dd"));
      [].concat(values).forEach(function (value) { told.appendChild(node("span", "", value)); });
    }

    function tell() {
      list.textContent = "";
      var ellipsoid = landwatch.ellipsoid, sum = 0;
      for (var i = 1; i < points.length; i++) sum += ellipsoid.metres(points[i - 1], points[i]);
      say("长度", "Length", length(sum));
      if (points.length > 2) {
        say("闭合后周长", "Closed", length(sum + ellipsoid.metres(points[points.length - 1], points[0])));
        say("面积", "Area", ellipsoid.isCrossed(points)
          ? either("边线相交，面积不成立", "its sides cross: no area")
          : landwatch.area(ellipsoid.area_m2(points)));
      }
      lines.redraw();
    }

    function add(latlng) {
      points.push(attracted(map, layers, latlng));
      tell();
    }

    function undo() {
      points.pop();
      tell();
    }

    function clear() {
      points.length = 0;
      tell();
    }

    function turn(isOn) {
      map.isMeasuring = isOn;
      box.hidden = !isOn;
      button.setAttribute("aria-pressed", String(isOn));
      map.getContainer().classList.toggle("is-measuring", isOn);
      cross.hidden = true;
      map.doubleClickZoom[isOn ? "disable" : "enable"]();
      if (isOn) {
        map.closePopup();
        map.getContainer().focus();
      } else clear();
    }

    map.on("click", function (event) {
      if (map.isMeasuring) add(event.latlng);
    });
    map.getContainer().addEventListener("keydown", function (event) {
      if (!map.isMeasuring || event.target !== map.getContainer()) return;
      cross.hidden = false;
      if (event.key === " ") add(map.getCenter());
      else if (event.key === "Backspace") undo();
      else return;
      event.preventDefault();
    });
    map.getContainer().addEventListener("pointermove", function () { cross.hidden = true; });
    button.addEventListener("click", function () { turn(!map.isMeasuring); });
    button.setAttribute("aria-pressed", "false");
    document.getElementById("undo").addEventListener("click", undo);
    document.getElementById("clear").addEventListener("click", clear);
    document.getElementById("done").addEventListener("click", function () { turn(false); });
    document.addEventListener("languagechange", tell);
    tell();
    return { turn: turn };
  };
})();
