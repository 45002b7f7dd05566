// Choosing a variant changes the price and the stock line; without script the cart says the same.
const tell = (input) => {
  const { price, stock } = input.dataset;
  const put = (selector, text) =>
    text && document.querySelectorAll(selector).forEach((place) => (place.textContent = text));
  put("[data-live-price]", price);
  put("[data-live-stock]", stock);
};

for (const group of document.querySelectorAll(".radio-pills")) {
  group.addEventListener("change", (event) => tell(event.target));
  // After "back" the browser restores the choice but not what it changed.
  const chosen = group.querySelector("input:checked");
  if (chosen) tell(chosen);
}
