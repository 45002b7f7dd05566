// The bar at the foot of the phone rests while the page's own button is in view.
const bar = document.querySelector("[data-buy-bar]");
const own = bar && document.querySelector(`form#${bar.querySelector("button")?.getAttribute("form")} button[type=submit]`);
if (own) {
  new IntersectionObserver(([entry]) => bar.toggleAttribute("inert", entry.isIntersecting)).observe(own);
}
