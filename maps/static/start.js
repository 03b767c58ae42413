// Puts the page together once folium's script has made the map, its layers and their switch.
(function () {
  var waiting = [];

  function trouble(text) {
    var line = document.getElementById("trouble");
    line.textContent = text;
    line.hidden = false;
  }

  // folium makes its layers at once; the rows arrive a little later and fill them.
  landwatch.layer = function (id) {
    var key = id.replace(/^packed_|_rows$/g, "");
    var empty = { about: { key: key, code: "", styles: [], title: [], lines: [], labels: {} },
      count: 0, columns: {}, ringStart: [0], pointStart: [0], x: [], y: [], box: [],
      get: function () { return null; } };
    var isLine = key === "block" || key === "approvals";
    var layer = new landwatch.Features(empty, {
      pane: key, padding: 0.2, zIndex: (isLine ? 600 : 390) - waiting.length
    });
    waiting.push({ layer: layer, id: id });
    return layer;
  };

  function fill(one) {
    return landwatch.unpack(document.getElementById(one.id).textContent).then(function (rows) {
      one.layer.rows = rows;
      one.layer.groups = [];
      one.layer._group();
      one.layer.redraw();
    });
  }

  function toLatLngBounds(map, box) {
    var unproject = function (x, y) { return map.unproject(L.point(x, y), 0); };
    return L.latLngBounds(unproject(box[0], box[1]), unproject(box[2], box[3]));
  }

  function interact(map, layers) {
    var hover = new landwatch.Mark({ pane: "hover", zIndex: 640, colour: "#1b222b" }).addTo(map);
    var chosen = new landwatch.Mark({ pane: "chosen", zIndex: 641, colour: "#0047c2" }).addTo(map);
    var tip = L.tooltip({ direction: "top", offset: [0, -6], className: "tip" });
    var popup = L.popup({ maxWidth: 380, minWidth: 260, autoPanPadding: [16, 16] });
    var panel;

    // From the uppermost layer down, one row each.
    function hits(latlng) {
      var point = map.project(latlng, 0), pixel = 1 / Math.pow(2, map.getZoom());
      return layers.filter(function (layer) {
        return map.hasLayer(layer) && layer.rows.about.lines.length;
      }).sort(function (a, b) {
        return (a.rows.about.outline - b.rows.about.outline) || (b.options.zIndex - a.options.zIndex);
      }).map(function (layer) {
        return { layer: layer, row: layer.find(point.x, point.y, pixel) };
      }).filter(function (hit) { return hit.row >= 0; });
    }

    function show(hit, latlng, others) {
      // An open card would first pull the map back to where it was.
      map.closePopup(popup);
      map.closeTooltip(tip);
      chosen.show(hit.layer, hit.row);
      popup.setContent(landwatch.card(hit.layer, hit.row, others, function (other) {
        show(other, latlng, others.filter(function (one) { return one !== other; }).concat(hit));
      })).setLatLng(latlng).openOn(map);
    }

    // From the list: the layer is switched on, the row is brought into view, its card opens.
    function open(hit) {
      var box = hit.layer.bounds(hit.row);
      panel.close();
      map.closePopup(popup);
      if (!box) {
        show(hit, map.getCenter(), []);
        return;
      }
      if (!map.hasLayer(hit.layer)) hit.layer.addTo(map);
      var bounds = toLatLngBounds(map, box);
      map.fitBounds(bounds, { maxZoom: Math.max(map.getZoom(), 16.5), padding: [60, 60], animate: false });
      show(hit, bounds.getCenter(), []);
    }

    map.on("click", function (event) {
      var under = hits(event.latlng);
      if (under.length) show(under[0], event.latlng, under.slice(1));
      else map.closePopup();
    });
    map.on("popupclose", function () { chosen.show(null, -1); });

    // Wherever the focus is, Escape closes what was opened last: the card, then list and drawer.
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") return;
      if (map.hasLayer(popup)) {
        map.closePopup(popup);
        event.preventDefault();
        event.stopPropagation();
      } else panel.clear();
    }, true);

    var frame = 0, at = null;
    map.on("mousemove", function (event) {
      at = event.latlng;
      frame = frame || requestAnimationFrame(function () {
        frame = 0;
        if (!at) return;
        var hit = hits(at)[0];
        map.getContainer().classList.toggle("is-over", Boolean(hit));
        if (!hit || hit.layer !== hover.layer || hit.row !== hover.row) {
          hover.show(hit ? hit.layer : null, hit ? hit.row : -1);
        }
        if (!hit) {
          map.closeTooltip(tip);
          return;
        }
        var look = hit.layer.look(hit.row);
        tip.setContent(landwatch.node("span", "", hit.layer.title(hit.row) + (look ? " · " + look.zh : "")));
        tip.setLatLng(at).addTo(map);
      });
    });
    map.on("mouseout movestart zoomstart", function () {
      at = null;
      hover.show(null, -1);
      map.closeTooltip(tip);
    });
    panel = landwatch.panel(map, layers, open);
  }

  function frame(map, bounds) {
    function whole() {
      if (bounds) map.fitBounds(bounds, { padding: [24, 24], animate: false });
    }
    document.getElementById("whole").addEventListener("click", whole);
    document.getElementById("print").addEventListener("click", function () { window.print(); });
    // On paper one picture of its own stands for the map, which is left as it is meanwhile.
    var isPrinting = false;
    window.addEventListener("beforeprint", function () {
      isPrinting = true;
      var seen = map.getBounds();
      landwatch.paper(map, bounds && !seen.contains(bounds) ? seen : bounds && L.latLngBounds(bounds));
    });
    window.addEventListener("afterprint", function () { isPrinting = false; });
    new ResizeObserver(function () {
      if (!isPrinting) map.invalidateSize({ animate: false });
    }).observe(map.getContainer());
    whole();
  }

  // Farther out the scale bar would speak of a length that holds nowhere on the map.
  var FARTHEST = 6, NEAREST = 22;

  landwatch.start = function (map, control, bounds) {
    map.setMinZoom(FARTHEST);
    map.setMaxZoom(NEAREST);
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
    map.attributionControl.setPrefix(false);
    map.getContainer().setAttribute("aria-label", "地图：方向键平移，加减键缩放");
    document.getElementById("switch").appendChild(control.getContainer());
    new landwatch.Graticule({ pane: "graticule", zIndex: 200 }).addTo(map);
    frame(map, bounds);
    if (!bounds) trouble("本区块没有可显示的图形。");
    if (typeof DecompressionStream === "undefined") {
      trouble("浏览器版本过旧，无法显示地图。请使用 Chrome、Edge 80 以上或 Firefox 113 以上版本。");
      return;
    }
    var layers = waiting.map(function (one) { return one.layer; });
    Promise.all(waiting.map(fill)).then(function () {
      interact(map, layers);
      document.body.dataset.ready = "yes";
    }).catch(function (error) {
      trouble("地图数据无法读取，文件可能不完整，请重新生成。（" + error.message + "）");
    });
  };
})();
