// Choosing a variant puts its price, stock, donation and split in place, as the shop's own page for it says them;
// without script that page is a link away.
let latest;

const show = async (input) => {
  latest = input;
  const address = new URL(location.pathname, location);
  address.searchParams.set("variant", input.value);
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (latest !== input) return;
    for (const place of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${place.dataset.live}"]`);
      const open = place.querySelector("details")?.open;
      if (fresh) place.replaceChildren(...fresh.childNodes);
      if (open) place.querySelector("details").open = true;
    }
    history.replaceState(history.state, "", address);
  } catch {
    // A price must never stand beside another variant's split.
    if (latest === input) location.assign(address);
  }
};

// Leaving for the cart ends what is still on its way.
document.querySelector("#buy")?.addEventListener("submit", () => (latest = null));
for (const group of document.querySelectorAll("#buy .radio-pills")) {
  group.addEventListener("change", (event) => show(event.target));
  // After "back" the browser restores the choice but not what it changed.
  const chosen = group.querySelector("input:checked");
  if (chosen && !chosen.defaultChecked) show(chosen);
}
