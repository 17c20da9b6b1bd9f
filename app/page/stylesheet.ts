/** A style sheet that does not come keeps the browser from painting: after a while the page shows itself without. */

/** Milliseconds of an empty window; a page without looks that changes later is worse than a short wait. */
const PATIENCE = 6_000;

export function paintWithoutStyle(): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]");
  if (!link || link.sheet) return;
  const timer = setTimeout(() => {
    // A sheet for another medium holds nothing up; when it comes after all it is for every medium again.
    link.media = "print";
    link.addEventListener("load", () => (link.media = "all"));
  }, PATIENCE);
  link.addEventListener("load", () => clearTimeout(timer));
}
