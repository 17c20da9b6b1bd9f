"""A long document in the task ask: a manual of 358 pages as PDF, from pressing Run to the answers on it.

*Reading* is from there to the first passage that the model is given: pypdf is loaded, pages become text, and
text passages. *Embedding* is the rest of the first question; a *second question* embeds itself alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import FilePayload

from wardian_build import paths, vendor
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.evaluate.ask import DOCUMENTS

__all__ = ["measure"]

_QUESTIONS = ("Which distance is best used with k-means clustering?", "How do I report a bug?")

#: Presses Run: milliseconds until the first passage, and until the answers are another's than before.
_ASK = """async (question) => {
  const task = document.querySelector("#task-ask"), field = task.querySelector("#input-question");
  const status = task.querySelector(".status-text"), list = task.querySelector(".answers");
  field.value = question;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const began = performance.now();
  let read = 0;
  const look = new MutationObserver(() => {
    if (!read && status.textContent.includes("passages")) read = performance.now() - began;
  });
  look.observe(status, { childList: true, subtree: true, characterData: true });
  await new Promise((resolve) => {
    new MutationObserver((_, shown) => { shown.disconnect(); resolve(); }).observe(list, { childList: true });
    task.querySelector("form").requestSubmit();
  });
  look.disconnect();
  return [read, performance.now() - began];
}"""


def measure(rounds: int) -> list[Row]:
    """A new page for each round: nothing is read or embedded before."""
    source, member = DOCUMENTS["biopython"]
    manual = vendor.members(source, [member])[member].read_bytes()
    samples: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, served(paths.SITE) as url:
        for number in range(rounds):
            with chromium(Path(folder) / f"profile-{number}") as context:
                page = context.new_page()
                page.goto(f"{url}/#/ask")
                until(page, "document.querySelector(\"#task-ask .status[data-state='ready']\")")
                with page.expect_file_chooser() as chooser:
                    page.locator("#input-document-file").press("Enter")
                given: FilePayload = {
                    "name": "manual.pdf",
                    "mimeType": "application/pdf",
                    "buffer": manual,
                }
                chooser.value.set_files([given])
                page.wait_for_selector("#task-ask .note:has-text('manual.pdf')")
                page.set_default_timeout(0)
                read, whole = page.evaluate(_ASK, _QUESTIONS[0])
                again = page.evaluate(_ASK, _QUESTIONS[1])[1]
            for name, took in (("reading", read), ("embedding", whole - read), ("a second question", again)):
                samples.setdefault(name, []).append(took)
    return [
        row("documents", f"358 pages of PDF: {name}", "Wardian", times) for name, times in samples.items()
    ]
