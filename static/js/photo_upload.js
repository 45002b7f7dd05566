// Photographs go as soon as they are chosen, one at a time, smaller than the phone took them, with what is typed beside
// them. What a dropped line cut off is sent again by itself; a photograph that arrives twice is known and adds nothing.
const LARGEST = 2560; // pixels of the longer side; the shop keeps fewer
const SMALL = 700_000; // bytes that need no shrinking
const WAITS = [1, 2, 4, 8, 16, 30]; // seconds; then the sender is asked

const form = document.querySelector("[data-photo-upload]");
const input = form?.querySelector("input[type=file]");
const status = form?.querySelector("[role=status][data-sending]");
const button = form?.querySelector("[value=upload]");

const say = (words, at, all) => (status.textContent = status.dataset[words].replace("%1", at).replace("%2", all));

// Whatever the browser can't draw goes as it is: the shop says what is wrong with it.
const smaller = async (file) => {
  try {
    const image = await createImageBitmap(file);
    const scale = LARGEST / Math.max(image.width, image.height);
    if (scale >= 1 && file.size <= SMALL) return file;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height].map((side) => Math.round(side * Math.min(1, scale)));
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86))) ?? file;
  } catch {
    return file;
  }
};

const pause = (seconds) =>
  new Promise((done) => [setTimeout(done, seconds * 1000), addEventListener("online", done, { once: true })]);

// One photograph: the shop's answer, or nothing where the line stays down.
const send = async (file, at, all) => {
  const body = new FormData(form);
  body.set("photos", await smaller(file), file.name);
  for (const [name, value] of [["number", at], ["act", "upload"]]) body.set(name, value);
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
  return found.length;
};

const upload = async () => {
  if (button.disabled || !input.files.length) return;
  button.disabled = true;
  const page = form.action.replace(/\/uploads$/, "");
  const [files, left] = [[...input.files], new DataTransfer()];
  let [refused, added] = [0, 0];
  for (const [index, file] of files.entries()) {
    const answer = left.items.length ? null : await send(file, index + 1, files.length);
    if (!answer) left.items.add(file);
    else if (answer.status === 422) refused += show(await answer.text());
    else if (answer.url.split("?")[0] !== page) return location.assign(answer.redirected ? answer.url : page);
    else added += Number(new URL(answer.url).searchParams.get("added"));
  }
  input.files = left.files;
  button.disabled = false;
  if (!left.files.length && !refused) return location.assign(`${page}?added=${added}`);
  form.querySelector("[data-arrived]").hidden = false;
  say(left.files.length ? "stopped" : "refused", left.files.length, files.length);
};

input?.addEventListener("change", upload);
form?.addEventListener("submit", (event) => {
  if (input.files.length) event.preventDefault();
  upload();
});
