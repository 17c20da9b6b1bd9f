"""The redact task: what is found is reviewed, further words are marked, and text and key are taken along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/redact.json").read_text("utf-8"))
TEXT = (
    "🙂 Maria Lopez met Tom Reed in Bristol. Lopez paid with 4111 1111 1111 1111, not 4111 1111 1111 1112. "
    "The gardener saw it; the gardener's dog, too."
)


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Iterator[Page]:
    found = visitor.at(site_url, "redact")
    yield found
    found.set_viewport_size({"width": 1280, "height": 800})
    find(found, "")
    expect(found.locator(".redactions-output")).to_be_hidden()


def find(page: Page, text: str) -> None:
    page.locator("#input-text").fill(text)
    page.locator("button.primary").click()


def expect_result(page: Page, text: str) -> None:
    expect(page.locator(".redactions-result")).to_have_value(text)


def redacted(**originals: str) -> str:
    """TEXT with all placeholders but those whose originals are given."""
    made = (
        "🙂 [PERSON 1] met [PERSON 2] in [PLACE 1]. [PERSON 1] paid with [CARD 1], not 4111 1111 1111 1112. "
        "The gardener saw it; the gardener's dog, too."
    )
    for name, original in originals.items():
        made = made.replace(f"[{name.replace('_', ' ')}]", original)
    return made


def test_on_a_phone_the_answer_comes_into_sight(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.evaluate("scrollTo(0, 0)")
    find(page, TEXT)
    expect(page.locator(".redactions-summary")).to_be_in_viewport()


def test_marks_stand_in_their_place(page: Page) -> None:
    """As in CPython, also behind an emoji, on a phone."""
    case = GOLDEN["cases"][0]
    page.set_viewport_size({"width": 390, "height": 700})
    find(page, case["inputs"]["text"])
    units = case["inputs"]["text"].encode("utf-16-le")
    answer = case["outputs"][0]
    words = [
        units[2 * start : 2 * end].decode("utf-16-le")
        for start, end in zip(answer["starts"], answer["ends"], strict=True)
    ]
    expect(page.locator(".redaction")).to_have_text(words)
    expect(page.locator(".redaction").first).to_have_accessible_name("Priya Raman, PERSON 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_the_same_and_a_whole_kind(page: Page) -> None:
    find(page, TEXT)
    expect_result(page, redacted())
    marks = page.locator(".redaction")
    marks.nth(1).click()
    expect(marks.nth(1)).to_have_attribute("aria-pressed", "false")
    expect_result(page, redacted(PERSON_2="Tom Reed"))
    page.get_by_role("button", name="Undo").click()
    expect_result(page, redacted())
    marks.first.click()
    page.get_by_role("button", name="Redact this one").click()
    page.get_by_role("button", name="Keep all 2 of [PERSON 1]").click()
    kept = redacted().replace("[PERSON 1]", "Maria Lopez", 1).replace("[PERSON 1]", "Lopez")
    expect_result(page, kept)
    people = page.locator(".redactions-kind", has_text="People 1/3")
    expect(people).to_have_attribute("aria-pressed", "mixed")
    people.click()
    expect_result(page, redacted())
    page.locator(".redactions-kind", has_text="Payment cards 1/1").click()
    expect_result(page, redacted(CARD_1="4111 1111 1111 1111"))
    expect(page.locator(".redactions-summary")).to_contain_text("5 found, 4 redacted.")
    page.reload()
    expect_result(page, redacted(CARD_1="4111 1111 1111 1111"))
    expect(page.locator(".redactions-summary")).to_contain_text("5 found, 4 redacted.")


def test_with_the_keyboard(page: Page) -> None:
    find(page, TEXT)
    marks = page.locator(".redaction")
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect_result(page, redacted(PERSON_2="Tom Reed"))
    page.keyboard.press("Enter")
    expect_result(page, redacted())


def test_further_words(page: Page) -> None:
    """Selected with the mouse, or typed: wherever they stand, behind an emoji, too."""
    find(page, TEXT)
    expect_result(page, redacted())
    page.locator(".redactions-text").evaluate(
        """element => {
            const blocks = [...element.querySelectorAll(".redactions-block")];
            const nodes = blocks.flatMap((one) => [...one.childNodes]);
            const node = nodes.find((one) => one.textContent.includes("gardener"));
            const at = node.textContent.indexOf("gardener");
            document.getSelection().setBaseAndExtent(node, at, node, at + "gardener".length);
        }"""
    )
    words = page.locator("#redactions-words")
    expect(words).to_have_value("gardener")
    mark = page.locator(".redactions-marking button")
    mark.click()
    expect(page.get_by_text("Redacted in 2 places.")).to_be_visible()
    further = redacted().replace("gardener", "[PERSON 3]")
    expect_result(page, further)
    words.fill("1112")
    page.get_by_label("Kind of the words").select_option("Payment cards")
    words.press("Enter")
    expect_result(page, further.replace("1112", "[CARD 2]"))
    words.fill("nowhere")
    mark.click()
    expect(page.get_by_text("does not contain these words")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    # Another language shows what was decided, and its button takes steps back.
    expect_result(page, further.replace("1112", "[CARD 2]"))
    page.get_by_role("button", name="撤销").click()
    expect_result(page, further)
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect_result(page, further)


def test_text_and_key_are_taken_along(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    find(page, TEXT)
    expect_result(page, redacted())
    output = page.locator(".redactions-output")
    output.get_by_role("button", name="Copy").click()
    expect(output.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == redacted()
    with page.expect_download() as text:
        output.get_by_role("button", name="Download the text").click()
    assert text.value.suggested_filename == "redacted.txt"
    assert Path(text.value.path()).read_text("utf-8") == redacted()
    with page.expect_download() as key:
        output.get_by_role("button", name="Download the key").click()
    assert json.loads(Path(key.value.path()).read_text("utf-8")) == {
        "[PERSON 1]": ["Maria Lopez", "Lopez"],
        "[PERSON 2]": ["Tom Reed"],
        "[PLACE 1]": ["Bristol"],
        "[CARD 1]": ["4111 1111 1111 1111"],
    }


def test_nothing_found_and_nothing_given(page: Page) -> None:
    find(page, "🙂 \u202eno \u0000 names \ud800 here")
    expect(page.locator(".redactions-summary")).to_contain_text("Nothing was found.")
    expect(page.locator(".redaction")).to_have_count(0)


def test_a_long_text_can_be_cancelled(page: Page) -> None:
    """A megabyte tells how far it is, and stops when it is told to; the text stays."""
    page.locator("#input-text").evaluate(
        """(element, text) => {
            element.value = text;
            element.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        "Maria Lopez met Tom Reed in Bristol, and nobody else saw them there. " * 14_000,
    )
    page.locator("button.primary").click()
    expect(page.get_by_text("Looking for names")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert page.locator("#input-text").input_value().startswith("Maria Lopez")
    find(page, TEXT)
    expect_result(page, redacted())


def test_a_text_that_is_hardly_english_is_not_called_clean(page: Page) -> None:
    find(page, "王小明住在北京，他在一家公司工作。")
    expect(page.locator(".error")).to_contain_text("it is hardly English")
    find(page, "张先生的邮箱是 zhang@example.com，请联系。")
    expect(page.locator(".error")).to_be_hidden()
    expect(page.locator(".redactions-result")).to_have_value(re.compile(r"\[EMAIL 1\]"))
