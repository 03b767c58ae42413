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

  // What holds the words, and how many more do that the years chosen leave out.
  function matches(layers, query) {
    var wanted = plain(query), hits = [], left = 0;
    if (!wanted) return { hits: hits, left: 0 };
    layers.forEach(function (layer) {
      if (!layer.rows.about.title.length) return;
      index(layer).forEach(function (text, row) {
        if (!text.includes(wanted)) return;
        if (layer.isChosen && !layer.isChosen(row)) left += 1;
        else hits.push({ layer: layer, row: row });
      });
    });
    return { hits: hits, left: left };
  }

  landwatch.panel = function (map, layers, open, changed) {
    var found = document.getElementById("found"), results = document.getElementById("results");
    var query = document.getElementById("query");

    function show(hits, what, left) {
      var either = landwatch.either, many = hits.length > MOST_RESULTS;
      results.textContent = "";
      found.textContent = what === null ? "" : what +
        either("共 " + hits.length + " 条", hits.length + " found") +
        (many ? either("，显示前 " + MOST_RESULTS + " 条", ", the first " + MOST_RESULTS + " shown") : "") +
        (left ? either("；另有 " + left + " 条不在所选年份", "; " + left + " more of other years") : "");
      hits.slice(0, MOST_RESULTS).forEach(function (hit) {
        var button = node("button"), look = hit.layer.look(hit.row);
        button.type = "button";
        if (look) button.appendChild(landwatch.swatch(look));
        var text = button.appendChild(node("span", "", hit.layer.title(hit.row)));
        var number = hit.layer.rows.get("subject", hit.row);
        var where = hit.layer.bounds(hit.row) ? "" : landwatch.either(" · 无图形", " · no shape");
        text.appendChild(node("small", "", (number || landwatch.called(hit.layer.rows.about)) + where));
        button.addEventListener("click", function () { open(hit); });
        results.appendChild(node("li")).appendChild(button);
      });
    }

    function search() {
      var all = matches(layers, query.value);
      show(all.hits, query.value.trim() ? "" : null, all.left);
    }
    query.addEventListener("input", search);
    document.addEventListener("languagechange", search);
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
        changed();
      });
      section.addEventListener("click", function (event) {
        var button = event.target.closest("button.list");
        if (!button) return;
        query.value = "";
        var look = layer.looks[button.dataset.code];
        show(rowsWith(layer, button.dataset.code), landwatch.either(look.zh + "：", look.en + ": "), 0);
        found.scrollIntoView({ block: "nearest" });
      });
    });

    var panel = document.getElementById("panel"), handle = document.getElementById("handle");
    handle.addEventListener("click", function () {
      handle.setAttribute("aria-expanded", String(panel.classList.toggle("is-open")));
    });
    // Years have changed: what is listed is listed anew.
    function refresh() {
      if (query.value.trim()) search();
      else show([], null, 0);
    }
    function close() {
      panel.classList.remove("is-open");
      handle.setAttribute("aria-expanded", "false");
    }
    return { close: close, refresh: refresh, clear: function () {
      query.value = "";
      show([], null, 0);
      close();
    } };
  };
})();
