// What lies over the map: tools, the scale, and the place under the pointer.
(function () {
  var EQUATOR_M = 2 * Math.PI * 6378137, WIDEST_PX = 140, ROUND = [1, 2, 5];
  var both = landwatch.both;

  function sexagesimal(degrees, positive, negative) {
    var sign = degrees < 0 ? negative : positive, rest = Math.round(Math.abs(degrees) * 36000) / 10;
    var minutes = Math.floor(rest / 60) % 60, seconds = rest - Math.floor(rest / 60) * 60;
    return Math.floor(rest / 3600) + "°" + String(minutes).padStart(2, "0") + "′" +
      seconds.toFixed(1).padStart(4, "0") + "″" + sign;
  }

  function pointer(map) {
    var place = document.getElementById("pointer"), at = null, waiting = 0;
    function tell() {
      waiting = 0;
      var point = at || map.getCenter();
      place.textContent = sexagesimal(point.lng, "E", "W") + "  " + sexagesimal(point.lat, "N", "S");
    }
    function soon(latlng) {
      at = latlng;
      waiting = waiting || requestAnimationFrame(tell);
    }
    map.on("mousemove", function (event) { soon(event.latlng); });
    // Without a pointer over the map: its middle.
    map.on("mouseout moveend", function () { soon(null); });
    soon(null);
  }

  // The longest round length that is no longer than the bar may be; zooms are bounded (start.js).
  function scale(map) {
    var bar = document.getElementById("scale");
    function tell() {
      var shrinking = Math.cos(map.getCenter().lat * Math.PI / 180);
      var perPx = EQUATOR_M * shrinking / 256 / Math.pow(2, map.getZoom()), widest = WIDEST_PX * perPx;
      var power = Math.pow(10, Math.floor(Math.log10(widest)));
      var metres = power * ROUND.filter(function (step) { return step * power <= widest; }).pop();
      bar.querySelector("b").replaceChildren(metres < 1000
        ? both(metres + " 米", metres + " m")
        : both(metres / 1000 + " 千米", metres / 1000 + " km"));
      bar.querySelector("i").style.width = metres / perPx + "px";
    }
    map.on("move zoomend", tell);
    tell();
  }

  // How many rows the filters leave, over the layers shown.
  function drawn(map, layers) {
    var place = document.getElementById("drawn");
    function tell() {
      var count = 0, all = 0;
      layers.forEach(function (layer) {
        if (!map.hasLayer(layer) || layer.rows.about.outline) return;
        all += layer.rows.count;
        layer.groups.forEach(function (group) {
          if (!layer.hidden[group.code]) count += group.rows.length;
        });
      });
      var some = landwatch.number(count, 0), of = landwatch.number(all, 0);
      place.replaceChildren(count === all
        ? both(of + " 宗，全部绘出", of + " drawn, all of them")
        : both("筛选后 " + some + " 宗，共 " + of + " 宗", some + " of " + of + " chosen"));
    }
    map.on("layeradd layerremove", tell);
    document.addEventListener("landfiltered", tell);
    tell();
  }

  landwatch.tools = function (map, layers) {
    document.getElementById("nearer").addEventListener("click", function () { map.zoomIn(1); });
    document.getElementById("farther").addEventListener("click", function () { map.zoomOut(1); });
    pointer(map);
    scale(map);
    drawn(map, layers);
  };
})();
