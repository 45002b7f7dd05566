// What someone writes in the studio survives a dropped line: the answers of a marked form are kept on this device until
// the shop has them, and offered back. Forms with anyone's personal data carry no mark. Sign-out forgets everything.
const MARK = "kept-draft:";
const DAYS = 7;
const FIELDS = "textarea, select, input:not([type=hidden], [type=file], [type=password])";

const here = location.href.split("#")[0];
const all = () => Object.keys(localStorage).filter((key) => key.startsWith(MARK));
const read = (key) => JSON.parse(localStorage.getItem(key) ?? "null");
const write = (key, kept) => {
  try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* A full store keeps nothing, as without script. */ }
};
const fields = (form) => [...form.querySelectorAll(FIELDS)].filter((field) => field.name && !field.readOnly);
// A box or pill is kept as ticked or not, each of a name's choices by itself.
const choice = (field) => ["checkbox", "radio"].includes(field.type);
const name = (field) => choice(field) ? `${field.name} ${field.value}` : field.name;
const words = (form) =>
  Object.fromEntries(fields(form).map((field) => [name(field), choice(field) ? field.checked : field.value]));
const put = (field, value) => {
  field[choice(field) ? "checked" : "value"] = value;
  if (value) field.closest("details")?.setAttribute("open", "");
};

const keep = (form) => {
  const key = MARK + form.dataset.kept + location.pathname;
  const offer = form.querySelector("[data-kept-offer]");
  const seen = form.elements.seen?.value ?? "";
  const forget = () => {
    localStorage.removeItem(key);
    offer.hidden = true;
  };

  // Coming back to the form means that what was sent may not have arrived.
  const look = () => {
    const kept = read(key);
    if (!kept) return;
    const now = words(form);
    const differs = Object.entries(kept.words).some(([key, value]) => key in now && now[key] !== value);
    if (document.querySelector("[data-error-summary]")) return write(key, { ...kept, sent: false });
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
    clearTimeout(waiting);
    offer.hidden = true;
    write(key, { words: words(form), seen, sent, at: Date.now(), page: here });
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    // What is offered isn't overwritten before it was taken or thrown away, or something else was sent.
    if (offer.hidden) waiting = setTimeout(() => store(false), 400);
  });
  form.addEventListener("submit", () => store(true));
  addEventListener("pagehide", () => waiting && offer.hidden && !read(key)?.sent && store(false));
  addEventListener("pageshow", look);
};

for (const key of all()) {
  const kept = read(key);
  // A page of the shop that follows the form at once is the shop's answer to it.
  const answered = kept.sent && kept.page === document.referrer && kept.page !== here;
  if (answered || Date.now() - kept.at > DAYS * 86_400_000) localStorage.removeItem(key);
}
for (const form of document.querySelectorAll("form[data-kept]")) keep(form);
for (const form of document.querySelectorAll("form[action$='/sign-out']")) {
  form.addEventListener("submit", () => all().forEach((key) => localStorage.removeItem(key)));
}
