// What every page has: the token of changes goes with each of htmx's requests, keys lead to places,
// logging out, logging in again where a session ended, and what is typed is kept until it is sent.
import htmx from "/static/vendor/htmx/htmx.esm.min.js";

let csrf = document.querySelector('meta[name="csrf"]').content;
const again = document.getElementById("again");
const name = again?.dataset.name ?? "";

document.addEventListener("htmx:config:request", (event) => {
  if (csrf) event.detail.ctx.request.headers["X-CSRF-Token"] = csrf;
});

/** Say in an element what happened and what now; kind: bad, warn, good, note. Empties it without words. */
export function told(place, kind, what, more = "") {
  place.replaceChildren();
  if (!what) return;
  const message = document.createElement("div");
  message.className = `msg ${kind}`;
  const said = document.createElement("div");
  const first = document.createElement("b");
  first.textContent = what;
  said.append(first);
  if (more) said.append(document.createElement("br"), more);
  message.append(said);
  place.append(message);
}

/** Say what an error of `send` or `ask` was. */
export function toldFault(place, fault) {
  told(place, "bad", fault.message, fault.told?.mend ?? "");
  place.scrollIntoView({ block: "nearest" });
}

// Whoever waits is told that something is waited for; whoever gets no answer, that nothing typed is lost.
const slow = document.getElementById("slow"), SLOW_MS = 1500;
const waiting = new Set();
let telling = 0;
function waits(one) {
  if (!waiting.size) telling = setTimeout(() => { slow.textContent = slow.dataset.words; slow.hidden = false; }, SLOW_MS);
  waiting.add(one);
}
function waited(one) {
  waiting.delete(one);
  if (waiting.size) return;
  clearTimeout(telling);
  slow.hidden = true;
}
document.addEventListener("htmx:before:request", ({ detail }) => waits(detail.ctx));
document.addEventListener("htmx:finally:request", ({ detail }) => waited(detail.ctx));
// A part that did not come says so in its place, and is asked for once more by who wants it.
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx?.target || ctx.response || !ctx.request) return;
  told(ctx.target, "bad", slow.dataset.away, slow.dataset.retry);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn sm";
  button.textContent = slow.dataset.again;
  button.addEventListener("click", () => htmx.ajax("GET", ctx.request.action, { target: ctx.target, swap: "innerHTML" }));
  ctx.target.querySelector(".msg > div").append(document.createElement("br"), button);
});

/** A fault of our own words, as `asked` throws those of the server. */
function fault(words, mend, status = 0) {
  return Object.assign(new Error(words), { told: { detail: words, mend }, status });
}

/** Ask the API, saying who asks; whose session has ended logs in over the page, and it is asked again. */
export async function ask(address, options = {}) {
  const once = async () => {
    const own = {};
    waits(own);
    try {
      return await fetch(address, {
        ...options,
        headers: { Accept: "application/json", "Landwatch-Page": "1", ...(csrf && { "X-CSRF-Token": csrf }), ...options.headers },
      });
    } catch {
      throw fault(slow.dataset.away, slow.dataset.retry);
    } finally { waited(own); }
  };
  let answer = await once();
  if (answer.status === 403 && (await isTokenNew())) answer = await once();
  if (answer.status === 401 && (await isBackAgain())) answer = await once();
  // What stands between may answer in words of its own, which are not ours.
  if (!answer.ok && !answer.headers.get("Content-Type")?.includes("json")) throw fault(slow.dataset.away, slow.dataset.retry, answer.status);
  return answer;
}

/** Return the answer of `ask` as JSON, throw what it says is wrong: `told` is the whole of it. */
export async function asked(address, options) {
  const answer = await ask(address, options);
  const body = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (body === null) throw fault(slow.dataset.away, slow.dataset.retry, answer.status);
  if (!answer.ok) throw Object.assign(new Error(body.detail), { told: body, status: answer.status });
  return body;
}

/** Put values into words, each "[day|days]" in the form of the value before it. */
export function put(text, ...values) {
  let last = "";
  return text.replace(/\{\}|\[([^|[\]]*)\|([^|[\]]*)\]/g, (met, one, many) =>
    met === "{}" ? (last = String(values.shift() ?? 0)) : last === "1" ? one : many);
}

/** Send a change to the API as JSON; gives the answer, throws what it says is wrong. */
export function send(method, address, body, headers = {}) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  return asked(address, { method, headers: { ...content, ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
}

// In another tab the same person has logged in anew: the session has another token.
async function isTokenNew() {
  if (!csrf) return false;
  const answer = await fetch("/login/me", { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const me = await answer.json();
  if (me.csrf && me.name !== name) throw fault(slow.dataset.other.replace("{}", me.name), slow.dataset.otherMend, 403);
  if (!me.csrf || me.csrf === csrf) return false;
  csrf = me.csrf;
  return true;
}

let asking = null;
// One box for however many requests; the page below keeps all that was typed, and files that were chosen.
function isBackAgain() {
  if (!again) { location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`); return false; }
  asking ??= new Promise((done) => {
    const form = again.querySelector("form");
    const place = again.querySelector("[role=alert]");
    const end = (is) => { form.reset(); told(place); again.onclose = null; again.close(); asking = null; done(is); };
    again.onclose = () => end(false);
    form.onsubmit = async (event) => {
      event.preventDefault();
      const answer = await fetch("/login", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "Landwatch-Page": "1" },
        body: JSON.stringify({ name, password: form.elements.password.value }),
      }).catch(() => null);
      const me = await answer?.json().catch(() => null);
      if (!me) { told(place, "bad", slow.dataset.away, slow.dataset.retry); return; }
      if (!answer.ok) { told(place, "bad", me.detail, me.mend); form.elements.password.select(); return; }
      csrf = me.csrf;
      end(true);
    };
    again.showModal();
  });
  return asking;
}
again?.querySelector("[data-close]").addEventListener("click", () => again.close());

document.getElementById("log-out")?.addEventListener("click", async () => {
  await ask("/login/out", { method: "POST" });
  sessionStorage.clear();
  location.assign("/login");
});

const PLACES = { h: "/", m: "/map", l: "/lists", d: "/deliveries" };
let isGoing = false;
// On a narrow screen the bar scrolls: it shows the place one is at.
const current = document.querySelector(".bar nav > [aria-current], .bar nav .here"), bar = current?.closest("nav");
if (bar && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = current.getBoundingClientRect().left - bar.clientWidth / 2;
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

// A form that is half filled in outlives the end of a session: what was typed stays in this tab until it is sent,
// for the account that typed it.
const NOT_KEPT = ["password", "file", "hidden"];
for (const form of document.querySelectorAll("form[data-draft]")) {
  const place = `draft:${name}:${location.pathname}#${form.id}`;
  const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
  for (const field of form.elements) {
    if (!(field.name in kept) || NOT_KEPT.includes(field.type)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = kept[field.name].includes(field.value);
    else if (field.tagName !== "SELECT" || [...field.options].some((one) => one.value === kept[field.name])) field.value = kept[field.name];
  }
  form.addEventListener("input", () => {
    const typed = {};
    for (const field of form.elements) {
      if (!field.name || NOT_KEPT.includes(field.type)) continue;
      if (["checkbox", "radio"].includes(field.type)) {
        typed[field.name] ??= [];
        if (field.checked) typed[field.name].push(field.value);
      } else typed[field.name] = field.value;
    }
    sessionStorage.setItem(place, JSON.stringify(typed));
  });
  form.addEventListener("sent", () => sessionStorage.removeItem(place));
}

// What was chosen is said in the page, as the field itself is not seen.
document.addEventListener("change", ({ target }) => {
  const said = target.type === "file" && target.closest(".file")?.querySelector("[data-chosen]");
  if (said) said.textContent = target.files[0]?.name ?? said.dataset.chosen;
});

// A menu of the bar is shut by what is done elsewhere, and by Escape.
function shut(isKept) {
  for (const menu of document.querySelectorAll(".bar details[open]")) if (!isKept(menu)) menu.open = false;
}
document.addEventListener("click", ({ target }) => shut((menu) => menu.contains(target)));
document.addEventListener("focusin", ({ target }) => shut((menu) => menu.contains(target)));
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".bar details[open] summary");
  if (open) { shut(() => false); open.focus(); }
});

export { csrf, htmx };

// What scrolls can be reached without a mouse: where a screen is narrow, other parts scroll than where it is wide.
function reachable() {
  for (const one of document.querySelectorAll("main section, main .kpis, main div, main pre")) {
    const isWider = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    const scrolls = isWider && /auto|scroll/.test(getComputedStyle(one).overflow);
    if (scrolls && !one.hasAttribute("tabindex")) one.tabIndex = 0;
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
document.addEventListener("htmx:after:swap", reachable);
