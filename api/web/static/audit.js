// The chain of the audit gone through on demand.
import { asked, told, toldFault } from "/static/app/frame.js";

const button = document.getElementById("prove");
button.addEventListener("click", async () => {
  const said = document.getElementById("said");
  const words = button.dataset;
  button.disabled = true;
  told(said, "note", words.busy);
  try {
    const proof = await asked("/api/v1/audit/proof");
    if (proof.is_right) told(said, "good", words.right.replace("{}", proof.number.toLocaleString("en")), `${words.note}${proof.number}:${proof.digest}`);
    else told(said, "bad", words.wrong.replace("{}", proof.broken_at), words.keep);
  } catch (fault) { toldFault(said, fault); }
  button.disabled = false;
});
