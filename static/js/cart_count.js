// Pages are the same for everybody; how much is in this person's cart is known from a cookie that scripts may read.
const show = () => {
  const count = Number(/(?:^|;\s*)cart_count=(\d+)/.exec(document.cookie)?.[1] ?? 0);
  for (const place of document.querySelectorAll("[data-cart-count]")) {
    place.hidden = count === 0;
    place.textContent = count > 99 ? "99+" : String(count);
  }
};

show();
// A page that comes back from the back-forward cache still shows the old number.
addEventListener("pageshow", (event) => event.persisted && show());
