// An export on its way to be laid beside ours; and a comparison let go.
import { asked, send, told, toldFault } from "/static/app/frame.js";

const form = document.getElementById("compare");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("said");
  const file = form.elements.file.files[0];
  const query = new URLSearchParams({ list: form.elements.list.value, name: file.name });
  for (const name of ["layer", "encoding", "sender", "empty_day"]) {
    if (form.elements[name].value.trim()) query.set(name, form.elements[name].value.trim());
  }
  for (const line of form.elements.map.value.split("\n")) if (line.trim()) query.append("map", line.trim());
  const button = form.querySelector("button.main");
  button.disabled = true;
  told(said, "note", form.dataset.sending, file.name);
  try {
    const made = await asked(`/api/v1/comparisons?${query}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
    form.dispatchEvent(new Event("sent"));
    location.assign(`/compare/${made.id}`);
  } catch (fault) {
    if (fault.told) toldFault(said, fault);
    else told(said, "bad", form.dataset.away, form.dataset.retry);
    button.disabled = false;
  }
});

const remove = document.getElementById("remove");
remove?.addEventListener("click", async () => {
  if (!confirm(remove.dataset.ask)) return;
  try {
    await send("DELETE", `/api/v1/comparisons/${remove.dataset.number}`);
    location.assign("/compare");
  } catch (fault) { toldFault(document.getElementById("said"), fault); }
});
