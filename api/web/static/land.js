// Pages of land: printing by a button, and words opened for print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
// What scrolls sideways begins where the day judged is seen.
for (const line of document.querySelectorAll(".scrolls > svg.line .todayl")) {
  const held = line.closest(".scrolls"), { left } = line.getBoundingClientRect();
  held.scrollLeft = left - held.getBoundingClientRect().left - held.clientWidth * 0.75;
}
// A choice that stands alone in its form is sent when it is made.
for (const choice of document.querySelectorAll("select[data-sent]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
