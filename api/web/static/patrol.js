// A patrol list on a phone: what was ticked stays on this device until the list is another.
document.getElementById("print").addEventListener("click", () => window.print());

const KEY = "patrol:" + location.search;
const boxes = [...document.querySelectorAll(".ticks input")];
const kept = new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
boxes.forEach((box, place) => {
  box.checked = kept.has(place);
  box.addEventListener("change", () => {
    if (box.checked) kept.add(place); else kept.delete(place);
    localStorage.setItem(KEY, JSON.stringify([...kept]));
  });
});
