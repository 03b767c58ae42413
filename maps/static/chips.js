// The filters in use, each with a button that ends it; on paper, in words under the title.
(function () {
  var node = landwatch.node, both = landwatch.both;

  landwatch.chips = function (layers, years) {
    var place = document.getElementById("chips"), paper = document.getElementById("filtered");

    function chip(words, end) {
      var button = place.appendChild(node("li")).appendChild(node("button"));
      button.type = "button";
      button.appendChild(words);
      button.appendChild(node("span", "x", "×")).setAttribute("aria-hidden", "true");
      button.addEventListener("click", end);
      paper.appendChild(node("span", "dot", "·"));
      paper.appendChild(words.cloneNode(true));
    }

    return function () {
      place.textContent = paper.textContent = "";
      Object.keys(years.chosen).forEach(function (column) {
        var picked = Array.from(years.chosen[column]).sort(), name = years.name(column);
        if (!picked.length) return;
        var words = node("span");
        words.appendChild(both(name[0] + "：", name[1] + ": "));
        picked.forEach(function (one, i) {
          if (i) words.appendChild(both("、", ", "));
          words.appendChild(years.told(one));
        });
        chip(words, function () { years.choose(column, []); });
      });
      layers.forEach(function (layer) {
        Object.keys(layer.hidden).forEach(function (code) {
          var look = layer.looks[code];
          if (!layer.hidden[code] || !look) return;
          chip(both("不含：" + look.zh, "without: " + look.en), function () {
            document.querySelector('.legend[data-layer="' + layer.rows.about.key + '"] input[data-code="' + CSS.escape(code) + '"]').click();
          });
        });
      });
    };
  };
})();
