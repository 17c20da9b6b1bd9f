"""A table of 1,000 rows in *Sort it*, as a visitor waits for it: from the file to the rows on the page.

Each round gives texts that were not there before; then one topic is added, for which no text is read
again. In turn with it the texts are embedded alone: that is the model's part, whatever else the machine does.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from wardian_build import paths
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.embedding import prepare, texts
from wardian_build.bench.report import Row, row
from wardian_build.harness import build_harness

__all__ = ["measure"]

_LABELS = (
    "animals: dogs, cats\nmoney: prices, banks\nweather: rain, wind\nwork: offices, jobs\nfood: meals, drinks"
)

_READ, _ADDED = "a table of 1,000 rows", "the same with a further topic"

#: Does something and waits until the page shows a table of so many topics with a certain text: milliseconds.
_TIMED = """async ([what, value, bars, text]) => {
  const table = document.querySelector(".table-output");
  const is = () => table.querySelectorAll(".group-bar").length === bars
    && table.querySelector("td")?.textContent === text;
  const drawn = new Promise((resolve) => {
    const look = new MutationObserver(() => {
      if (is()) { look.disconnect(); resolve(); }
    });
    look.observe(table, { childList: true, subtree: true });
  });
  const began = performance.now();
  if (what === "drop") {
    const data = new DataTransfer();
    data.items.add(new File([value], "rows.csv"));
    const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true });
    document.querySelector("#input-table").dispatchEvent(drop);
  } else {
    const field = document.querySelector("#input-labels");
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  await drawn;
  return performance.now() - began;
}"""


def measure(rounds: int) -> list[Row]:
    """The first round warms up."""
    samples: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        with served(site) as url, chromium(Path(folder) / "profile") as context:
            alone, page = context.new_page(), context.new_page()
            prepare(alone, url, texts())
            page.goto(f"{url}/#/sort")
            until(page, "document.querySelector(\"#task-sort .status[data-state='ready']\")")
            page.locator("#input-labels").fill(_LABELS)
            for number in range(rounds + 1):
                found = _round(page, number)
                found[_READ, "embedding the texts alone (Python)"] = alone.evaluate(
                    "() => window.runPython('await timed()', {}, [])"
                )
                if number > 0:
                    for key, time in found.items():
                        samples.setdefault(key, []).append(time)
    return [row("sorting", what, variant, times) for (what, variant), times in samples.items()]


def _round(page: Page, number: int) -> dict[tuple[str, str], float]:
    given = [f"{number} {text}" for text in texts()]
    content = "text\n" + "".join(f"{text}\n" for text in given)
    labels = _LABELS.count("\n") + 1
    read = page.evaluate(_TIMED, ["drop", content, labels, given[0]])
    added = page.evaluate(_TIMED, ["type", f"{_LABELS}\nround {number}", labels + 1, given[0]])
    page.locator("#input-labels").fill(_LABELS)
    until(page, f"document.querySelectorAll('.groups > li').length === {labels}")
    return {(_READ, "Wardian"): read, (_ADDED, "Wardian"): added}
