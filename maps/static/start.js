// Puts the page together once folium's script has made the map, its layers and their switch.
(function () {
  var waiting = [];

  // Says what is wrong; an empty text takes it back.
  function trouble(text) {
    var line = document.getElementById("trouble");
    line.textContent = text;
    line.hidden = !text;
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

  // All that follows one another: filters, lists, the address, the card.
  function join(map, layers, bounds) {
    var panel, address, keys, tell, measure = landwatch.measure(map, layers);
    function changed() {
      tell();
      address.write();
      document.dispatchEvent(new Event("landfiltered"));
    }
    var years = landwatch.years(layers, function () {
      changed();
      panel.refresh();
    });
    tell = landwatch.chips(layers, years);
    var open = landwatch.interact(map, layers, {
      close: function () { panel.close(); },
      clear: function () { panel.clear(); },
      measured: function () { measure.turn(false); },
      left: function () { address.pick(null); },
      picked: function (hit) {
        address.pick(hit);
        keys.picked(hit);
      }
    });
    panel = landwatch.panel(map, layers, open, changed);
    address = landwatch.address(layers, open, years, trouble);
    keys = landwatch.keys(map, layers, open);
    landwatch.tools(map, layers);
    landwatch.language();
    landwatch.overview(map, bounds);
    document.addEventListener("languagechange", function () { map.closePopup(); });
    if (location.hash.length > 1) address.follow();
  }

  // Farther out the scale bar would speak of a length that holds nowhere on the map.
  var FARTHEST = 6, NEAREST = 22;

  landwatch.start = function (map, control, bounds) {
    map.setMinZoom(FARTHEST);
    map.setMaxZoom(NEAREST);
    map.attributionControl.remove();
    map.getContainer().setAttribute("role", "main");
    map.getContainer().setAttribute("aria-label", "地图：方向键平移，加减键缩放");
    map.getContainer().dataset.en = "Map: arrow keys pan, plus and minus zoom";
    document.getElementById("switch").appendChild(control.getContainer());
    new landwatch.Graticule({ pane: "graticule", zIndex: 200 }).addTo(map);
    frame(map, bounds);
    if (!bounds) trouble("本区块没有可显示的图形。");
    if (typeof DecompressionStream === "undefined") {
      trouble("浏览器版本过旧，无法显示地图。请使用 Chrome、Edge 80 以上或 Firefox 113 以上版本。");
      return;
    }
    Promise.all(waiting.map(fill)).then(function () {
      join(map, waiting.map(function (one) { return one.layer; }), bounds);
      document.body.dataset.ready = "yes";
    }).catch(function (error) {
      trouble("地图数据无法读取，文件可能不完整，请重新生成。（" + error.message + "）");
    });
  };
})();
