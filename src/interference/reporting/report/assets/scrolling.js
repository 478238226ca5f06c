// Fades the edge of what can be scrolled sideways, so that a reader sees that there is more.

import {oncePerFrame} from "./base.js";

export function showScrollCues() {
  const elements = [...document.querySelectorAll("nav, .wide")];
  function mark(element) {
    const left = element.scrollWidth - element.clientWidth - element.scrollLeft;
    element.classList.toggle("more", left > 4);
  }
  const markAll = oncePerFrame(() => elements.forEach(mark));
  const sizes = new ResizeObserver(markAll);
  for (const element of elements) {
    element.addEventListener("scroll", () => mark(element), {passive: true});
    sizes.observe(element);
    if (element.firstElementChild) sizes.observe(element.firstElementChild);
  }
  markAll();
}
