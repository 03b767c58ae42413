// Pages of land: printing by a button, and words opened for print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
// A choice that stands alone in its form is sent when it is made.
for (const choice of document.querySelectorAll("select[data-sent]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
