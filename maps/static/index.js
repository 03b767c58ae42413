// The index: blocks and all that was found in them searched, ordered and chosen by park.
(function () {
  var MOST_RESULTS = 60, either = landwatch.either;
  var cards = Array.from(document.querySelectorAll("#cards > li"));
  var query = document.getElementById("query"), park = document.getElementById("park");
  var found = document.getElementById("found"), results = document.getElementById("results");
  var names = null, order = "";
  landwatch.language();
  if (!query) return;

  function plain(text) {
    return String(text).normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  }

  var heads = cards.map(function (card) {
    return plain(card.querySelector("h3").textContent + " " + card.querySelector(".code").textContent);
  });

  // Unpacked when somebody first searches, and kept.
  function all() {
    if (names) return Promise.resolve(names);
    return landwatch.unpack(document.getElementById("names").textContent).then(function (rows) {
      names = { rows: rows, words: [] };
      for (var row = 0; row < rows.count; row++) {
        names.words.push(plain(["subject", "name", "holder"].map(function (column) {
          return rows.get(column, row) || "";
        }).join(" ")));
      }
      return names;
    });
  }

  function line(row) {
    var rows = names.rows, card = cards[Number(rows.get("block", row))];
    var item = document.createElement("li"), link = item.appendChild(document.createElement("a"));
    var subject = rows.get("subject", row), title = card.querySelector("h3 a");
    link.href = title.getAttribute("href") + "#" + encodeURIComponent(subject);
    link.textContent = rows.get("name", row) || subject;
    var more = item.appendChild(document.createElement("small"));
    more.textContent = [subject, rows.get("holder", row), title.textContent].filter(Boolean).join(" · ");
    return item;
  }

  function show() {
    var wanted = plain(query.value), shown = 0;
    cards.forEach(function (card, place) {
      var isHere = !park || !park.value || card.dataset.park === park.value;
      card.hidden = !isHere || Boolean(wanted) && !heads[place].includes(wanted);
      shown += card.hidden ? 0 : 1;
    });
    if (!wanted) {
      results.textContent = "";
      found.textContent = shown === cards.length ? "" : either("共 " + shown + " 个区块", shown + " blocks");
      return;
    }
    all().then(function () {
      if (plain(query.value) !== wanted) return;
      var hits = [];
      names.words.forEach(function (words, row) {
        if (!words.includes(wanted)) return;
        var card = cards[Number(names.rows.get("block", row))];
        if (!park || !park.value || card.dataset.park === park.value) hits.push(row);
      });
      results.replaceChildren.apply(results, hits.slice(0, MOST_RESULTS).map(line));
      found.textContent = either("区块 " + shown + " 个，宗地 " + hits.length + " 宗", shown + " blocks, " + hits.length + " parcels") +
        (hits.length > MOST_RESULTS ? either("，显示前 " + MOST_RESULTS + " 宗", ", the first " + MOST_RESULTS + " shown") : "");
    }).catch(function (error) {
      found.textContent = either("名录无法读取，文件可能不完整，请重新生成。（", "The names cannot be read, make the file anew. (") + error.message + "）";
    });
  }

  function sort() {
    var list = document.getElementById("cards");
    var ordered = cards.slice();
    if (order !== "") {
      ordered.sort(function (one, other) {
        return Number(other.dataset.m2.split(" ")[order]) - Number(one.dataset.m2.split(" ")[order]);
      });
    }
    list.append.apply(list, ordered);
    document.querySelectorAll(".sort button").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.sort === order));
    });
  }

  query.addEventListener("input", show);
  if (park) park.addEventListener("change", show);
  document.querySelectorAll(".sort button").forEach(function (button) {
    button.addEventListener("click", function () {
      order = button.dataset.sort;
      sort();
    });
  });
  document.addEventListener("languagechange", show);
  document.addEventListener("keydown", function (event) {
    if (event.target instanceof Element && event.target.closest("input, select, textarea")) {
      if (event.key === "Escape" && event.target === query) {
        query.value = "";
        show();
      }
      return;
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    query.focus();
  });
  show();
})();
