// The page to show stands behind # in the address of this one, so no server is told of its token.
const frame = document.getElementById("page"), place = location.hash.slice(1);
const said = (id, text) => { document.getElementById(id).textContent = text; };
let server = null;
try {
  server = new URL(place).origin;
} catch {
  said("fault", "地址 # 之后没有写要嵌入的页面");
}

function tell(message) { if (server) frame.contentWindow.postMessage(message, server); }

addEventListener("message", (event) => {
  // What another window says is nobody's word.
  if (event.origin !== server || event.source !== frame.contentWindow) return;
  const told = event.data;
  clearInterval(greeting);
  if (told.landwatch === "ready") said("layers", `图层 ${told.layers.join("、")}`);
  if (told.landwatch === "click") said("chosen", `${told.row.subject ?? told.row.name}　${told.row.outcome ?? ""}`);
  if (told.landwatch === "filtered") said("count", `${told.count} 条`);
  if (told.landwatch === "fault") said("fault", told.message);
});
// The page answers when it has been let in, which takes a moment: from its coming until then it is greeted again.
let greeting = 0;
frame.addEventListener("load", () => {
  clearInterval(greeting);
  if (server) greeting = setInterval(() => tell({ landwatch: "hello" }), 300);
});
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => tell({ landwatch: "filter", layer: "findings", filter: button.value ? { outcome: button.value } : {} }));
}
if (server) frame.src = place;
