// Logging in, changing a password and logging out, with the server's own words for what went wrong.
const part = (id) => document.getElementById(id);
let csrf = "";

async function ask(path, content) {
  const answer = await fetch(path, {
    method: content === undefined ? "GET" : "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: content === undefined ? undefined : JSON.stringify(content),
    credentials: "same-origin",
  });
  const text = await answer.text();
  let told = {};
  try { told = JSON.parse(text); } catch { told = {}; }
  return { isRight: answer.ok, told };
}

function say(words) { part("said").textContent = words; }

function words(told) {
  return [told.detail ?? told.message ?? "服务器没有回答 The server did not answer", told.mend ?? ""].join(" ");
}

function show(me) {
  csrf = me.csrf ?? "";
  part("who").textContent = me.name;
  part("change").elements.username.value = me.name;
  part("in").hidden = true;
  part("change").hidden = !me.must_change_password;
  part("known").hidden = me.must_change_password || me.via !== "session";
  say(me.must_change_password ? "请先改密码 The password is to be changed first" : "");
}

part("in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const { isRight, told } = await ask("/login", { name: form.get("name"), password: form.get("password") });
  event.target.elements.password.value = "";
  if (!isRight) say(words(told));
  else if (told.must_change_password) show(told);
  else location.assign("/");
});

part("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  if (form.get("new") !== form.get("again")) return say("两次输入不一致 The two are not the same");
  const { isRight, told } = await ask("/login/password", { old: form.get("old"), new: form.get("new") });
  if (!isRight) return say(words(told));
  event.target.reset();
  show(told);
  say("密码已改 The password is changed");
});

part("to-change").addEventListener("click", () => { part("change").hidden = false; });

part("out").addEventListener("click", async () => {
  await ask("/login/out", {});
  location.reload();
});

const { isRight, told } = await ask("/login/me");
if (isRight) show(told);
