// Filters, sort orders and typed quantities send themselves; their buttons stay for those without script.
const send = (form) => {
  // Empty fields would only make the address long.
  if (form.method === "get") {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  }
  form.requestSubmit();
};

for (const form of document.querySelectorAll("form[data-auto-submit]")) {
  let waiting;
  form.addEventListener("change", () => {
    // On the phone several filters are chosen before "Show 23 products".
    if (form.closest("[data-filter-panel]") && !matchMedia("(min-width: 56rem)").matches) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.checkValidity() && send(form), 250);
  });
}
for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => send(field.form));
}
// Coming back must find every field usable again.
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-auto-submit] :disabled[name][value='']")) field.disabled = false;
});
