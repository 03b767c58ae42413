// One value of a record put right, with why.
import { send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("correct");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("said");
  const { field, value, why, document: paper } = form.elements;
  const content = { kind: form.dataset.kind, key: form.dataset.key, values: { [field.value]: value.value }, why: why.value };
  if (paper.value.trim()) content.document = paper.value.trim();
  try {
    const done = await send("POST", "/api/v1/corrections", content);
    form.dispatchEvent(new Event("sent"));
    form.reset();
    told(said, "good", form.dataset.done.replace("{}", done.delivery), form.dataset.more);
  } catch (fault) { toldFault(said, fault); }
});
