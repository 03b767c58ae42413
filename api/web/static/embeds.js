// What another site pastes, and how it looks there, once a token was made.
const result = document.getElementById("result");
document.getElementById("embed").addEventListener("made", (event) => {
  const address = `${result.dataset.origin}/embed/page#${event.detail.token}`;
  result.querySelector(".empty")?.remove();
  const code = result.querySelector(".code");
  code.hidden = false;
  const text = code.querySelector("textarea");
  text.value = `<iframe src="${address}" width="800" height="500" title="${result.dataset.title}"></iframe>`;
  text.select();
  result.scrollIntoView({ block: "center" });
  if (result.dataset.isSeen === "1") {
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.width = 800;
    frame.height = 500;
    frame.title = result.dataset.title;
    const place = result.querySelector(".frame");
    place.replaceChildren(frame);
    place.hidden = false;
  } else {
    const look = result.querySelector(".look");
    look.hidden = false;
    look.querySelector("a").href = address;
  }
});
