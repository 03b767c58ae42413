// The one script that comes before the page. Until the others are there, and where they never come, nothing typed
// is sent the browser's own way: a form that a script sends has no address, and a password would stand in this one.
(() => {
  const isOurs = (form) => !["get", "dialog"].includes(form.getAttribute("method"));
  const broken = () => { const said = document.getElementById("broken"); if (said) said.hidden = false; };
  let held = null;
  const hold = (event) => {
    if (!isOurs(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held = event;
  };
  document.addEventListener("submit", hold, true);
  // By then every script of the page has run, or has failed to come.
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("submit", hold, true);
    if (held) held.target.requestSubmit(held.submitter);
  });
  addEventListener("submit", (event) => {
    if (!isOurs(event.target) || event.defaultPrevented) return;
    event.preventDefault();
    broken();
  });
  addEventListener("error", (event) => { if (event.target.tagName === "SCRIPT") broken(); }, true);
})();
