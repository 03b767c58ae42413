// The card of one row. Text from the data only ever becomes textContent.
(function () {
  var MS_PER_DAY = 86400000;

  function node(tag, className, text) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined && text !== null) element.textContent = text;
    return element;
  }

  function day(value) {
    return new Date(value * MS_PER_DAY).toISOString().slice(0, 10);
  }

  function number(value, decimals) {
    return value.toLocaleString("zh-CN", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals
    });
  }

  function area(m2) {
    return [number(m2, 2) + " 平方米", number(m2 / 10000, 4) + " 公顷 · " + number(m2 * 0.0015, 2) + " 亩"];
  }

  function apart(days) {
    if (days === 0) return "即当日";
    return days > 0 ? "已 " + number(days, 0) + " 天" : "还有 " + number(-days, 0) + " 天";
  }

  function named(labels, code) {
    var cut = code.indexOf(":"), head = labels[code.slice(0, cut)];
    return labels[code] || (cut > 0 && head ? head + " " + code.slice(cut + 1) : code);
  }

  // What one line says of one row, and what it adds below; null leaves the line out.
  function told(rows, line, row) {
    var value = rows.get(line.column, row);
    if (value === null || value === "") return null;
    var labels = rows.about.labels[line.labels] || {}, asOf = rows.about.as_of;
    if (line.kind === "area") return area(value);
    if (line.kind === "money") return [number(value / 100, 2) + " 元"];
    if (line.kind === "day") return [day(value)];
    if (line.kind === "days") return [number(value, 0) + " 天"];
    if (line.kind === "code") return [labels[value] || value];
    if (line.kind === "codes") {
      return [value.split(";").map(function (code) { return named(labels, code); }).join("；")];
    }
    if (line.kind === "since") return [day(value), "截至 " + day(asOf) + " " + apart(asOf - value)];
    if (line.kind === "next") {
      var event = rows.get(line.other, row);
      return [day(value) + "（" + apart(asOf - value) + "）", event ? "→ " + (labels[event] || event) : ""];
    }
    return [value];
  }

  landwatch.swatch = function (look) {
    var chip = node("span", "chip");
    chip.style.setProperty("--colour", look.colour);
    chip.classList.add("chip-" + look.pattern);
    return chip;
  };

  landwatch.card = function (layer, row, others, open) {
    var rows = layer.rows, card = node("article", "card");
    card.appendChild(node("p", "card-layer", rows.about.zh));
    card.appendChild(node("h3", "", layer.title(row)));
    var look = layer.look(row);
    if (look) {
      var status = node("p", "card-status");
      status.appendChild(landwatch.swatch(look));
      status.appendChild(node("b", "", look.zh));
      status.appendChild(node("small", "", look.en)).lang = "en";
      card.appendChild(status);
    }
    var list = card.appendChild(node("dl"));
    rows.about.lines.forEach(function (line) {
      var text = told(rows, line, row);
      if (text === null) return;
      list.appendChild(node("dt", "", line.label));
      var said = list.appendChild(node("dd", "is-" + line.kind, text[0]));
      if (text[1]) said.appendChild(node("span", "more", text[1]));
    });
    var subject = rows.get("subject", row);
    if (rows.about.basis && subject) {
      var link = card.appendChild(node("p", "card-basis")).appendChild(node("a", "", "判定依据 →"));
      link.href = rows.about.basis.replace("{subject}", function () { return encodeURIComponent(subject); });
      link.target = "_blank";
      link.rel = "noopener";
    }
    if (others.length) {
      var also = card.appendChild(node("p", "card-also", "此处还有："));
      others.forEach(function (hit) {
        var text = hit.layer.rows.about.zh + " · " + hit.layer.title(hit.row);
        var button = also.appendChild(node("button", "", text));
        button.type = "button";
        // The button is gone when the map asks where the click came from; so it must not ask.
        button.addEventListener("click", function (event) {
          event.stopPropagation();
          open(hit);
        });
      });
    }
    return card;
  };
  landwatch.node = node;
})();
