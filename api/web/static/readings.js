// What a reading is chosen from, and what holds now; one that is taken back has no value.
const form = document.getElementById("reading");
const { key, value } = form.elements;
const revoke = document.getElementById("revoke");

function shown() {
  const { choices, value: now } = key.selectedOptions[0].dataset;
  document.getElementById("now").textContent = now || "—";
  const list = document.getElementById("choices");
  list.replaceChildren(...choices.split("|").filter(Boolean).map((one) => Object.assign(document.createElement("option"), { value: one })));
}
key.addEventListener("change", () => { value.value = ""; shown(); });
revoke.addEventListener("change", () => { value.disabled = revoke.checked; });
shown();
