// A delivery is taken back by who may, after a second word.
import { send, told, toldFault } from "/static/app/frame.js";

const undo = document.getElementById("undo");
undo?.addEventListener("click", async () => {
  const said = document.getElementById("said");
  if (!confirm(undo.dataset.ask)) return;
  undo.disabled = true;
  try {
    const done = await send("POST", `/api/v1/deliveries/${undo.dataset.number}/undo`);
    const counts = [done.restored, done.ended, done.kept];
    told(said, "good", undo.dataset.done.replace("{}", done.delivery), counts.reduce((text, one) => text.replace("{}", one), undo.dataset.counts));
  } catch (fault) {
    toldFault(said, fault);
    undo.disabled = false;
  }
});
