// The thumbnails scroll the strip instead of the page, and show which picture is in view.
for (const gallery of document.querySelectorAll("[data-gallery]")) {
  const strip = gallery.querySelector(".gallery-strip");
  const links = [...gallery.querySelectorAll(".gallery-thumbs a")];
  const slides = [...strip.children];
  const mark = (current) =>
    links.forEach((link, index) =>
      index === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"),
    );

  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      strip.scrollTo({ left: slides[index].offsetLeft - strip.offsetLeft });
      mark(index);
    }),
  );
  if (links.length) {
    mark(0);
    const seen = new IntersectionObserver(
      (entries) => entries.forEach((entry) => entry.isIntersecting && mark(slides.indexOf(entry.target))),
      { root: strip, threshold: 0.6 },
    );
    slides.forEach((slide) => seen.observe(slide));
  }
}
