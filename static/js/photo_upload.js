// Photographs go as soon as they are chosen, each alone, smaller than the phone took them; what was typed beside them or
// pressed meanwhile follows when all are there. What a dropped line cut off is sent again; none is added twice.
import { smaller } from "./smaller_photo.js";

const WAITS = [1, 2, 4, 8, 16, 30]; // seconds; then the sender is asked

const form = document.querySelector("[data-photo-upload]");
const input = form?.querySelector("input[type=file]");
const status = form?.querySelector("[role=status][data-sending]");
const button = form?.querySelector("[value=upload]");

// What is written and chosen beside the photographs, to know whether there is anything to save.
const words = () => JSON.stringify([...new FormData(form)].filter(([name]) => !["photos", "added"].includes(name)));
const shown = !document.querySelector("[role=alert]") && form && words(); // What was refused isn't saved either.
let [pressed, added] = [null, 0];

const say = (words, at, all) => (status.textContent = status.dataset[words].replace("%1", at).replace("%2", all));

const pause = (seconds) => new Promise((done) => {
  setTimeout(done, seconds * 1000);
  addEventListener("online", done, { once: true });
});

// One photograph: the shop's answer, or nothing where the line stays down.
const send = async (file, at, all) => {
  const body = new FormData();
  body.set("photos", await smaller(file), file.name);
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("number", at);
  body.set("act", "upload");
  for (const wait of [...WAITS, 0]) {
    say("sending", at, all);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (answer && answer.status < 500 && answer.status !== 429) return answer;
    say("waiting", at, all);
    if (wait) await pause(wait);
  }
  return null;
};

const show = (html) => {
  const found = new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-error-summary] li");
  for (const line of found) form.querySelector("[data-unfit]").append(document.importNode(line, true));
};

const upload = async () => {
  if (input.disabled || !input.files.length) return;
  input.disabled = button.disabled = true;
  const page = form.action.replace(/\/uploads$/, "");
  const [files, left] = [[...input.files], new DataTransfer()];
  let refused = 0;
  for (const [index, file] of files.entries()) {
    const answer = left.items.length ? null : await send(file, index + 1, files.length);
    if (!answer) left.items.add(file);
    else if (answer.status === 422) {
      refused += 1;
      show(await answer.text());
    } else if (answer.url.split("?")[0] !== page) return location.assign(answer.redirected ? answer.url : page);
    else added += Number(new URL(answer.url).searchParams.get("added"));
  }
  input.files = left.files;
  input.disabled = button.disabled = false;
  form.elements.added.value = added;
  if (!left.files.length && !refused) {
    return pressed || words() !== shown ? form.requestSubmit(pressed ?? button) : location.assign(`${page}?added=${added}`);
  }
  pressed = null;
  form.querySelector("[data-arrived]").hidden = false;
  say(left.files.length ? "stopped" : "refused", left.files.length, files.length);
};

input?.addEventListener("change", upload);
form?.addEventListener("submit", (event) => {
  if (!input.files.length) return;
  event.preventDefault();
  pressed = event.submitter;
  upload();
});
