// The page is the same for everybody; whether this person keeps the product is asked for where a cookie says
// that they keep anything at all. Without script the heart leads to their list.
const form = document.querySelector("[data-favourite]");
const button = form?.querySelector("button");

const show = (kept) => {
  form.keep.value = kept ? "0" : "1";
  button.setAttribute("aria-pressed", String(kept));
};

const ask = async () => {
  const answer = await fetch(form.dataset.favourite, { redirect: "manual" });
  if (!answer.ok) throw new Error(answer.status);
  show((await answer.json()).kept);
};

if (form && /(?:^|;\s*)favourites=1/.test(document.cookie)) {
  ask().catch(() => {});
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
