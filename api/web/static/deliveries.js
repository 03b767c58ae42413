// A file on its way to the server: piece by piece, with how far it is; then to its check.
import { ask, csrf, told } from "/static/app/frame.js";

const form = document.getElementById("send");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = form.dataset;
  const said = document.getElementById("said");
  const bar = document.getElementById("progress");
  const file = form.elements.file.files[0];
  const asked = new URLSearchParams({ kind: form.elements.kind.value, name: file.name });
  for (const name of ["sender", "layer", "crs", "encoding"]) {
    if (form.elements[name].value.trim()) asked.set(name, form.elements[name].value.trim());
  }
  // Whose session has ended logs in before the file goes, not after.
  if (!(await ask("/login/me")).ok) return;
  const button = form.querySelector("button.main");
  button.disabled = true;
  bar.hidden = false;
  told(said, "note", words.sending, file.name);
  const request = new XMLHttpRequest();
  const failed = (what, more) => {
    told(said, "bad", what, more);
    button.disabled = false;
    bar.hidden = true;
  };
  request.upload.onprogress = (moved) => { if (moved.lengthComputable) bar.value = (100 * moved.loaded) / moved.total; };
  request.onerror = () => failed(words.away, words.retry);
  request.onload = () => {
    let body = {};
    try { body = JSON.parse(request.responseText); } catch { /* a proxy's own words */ }
    if (request.status !== 201) { failed(body.detail ?? words.away, body.mend ?? words.retry); return; }
    told(said, "good", words.sent);
    form.dispatchEvent(new Event("sent"));
    location.assign(`/deliveries/${body.id}`);
  };
  request.open("POST", `/api/v1/uploads?${asked}`);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Landwatch-Page", "1");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  if (csrf) request.setRequestHeader("X-CSRF-Token", csrf);
  request.send(file);
});
