// Rows chosen by the year of a day of theirs: the map, the legend's sums, lists and search follow.
(function () {
  var MS_PER_DAY = 86400000, UNKNOWN = "none", node = landwatch.node, both = landwatch.both;
  var NAMES = {
    signed_on: ["合同签订年份", "Year of the contract"],
    approved_on: ["批准年份", "Year of approval"]
  };

  function year(layer, row) {
    var day = layer.rows.get(layer.rows.about.year, row);
    return day === null ? UNKNOWN : String(new Date(day * MS_PER_DAY).getUTCFullYear());
  }

  function told(one) {
    return one === UNKNOWN ? both("不明", "unknown") : node("span", "", one);
  }

  // The sums of a legend over the rows that are chosen; as they were written where all are.
  function recount(section, layer, isAll) {
    var lines = section.querySelectorAll("tbody tr, tfoot tr"), sums = {};
    section.querySelectorAll(".of-all").forEach(function (note) { note.hidden = !isAll; });
    function at(code) { return sums[code] = sums[code] || { count: 0, known: 0, m2: 0 }; }
    layer.groups.forEach(function (group) {
      group.rows.forEach(function (row) {
        var m2 = layer.rows.get(layer.rows.about.area, row);
        [at(group.code), at("")].forEach(function (sum) {
          sum.count += 1;
          if (m2 === null) return;
          sum.known += 1;
          sum.m2 += m2;
        });
      });
    });
    lines.forEach(function (line) {
      var cells = line.querySelectorAll("td"), holder = cells[0].querySelector("button") || cells[0];
      if (!line.written) line.written = [holder, cells[1], cells[2]].map(function (cell) { return cell.textContent; });
      var sum = at(line.parentElement.tagName === "TFOOT" ? "" : line.dataset.code);
      var isUnknown = sum.count && !sum.known;
      var said = isAll ? line.written : [
        landwatch.number(sum.count, 0),
        isUnknown ? "不明" : landwatch.number(sum.m2 / 10000, 4),
        isUnknown ? "不明" : landwatch.number(sum.m2 * 0.0015, 2)
      ];
      holder.textContent = said[0];
      cells[1].textContent = said[1];
      cells[2].textContent = said[2];
    });
    var note = section.querySelector(".of-chosen"), lacking = at("").count - at("").known;
    note.hidden = isAll;
    note.replaceChildren(both(
      "按年份筛选：" + layer.rows.count + " 宗中的 " + at("").count + " 宗" + (lacking ? "，其中 " + lacking + " 宗面积不明" : "") + "。",
      at("").count + " of " + layer.rows.count + " by year" + (lacking ? ", " + lacking + " of unknown area" : "") + "."
    ));
  }

  // Returns what is chosen by column; `changed` is told after each change.
  landwatch.years = function (layers, changed) {
    var chosen = {}, place = document.getElementById("years");

    function apply(column) {
      layers.filter(function (layer) { return layer.rows.about.year === column; }).forEach(function (layer) {
        var years = chosen[column];
        layer.setChosen(years.size ? function (row) { return years.has(year(layer, row)); } : null);
        var section = document.querySelector('.legend[data-layer="' + layer.rows.about.key + '"]');
        if (section) recount(section, layer, !years.size);
      });
      place.querySelectorAll('button[data-column="' + column + '"]').forEach(function (button) {
        button.setAttribute("aria-pressed", String(chosen[column].has(button.dataset.year)));
      });
      changed();
    }

    Object.keys(NAMES).forEach(function (column) {
      var counts = {}, of = layers.filter(function (layer) {
        return layer.rows.about.year === column && layer.rows.count;
      });
      if (!of.length) return;
      for (var row = 0; row < of[0].rows.count; row++) {
        var one = year(of[0], row);
        counts[one] = (counts[one] || 0) + 1;
      }
      chosen[column] = new Set();
      place.hidden = false;
      place.appendChild(node("h3")).appendChild(both.apply(null, NAMES[column]));
      var row_of = place.appendChild(node("div", "pick"));
      Object.keys(counts).sort().forEach(function (one) {
        var button = row_of.appendChild(node("button"));
        button.type = "button";
        button.dataset.column = column;
        button.dataset.year = one;
        button.setAttribute("aria-pressed", "false");
        button.appendChild(told(one));
        button.appendChild(node("small", "", counts[one]));
        button.addEventListener("click", function () {
          if (!chosen[column].delete(one)) chosen[column].add(one);
          apply(column);
        });
      });
    });

    return {
      chosen: chosen,
      name: function (column) { return NAMES[column]; },
      told: told,
      // Whether the block has such years; the ones it has are chosen.
      choose: function (column, years) {
        if (!chosen[column]) return false;
        var known = years.filter(function (one) {
          return place.querySelector('button[data-column="' + column + '"][data-year="' + CSS.escape(one) + '"]');
        });
        chosen[column] = new Set(known);
        apply(column);
        return known.length === years.length;
      }
    };
  };
})();
