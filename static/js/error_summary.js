// After a refused form the reading starts at what is wrong.
document.querySelector("[data-error-summary]")?.focus();
