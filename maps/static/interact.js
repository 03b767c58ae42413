// What a map does under a hand: it names what lies there, opens its card, and goes where a list leads.
(function () {
  var LEAST_CARD_PX = 120;

  function toLatLngBounds(map, box) {
    var unproject = function (x, y) { return map.unproject(L.point(x, y), 0); };
    return L.latLngBounds(unproject(box[0], box[1]), unproject(box[2], box[3]));
  }

  // `beside` is what stands beside the map: it can close, clear, and is told what was picked.
  // Returns what opens a row of a layer from there.
  landwatch.interact = function (map, layers, beside) {
    var hover = new landwatch.Mark({ pane: "hover", zIndex: 640, colour: "#1b222b" }).addTo(map);
    var chosen = new landwatch.Mark({ pane: "chosen", zIndex: 641, colour: "#0047c2" }).addTo(map);
    var tip = L.tooltip({ direction: "top", offset: [0, -6], className: "tip" });
    var popup = L.popup({ maxWidth: 380, minWidth: 260, autoPanPadding: [16, 16] });

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
      beside.picked(hit);
      // A card taller than the map scrolls within itself.
      popup.options.maxHeight = Math.max(LEAST_CARD_PX, map.getSize().y - 70);
      popup.setContent(landwatch.card(hit.layer, hit.row, others, function (other) {
        show(other, latlng, others.filter(function (one) { return one !== other; }).concat(hit));
      })).setLatLng(latlng).openOn(map);
      // A long card is scrolled by the arrow keys too.
      popup.getElement().querySelector(".leaflet-popup-content").tabIndex = 0;
    }

    // From the list: the layer is switched on, the row is brought into view, its card opens.
    function open(hit) {
      var box = hit.layer.bounds(hit.row);
      beside.close();
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
      if (map.isMeasuring) return;
      var under = hits(event.latlng);
      if (under.length) show(under[0], event.latlng, under.slice(1));
      else map.closePopup();
    });
    map.on("popupclose", function () {
      chosen.show(null, -1);
      if (beside.left) beside.left();
    });

    // Wherever the focus is, Escape closes what was opened last: the card, then list and drawer.
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      if (map.isMeasuring) beside.measured();
      else if (map.hasLayer(popup)) {
        map.closePopup(popup);
        event.preventDefault();
        event.stopPropagation();
      } else beside.clear();
    }, true);

    var frame = 0, at = null;
    map.on("mousemove", function (event) {
      at = event.latlng;
      frame = frame || requestAnimationFrame(function () {
        frame = 0;
        if (!at || map.isMeasuring) return;
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
        tip.setContent(landwatch.node("span", "", hit.layer.title(hit.row) + (look ? " · " + landwatch.word(look) : "")));
        tip.setLatLng(at).addTo(map);
      });
    });
    map.on("mouseout movestart zoomstart", function () {
      at = null;
      hover.show(null, -1);
      map.closeTooltip(tip);
    });
    return open;
  };
})();
