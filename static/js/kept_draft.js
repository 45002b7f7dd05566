// What someone writes in the studio survives a dropped line: the answers of a marked form are kept on this device until
// the shop has them, and offered back. Forms with anyone's personal data carry no mark. Sign-out forgets everything.
const MARK = "kept-draft:";
const DAYS = 7;
const FIELDS = "textarea, select, input:not([type=hidden], [type=file], [type=password])";

const here = location.href.split("#")[0];
const all = () => Object.keys(localStorage).filter((key) => key.startsWith(MARK));
const drop = (key) => localStorage.removeItem(key);
const read = (key) => JSON.parse(localStorage.getItem(key) ?? "null");
const write = (key, kept) => {
  try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* A full store keeps nothing, as without script. */ }
};
const fields = (form) => [...form.querySelectorAll(FIELDS)].filter((field) => field.name && !field.readOnly);
// A box or pill is kept as ticked or not, each of a name's choices by itself; what a row can't change names the row.
const choice = (field) => ["checkbox", "radio"].includes(field.type);
const row = (field) => field.closest("[data-row]")?.dataset.row;
const name = (field) =>
  [row(field) ? `${row(field)} ${field.name.split("-")[0]}` : field.name, choice(field) ? field.value : []].flat().join(" ");
const words = (form) =>
  Object.fromEntries(fields(form).map((field) => [name(field), choice(field) ? field.checked : field.value]));
const put = (field, value) => {
  if (field.options && ![...field.options].some((one) => one.value === value)) return; // no longer to be chosen
  field[choice(field) ? "checked" : "value"] = value;
  if (value) field.closest("details")?.setAttribute("open", "");
};

const keep = (form) => {
  const key = MARK + form.dataset.kept + new URL(form.action).pathname;
  const offer = form.querySelector("[data-kept-offer]");
  const seen = form.elements.seen?.value ?? "";
  const forget = () => {
    drop(key);
    offer.hidden = true;
  };
  // Coming back to the form means that what was sent may not have arrived; what a refusal shows is nowhere else.
  const look = ({ persisted }) => {
    const [kept, now] = [read(key), words(form)];
    if (!kept) return;
    const differs = Object.entries(kept.words).some(([key, value]) => key in now && now[key] !== value);
    if (persisted || document.querySelector("[role=alert]")) return write(key, { ...kept, sent: false });
    if (!differs) return forget();
    write(key, { ...kept, sent: false });
    offer.querySelector("time").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
    offer.querySelector("[data-kept-newer]").hidden = kept.seen === seen;
    offer.hidden = false;
  };

  offer.querySelector("[data-kept-use]").addEventListener("click", () => {
    const kept = read(key)?.words ?? {};
    for (const field of fields(form)) if (name(field) in kept) put(field, kept[name(field)]);
    offer.hidden = true;
    fields(form)[0]?.focus();
  });
  offer.querySelector("[data-kept-drop]").addEventListener("click", forget);
  let waiting;
  const store = (sent) => {
    waiting = clearTimeout(waiting);
    offer.hidden = true;
    write(key, { words: words(form), seen, sent, at: Date.now(), page: here });
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    // What is offered isn't overwritten before it was taken or thrown away, or something else was sent.
    if (offer.hidden) waiting = setTimeout(() => store(false), 400);
  });
  // Heard last, when another script may have held it back.
  addEventListener("submit", (event) => event.target === form && !event.defaultPrevented && store(true));
  addEventListener("pagehide", () => waiting && offer.hidden && store(false));
  addEventListener("pageshow", look);
};

for (const [key, kept] of all().map((key) => [key, read(key)])) {
  // A page of the studio that follows the form at once is the shop's answer to it; at the form's own address it refuses.
  const refused = kept.page === here || key.endsWith(location.pathname) || !location.pathname.startsWith("/studio/");
  const answered = kept.sent && kept.page === document.referrer && !refused;
  if (answered || Date.now() - kept.at > DAYS * 86_400_000) drop(key);
}
for (const form of document.querySelectorAll("form[data-kept]")) keep(form);
addEventListener("submit", ({ target }) => target.matches("[action$='/sign-out']") && all().forEach(drop));
