// A score of a park entered, by what paper and why.
import { send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("score");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("said");
  const content = { scheme: form.dataset.scheme };
  for (const field of form.elements) {
    if (field.name && field.value.trim()) content[field.name] = field.value.trim();
  }
  content.year = Number(content.year);
  try {
    const done = await send("POST", "/api/v1/ranking/scores", content);
    form.dispatchEvent(new Event("sent"));
    told(said, "good", form.dataset.done.replace("{}", done.delivery), form.dataset.more);
    for (const name of ["indicator", "value"]) form.elements[name].value = "";
  } catch (fault) { toldFault(said, fault); }
});
