"""The spam task: a score as one pastes a mail, and the words that carried it."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/spam.json").read_text("utf-8"))


def test_a_mail_is_scored_and_its_words_are_marked(visitor: Visitor, site_url: str) -> None:
    page = visitor.at(site_url, "spam")
    for case in GOLDEN["cases"]:
        score, words = case["outputs"]
        page.locator("#input-text").fill(case["inputs"]["text"])
        expect(page.locator(".meter-output .answer")).to_have_text(f"{score['value']:.2f}")
        expect(page.locator(".mark")).to_have_count(len(words["scores"]))
    expect(page.locator(".marked-named dt")).to_have_text(["spam", "no spam"])
    page.locator("#input-text").fill("")
    expect(page.locator(".marked-output")).to_be_hidden()
