// Single keys: off while something is typed, and off for good where a person wishes it.
(function () {
  landwatch.keys = function (map, layers, open, measure) {
    var dialog = document.getElementById("keys"), single = document.getElementById("single");
    var at = null;

    function press(id) { document.getElementById(id).click(); }

    // The rows of the list that is open, else all that are drawn, the most pressing first.
    function next(step) {
      var listed = Array.from(document.querySelectorAll("#results button"));
      if (listed.length) {
        var place = listed.indexOf(document.activeElement) + step;
        listed[Math.max(0, Math.min(listed.length - 1, place))].focus();
        return;
      }
      var hits = [];
      layers.forEach(function (layer) {
        if (!map.hasLayer(layer) || layer.rows.about.outline) return;
        layer.groups.slice().reverse().forEach(function (group) {
          if (layer.hidden[group.code]) return;
          group.rows.forEach(function (row) { hits.push({ layer: layer, row: row }); });
        });
      });
      if (!hits.length) return;
      var now = hits.findIndex(function (hit) { return at && hit.layer === at.layer && hit.row === at.row; });
      open(hits[now < 0 ? 0 : (now + step + hits.length) % hits.length]);
    }

    var ACTIONS = {
      "/": function () { document.getElementById("query").focus(); },
      j: function () { next(1); },
      k: function () { next(-1); },
      f: function () {
        var first = document.querySelector("#years button, .legend input");
        if (first) first.focus();
      },
      m: function () { press("measure"); },
      p: function () { press("print"); },
      "0": function () { press("whole"); },
      "+": function () { press("nearer"); },
      "=": function () { press("nearer"); },
      "-": function () { press("farther"); },
      "?": function () { dialog.showModal(); }
    };

    document.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || !single.checked) return;
      if (event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select")) return;
      // The map has plus and minus of its own while it has the focus.
      if ("+=-".includes(event.key) && event.target === map.getContainer()) return;
      var action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    document.getElementById("help").addEventListener("click", function () { dialog.showModal(); });
    document.getElementById("shut").addEventListener("click", function () { dialog.close(); });
    return { picked: function (hit) { at = hit; } };
  };
})();
