// A button with data-copy copies that text and says so for a moment.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const words = button.textContent;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied ?? words;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => (button.textContent = words), 2000);
  });
}
