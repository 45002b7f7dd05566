// The filters are open where they stand beside the results. The style sheet shows them there too, as far as the browser
// can show what a closed disclosure holds; so nothing moves when this runs.
const wide = matchMedia("(min-width: 56rem)");
const panel = document.querySelector("[data-filter-panel]");
if (panel) {
  const fit = () => (panel.open = wide.matches);
  fit();
  wide.addEventListener("change", fit);
}
