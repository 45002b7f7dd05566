// The page is the same for everybody; whether this person keeps the product is asked for where a cookie says that
// they keep anything at all. Without script the heart leads to their list; with it, it beats in place.
const form = document.querySelector("[data-favourite]");
const button = form?.querySelector("button");

const show = (kept) => {
  form.keep.value = kept ? "0" : "1";
  button.setAttribute("aria-pressed", String(kept));
  form.querySelector("a").hidden = !kept;
};

const ask = async () => {
  const answer = await fetch(form.action);
  if (!answer.ok) throw new Error(answer.status);
  show((await answer.json()).kept);
};

if (form) {
  if (/(?:^|;\s*)favourites_count=[1-9]/.test(document.cookie)) ask().catch(() => {});
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.type !== "opaqueredirect") throw new Error(answer.status);
      await ask();
    } catch {
      form.submit();
    }
  });
}
