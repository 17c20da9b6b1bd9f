"""The eligibility form: an answer for every change of a field, with its reasons; wrong fields say so."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/eligibility.json").read_text("utf-8"))


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "eligibility")


def test_an_answer_with_reasons_for_every_change(page: Page) -> None:
    score, turn, reasons = GOLDEN["cases"][1]["outputs"]
    page.locator(".examples .chip").nth(1).click()
    expect(page.locator(".meter-output .answer")).to_have_text(f"{score['value']:.2f}")
    expect(page.locator(".reasons li")).to_have_count(len(reasons))
    first = reasons[0]
    expect(page.locator(".reason-name").first).to_have_text(f"{first['label']['en']}: {first['value']['en']}")
    expect(page.locator(".what-if li")).to_have_count(len(turn["changes"]))
    page.locator("#input-status_of_existing_checking_account").select_option("no checking account")
    expect(page.locator(".meter-output .answer")).not_to_have_text(f"{score['value']:.2f}")


def test_a_number_out_of_range_is_said_beside_the_field(page: Page) -> None:
    page.locator(".examples .chip").first.click()
    amount = page.locator("#input-credit_amount")
    amount.fill("99")
    expect(page.locator("#input-credit_amount-note")).to_have_text("from 250 to 18,424")
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#task-eligibility [role=alert]")).to_contain_text("“Amount” is out of range")
    # What was typed stays, and the next good value is answered.
    expect(amount).to_have_value("99")
    amount.fill("1000")
    expect(amount).to_have_attribute("aria-invalid", "false")
    expect(page.locator("#task-eligibility [role=alert]")).to_be_hidden()


#: Options that are wider than their field, whose arrow takes 16 pixels.
CUT = """
(fields) => fields.flatMap((field) => {
  const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
  return [...field.options].map(({ text }) => text).filter((text) => pen.measureText(text).width > room);
})
"""


@pytest.mark.parametrize("language", ["English", "中文"])
def test_choices_are_whole(page: Page, language: str) -> None:
    """On a phone, and in the narrow column that a tablet has for them."""
    fields = page.locator(".inputs select")
    if language == "中文":
        page.get_by_role("button", name=language, exact=True).click()
        expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert fields.evaluate_all(CUT) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    if language == "中文":
        page.get_by_role("button", name="English", exact=True).click()


def test_the_score_is_read_as_a_sentence(page: Page) -> None:
    page.locator(".examples .chip").nth(1).click()
    value = f"{GOLDEN['cases'][1]['outputs'][0]['value']:.2f}"
    said = f"Probability that it is paid back: {value} on a scale from 0 (not paid back) to 1 (paid back)"
    expect(page.locator(".meter-output [aria-live=polite]")).to_have_text(said)
