// The language of a page, which a button switches.
(function () {
  // Labels that are attributes: their English stands beside the Chinese one they begin with.
  landwatch.language = function () {
    var root = document.documentElement, labelled = document.querySelectorAll("[data-en]");
    labelled.forEach(function (element) {
      element.dataset.zh = element.getAttribute("aria-label") || element.title;
    });
    document.getElementById("language").addEventListener("click", function () {
      root.lang = root.lang === "en" ? "zh-CN" : "en";
      labelled.forEach(function (element) {
        var said = landwatch.either(element.dataset.zh, element.dataset.en);
        ["aria-label", "title", "placeholder"].forEach(function (name) {
          if (element.hasAttribute(name)) element.setAttribute(name, said);
        });
      });
      document.dispatchEvent(new Event("languagechange"));
    });
  };
})();
