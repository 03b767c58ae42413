// Searching: what is typed is looked up by the server; arrow keys go through what is found.

/** `told(address, query)` asks the server; `taken(found)` is called with what a person chooses: {subject, words, bounds}. */
export function searching(given, words, told, taken) {
  const form = document.getElementById("search"), field = document.getElementById("search-text"), box = document.getElementById("found");
  let asked = 0, waiting = 0;

  function close() { box.hidden = true; }

  function take(found) {
    close();
    // Keys lead through the list from here on.
    field.blur();
    taken(found);
  }

  async function look() {
    const text = field.value.trim(), turn = ++asked;
    if (!text) return close();
    const answer = await told("/map/search", new URLSearchParams({ run: given.run, text }));
    if (turn !== asked || !answer) return;
    const { found } = answer;
    box.replaceChildren(...found.map((one) => {
      const row = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = one.subject || one.place ? one.words : `${words.coordinates} ${one.words}`;
      button.addEventListener("click", () => take(one));
      row.append(button);
      return row;
    }));
    if (!found.length) box.append(Object.assign(document.createElement("li"), { className: "q", textContent: words.nothing_found }));
    box.hidden = false;
  }

  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 200); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    await look();
    // Enter takes the first that is found; the arrow keys lead to the others.
    box.querySelector("button")?.click();
  });
  form.addEventListener("keydown", (event) => {
    const buttons = [...box.querySelectorAll("button")], now = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") { close(); field.focus(); }
    if (event.key === "ArrowDown" && buttons.length) { event.preventDefault(); buttons[Math.min(now + 1, buttons.length - 1)].focus(); }
    if (event.key === "ArrowUp" && now >= 0) { event.preventDefault(); (buttons[now - 1] ?? field).focus(); }
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
}
