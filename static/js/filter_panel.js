// The filters are open where they stand beside the results, and closed on the phone, where they would hide them.
const wide = matchMedia("(min-width: 56rem)");
const panel = document.querySelector("[data-filter-panel]");
if (panel) {
  const fit = () => (panel.open = wide.matches);
  fit();
  wide.addEventListener("change", fit);
}
