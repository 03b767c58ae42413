// Pages of land: printing by a button, and words opened for print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
