// The card of one row. Text from the data only ever becomes textContent.
(function () {
  var MS_PER_DAY = 86400000, either = landwatch.either;

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
    return [number(m2, 2) + either(" 平方米", " m²"),
      number(m2 / 10000, 4) + either(" 公顷 · ", " ha · ") + number(m2 * 0.0015, 2) + either(" 亩", " mu")];
  }

  function apart(days) {
    if (days === 0) return either("即当日", "that day");
    if (days > 0) return either("已 " + number(days, 0) + " 天", number(days, 0) + " days ago");
    return either("还有 " + number(-days, 0) + " 天", "in " + number(-days, 0) + " days");
  }

  function named(labels, code) {
    var cut = code.indexOf(":"), head = labels[code.slice(0, cut)];
    return labels[code] || (cut > 0 && head ? head + " " + code.slice(cut + 1) : code);
  }

  // What one line says of one row, and what it adds below; null leaves the line out.
  function told(rows, line, row) {
    var value = rows.get(line.column, row);
    if (value === null || value === "") return null;
    var labels = either(rows.about.labels, rows.about.labels_en || rows.about.labels)[line.labels] || {}, asOf = rows.about.as_of;
    if (line.kind === "area") return area(value);
    if (line.kind === "money") return [number(value / 100, 2) + either(" 元", " yuan")];
    if (line.kind === "day") return [day(value)];
    if (line.kind === "days") return [number(value, 0) + either(" 天", " days")];
    if (line.kind === "code") return [labels[value] || value];
    if (line.kind === "codes") {
      return [value.split(";").map(function (code) { return named(labels, code); }).join(either("；", "; "))];
    }
    if (line.kind === "since") return [day(value), either("截至 ", "on ") + day(asOf) + " " + apart(asOf - value)];
    if (line.kind === "next") {
      var event = rows.get(line.other, row);
      return [day(value) + either("（", " (") + apart(asOf - value) + either("）", ")"), event ? "→ " + (labels[event] || event) : ""];
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
    card.appendChild(node("p", "card-layer", landwatch.called(rows.about)));
    card.appendChild(node("h3", "", layer.title(row)));
    var look = layer.look(row);
    if (look) {
      var status = node("p", "card-status");
      status.appendChild(landwatch.swatch(look));
      status.appendChild(node("b", "", landwatch.word(look)));
      if (landwatch.word(look) !== look.en) status.appendChild(node("small", "", look.en)).lang = "en";
      card.appendChild(status);
    }
    var list = card.appendChild(node("dl"));
    rows.about.lines.forEach(function (line) {
      var text = told(rows, line, row);
      if (text === null) return;
      list.appendChild(node("dt", "", either(line.label, line.en || line.label)));
      var said = list.appendChild(node("dd", "is-" + line.kind, text[0]));
      if (text[1]) said.appendChild(node("span", "more", text[1]));
    });
    var subject = rows.get("subject", row);
    if (rows.about.basis && subject) {
      var link = card.appendChild(node("p", "card-basis")).appendChild(node("a", "", either("判定依据 →", "Why →")));
      link.href = rows.about.basis.replace("{subject}", function () { return encodeURIComponent(subject); });
      link.target = "_blank";
      link.rel = "noopener";
    }
    if (others.length) {
      var also = card.appendChild(node("p", "card-also", either("此处还有：", "Also here:")));
      others.forEach(function (hit) {
        var text = landwatch.called(hit.layer.rows.about) + " · " + hit.layer.title(hit.row);
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
  landwatch.area = area;
  landwatch.number = number;
})();
