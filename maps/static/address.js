// The address says what is seen: #SUBJECT&signed_on=2019,2020&off=idle.clear - and is read so.
(function () {
  landwatch.address = function (layers, open, years, trouble) {
    var subject = "", isReading = false;

    function hidden() {
      var off = [];
      layers.forEach(function (layer) {
        Object.keys(layer.hidden).forEach(function (code) {
          if (layer.hidden[code]) off.push(layer.rows.about.key + "." + encodeURIComponent(code));
        });
      });
      return off;
    }

    function write() {
      if (isReading) return;
      var parts = [encodeURIComponent(subject)];
      Object.keys(years.chosen).forEach(function (column) {
        var picked = Array.from(years.chosen[column]).sort();
        if (picked.length) parts.push(column + "=" + picked.join(","));
      });
      if (hidden().length) parts.push("off=" + hidden().join(","));
      var text = parts.join("&");
      // An empty address keeps its sign: without one the page would be loaded anew.
      if ("#" + text !== (location.hash || "#")) history.replaceState(null, "", "#" + text);
    }

    function find(name) {
      for (var i = 0; i < layers.length; i++) {
        var rows = layers[i].rows;
        for (var row = 0; row < rows.count; row++) {
          if (rows.get("subject", row) === name) return { layer: layers[i], row: row };
        }
      }
      return null;
    }

    // What is named here and not there; empty where all was found.
    function read() {
      var wrong = [], off = [], chosen = {};
      location.hash.slice(1).split("&").forEach(function (part, place) {
        var cut = part.indexOf("="), name = part.slice(0, cut), value = part.slice(cut + 1);
        if (place === 0 && cut < 0) subject = decodeURIComponent(part);
        else if (name === "off") off = value.split(",");
        else if (Object.hasOwn(years.chosen, name)) chosen[name] = value.split(",");
        else if (part) wrong.push(part);
      });
      Object.keys(years.chosen).forEach(function (column) {
        if (!years.choose(column, chosen[column] || [])) wrong.push(column + "=" + chosen[column].join(","));
      });
      document.querySelectorAll(".legend input[data-code]").forEach(function (box) {
        var key = box.closest(".legend").dataset.layer + "." + encodeURIComponent(box.dataset.code);
        if (off.includes(key) === box.checked) box.click();
        off = off.filter(function (one) { return one !== key; });
      });
      wrong = wrong.concat(off);
      var hit = subject && find(subject);
      if (subject && !hit) wrong.push(subject);
      if (hit) open(hit);
      return wrong;
    }

    function follow() {
      isReading = true;
      subject = "";
      var wrong;
      try {
        wrong = read();
      } catch (error) {
        if (!(error instanceof URIError)) throw error;
        wrong = [location.hash];
      } finally {
        isReading = false;
      }
      trouble(wrong.length ? landwatch.either("地址中的这些在本图中没有：", "The address names what this map does not have: ") + wrong.join("、") : "");
    }

    window.addEventListener("hashchange", follow);
    return {
      follow: follow,
      write: write,
      pick: function (hit) {
        subject = hit && hit.layer.rows.get("subject", hit.row) || "";
        write();
      }
    };
  };
})();
