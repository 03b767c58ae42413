// What every page has: the token of changes goes with each of htmx's requests, keys lead to places,
// logging out, and what is typed is kept until it is sent.
import htmx from "/static/vendor/htmx/htmx.esm.min.js";

const csrf = document.querySelector('meta[name="csrf"]').content;

document.addEventListener("htmx:config:request", (event) => {
  if (csrf) event.detail.ctx.request.headers["X-CSRF-Token"] = csrf;
});

/** Send a change to the API as JSON; gives the answer, throws what it says is wrong. */
export async function send(method, address, body) {
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(told.detail), { told, status: answer.status });
  return told;
}

document.getElementById("log-out")?.addEventListener("click", async () => {
  await send("POST", "/login/out");
  location.assign("/login");
});

const PLACES = { h: "/", m: "/map", l: "/lists", d: "/deliveries" };
let isGoing = false;
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isGoing) {
    isGoing = false;
    if (PLACES[event.key]) location.assign(PLACES[event.key]);
  } else if (event.key === "g") {
    isGoing = true;
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === "p") {
    window.print();
  }
});

// A form that is half filled in outlives the end of a session: what was typed stays in this tab until it is sent.
const DRAFTS = "draft:" + location.pathname;
for (const form of document.querySelectorAll("form[data-draft]")) {
  const kept = JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}");
  for (const [name, value] of Object.entries(kept)) {
    const field = form.elements[name];
    if (field && !field.value && field.type !== "password" && field.type !== "file") field.value = value;
  }
  form.addEventListener("input", () => {
    const typed = [...form.elements].filter((field) => field.name && !["password", "file"].includes(field.type));
    sessionStorage.setItem(DRAFTS, JSON.stringify(Object.fromEntries(typed.map((field) => [field.name, field.value]))));
  });
  form.addEventListener("sent", () => sessionStorage.removeItem(DRAFTS));
}

export { csrf, htmx };
