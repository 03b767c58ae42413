// The panel beside the map: statuses on and off, lists, and the search box.
(function () {
  var MOST_RESULTS = 60;
  var node = landwatch.node;

  function plain(text) {
    return String(text).normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  }

  // All that can be searched of a row, made once per layer when first asked for.
  function index(layer) {
    if (layer.searchable) return layer.searchable;
    var rows = layer.rows, names = Object.keys(rows.columns).filter(function (name) {
      return ["name", "subject", "id", "approval", "approval_no", "supply", "batch"].includes(name);
    });
    layer.searchable = [];
    for (var row = 0; row < rows.count; row++) {
      layer.searchable.push(plain(names.map(function (name) {
        return rows.get(name, row) || "";
      }).join(" ")));
    }
    return layer.searchable;
  }

  function rowsWith(layer, code) {
    var group = layer.groups.find(function (one) { return one.code === code; });
    return (group ? group.rows : []).map(function (row) { return { layer: layer, row: row }; });
  }

  function matches(layers, query) {
    var wanted = plain(query), hits = [];
    if (!wanted) return hits;
    layers.forEach(function (layer) {
      if (!layer.rows.about.title.length) return;
      index(layer).forEach(function (text, row) {
        if (text.includes(wanted)) hits.push({ layer: layer, row: row });
      });
    });
    return hits;
  }

  landwatch.panel = function (map, layers, open) {
    var found = document.getElementById("found"), results = document.getElementById("results");
    var query = document.getElementById("query");

    function show(hits, what) {
      results.textContent = "";
      found.textContent = what === null ? "" : what + "共 " + hits.length + " 条" +
        (hits.length > MOST_RESULTS ? "，显示前 " + MOST_RESULTS + " 条" : "");
      hits.slice(0, MOST_RESULTS).forEach(function (hit) {
        var button = node("button"), look = hit.layer.look(hit.row);
        button.type = "button";
        if (look) button.appendChild(landwatch.swatch(look));
        var text = button.appendChild(node("span", "", hit.layer.title(hit.row)));
        var number = hit.layer.rows.get("subject", hit.row);
        var where = hit.layer.bounds(hit.row) ? "" : " · 无图形";
        text.appendChild(node("small", "", (number || hit.layer.rows.about.zh) + where));
        button.addEventListener("click", function () { open(hit); });
        results.appendChild(node("li")).appendChild(button);
      });
    }

    query.addEventListener("input", function () {
      show(matches(layers, query.value), query.value.trim() ? "" : null);
    });
    query.addEventListener("keydown", function (event) {
      var first = results.querySelector("button");
      if (event.key === "Enter" && first) first.click();
      if (event.key === "ArrowDown" && first) first.focus();
    });
    results.addEventListener("keydown", function (event) {
      var item = event.target.closest("li"), to = null;
      if (event.key === "ArrowDown") to = item.nextElementSibling;
      if (event.key === "ArrowUp") to = item.previousElementSibling || query;
      if (!to) return;
      event.preventDefault();
      (to === query ? query : to.firstElementChild).focus();
    });

    document.querySelectorAll(".legend").forEach(function (section) {
      var layer = layers.find(function (one) { return one.rows.about.key === section.dataset.layer; });
      function follow() { section.hidden = !map.hasLayer(layer); }
      layer.on("add remove", follow);
      follow();
      section.addEventListener("change", function (event) {
        layer.setHidden(event.target.dataset.code, !event.target.checked);
      });
      section.addEventListener("click", function (event) {
        var button = event.target.closest("button.list");
        if (!button) return;
        query.value = "";
        show(rowsWith(layer, button.dataset.code), layer.looks[button.dataset.code].zh + "：");
        found.scrollIntoView({ block: "nearest" });
      });
    });

    var panel = document.getElementById("panel"), handle = document.getElementById("handle");
    handle.addEventListener("click", function () {
      handle.setAttribute("aria-expanded", String(panel.classList.toggle("is-open")));
    });
    function close() {
      panel.classList.remove("is-open");
      handle.setAttribute("aria-expanded", "false");
    }
    return { close: close, clear: function () {
      query.value = "";
      show([], null);
      close();
    } };
  };
})();
