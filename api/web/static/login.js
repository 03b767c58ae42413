// Logging in, changing a password and logging out, with the server's own words for what went wrong.
import { told } from "/static/app/frame.js";

const part = (id) => document.getElementById(id);
const card = document.querySelector(".login");
const words = card.dataset;
// Who logs in is known by no token yet; afterwards by the one of the new session.
let csrf = document.querySelector('meta[name="csrf"]').content;

// Whoever is there already stays where they are.
if (document.activeElement === document.body && !part("in").hidden) part("in").elements.name.focus();

function say(kind, what, more) { told(part("said"), kind, what, more); }

// Until the answer is there nothing is sent twice, and nothing typed meanwhile is wiped with what was sent.
async function held(form, work) {
  const parts = [...form.querySelectorAll("input, button")];
  const hold = (is) => { for (const one of parts) one[one.tagName === "INPUT" ? "readOnly" : "disabled"] = is; };
  hold(true);
  try { return await work(); } finally { hold(false); }
}

async function sent(path, content) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": csrf };
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { ...headers, "Landwatch-Page": "1" }, body: JSON.stringify(content) });
  } catch {
    say("bad", words.away, words.retry);
    return null;
  }
  const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  say("bad", body.detail ?? words.away, body.mend ?? words.retry);
  return null;
}

function show(me) {
  csrf = me.csrf ?? "";
  part("who").textContent = me.name;
  part("change").elements.username.value = me.name;
  part("in").hidden = true;
  part("change").hidden = !me.must_change_password;
  part("known").hidden = me.must_change_password;
}

part("in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target.elements;
  const typed = form.password.value;
  const me = await held(event.target, async () => {
    const answer = await sent("/login", { name: form.name.value, password: typed });
    form.password.value = "";
    return answer;
  });
  if (!me) { form.password.focus(); return; }
  if (!me.must_change_password) { location.assign(words.next); return; }
  show(me);
  say("warn", words.first, words.why);
  part("change").elements.old.value = typed;
  part("change").elements.new.focus();
});

part("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target.elements;
  if (form.new.value !== form.again.value) {
    say("bad", words.unlike);
    form.again.focus();
    return;
  }
  const me = await held(event.target, () => sent("/login/password", { old: form.old.value, new: form.new.value }));
  if (!me) return;
  event.target.reset();
  show(me);
  say("good", words.changed, words.others);
  part("known").querySelector("a").focus();
});

part("to-change").addEventListener("click", () => {
  part("change").hidden = false;
  part("change").elements.old.focus();
});

part("out").addEventListener("click", async () => {
  if (await sent("/login/out", {})) location.assign("/login");
});
