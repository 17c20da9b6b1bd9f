"""Documents in the page: picked, dropped and pasted, their answers with places; and what cannot be read."""

from __future__ import annotations

import base64
import io
import json
import os
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import paste
from tests.browser.visitor import Visitor

from documents import docx, pdf
from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/ask.json").read_text("utf-8"))
FIRST = [
    "The bakery on the corner opens at six and sells rye bread.",
    "The night train to Vienna leaves from platform nine at half past ten.",
    "Photosynthesis turns sunlight into sugar inside green leaves.",
]
#: Long enough that no two pages are one passage.
REST = "{}, so it was always said {} by those who came before {} and wrote it down {} in a long book {}."
PAGES = [
    [line, *(REST.replace("{}", f"{word} {place}") for place in ("here", "there"))]
    for line, word in zip(FIRST, ("once", "twice", "thrice"), strict=True)
]


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "ask")


def ask(page: Page, question: str) -> None:
    page.locator("#input-question").fill(question)
    page.get_by_role("button", name="Run").click()


def pick(page: Page, name: str, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#input-document-file").press("Enter")
    chooser.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    expect(page.get_by_text(f"File: {name}")).to_be_visible()


def remove(page: Page) -> None:
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#input-document")).to_be_visible()


def test_examples_answer_as_recorded(page: Page) -> None:
    for number, case in enumerate(GOLDEN["cases"]):
        first = case["outputs"][0]["answers"][0]
        page.locator(".examples .chip").nth(number).click()
        expect(page.locator("mark").first).to_have_text(first["sentence"])
        place = f"Page {first['page']}" if first["page"] else first["heading"]
        expect(page.locator(".answer-place span").first).to_have_text(place)
    remove(page)


def test_a_pdf_says_its_page_and_shows_its_neighbours(page: Page) -> None:
    pick(page, "notes.pdf", pdf(PAGES, packed=True))
    expect(page.locator("#input-document")).to_be_hidden()
    ask(page, "When can I travel by rail?")
    expect(page.locator("mark").first).to_have_text(FIRST[1])
    expect(page.locator(".answer-place span").first).to_have_text("Page 2")
    expect(page.locator(".answers-output > .note")).to_have_text("notes.pdf · Pages: 3 · Passages: 3")
    best = page.locator(".answer-item").first
    expect(best.locator(".neighbour").first).to_be_hidden()
    around = best.get_by_role("button", name="Show what stands around it")
    around.focus()
    page.keyboard.press("Enter")
    expect(best.locator(".neighbour.before")).to_contain_text(FIRST[0])
    expect(best.locator(".neighbour.after")).to_contain_text(FIRST[2])
    ask(page, "How do plants make food?")
    expect(page.locator("mark").first).to_have_text(FIRST[2])
    expect(page.locator(".answer-place span").first).to_have_text("Page 3")


def test_another_language_keeps_file_and_answers(page: Page) -> None:
    pick(page, "notes.pdf", pdf(PAGES))
    ask(page, "Where is bread sold?")
    expect(page.locator("mark").first).to_have_text(FIRST[0])
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(page.locator(".answer-place span").first).to_have_text("第 1 页")
    expect(page.get_by_text("notes.pdf，")).to_be_visible()
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    remove(page)


def test_a_word_file_is_dropped_on_the_text(page: Page) -> None:
    page.locator("#input-document").fill("Nothing of interest.")
    content = docx([(1, "Travel"), (0, FIRST[1]), (1, "Plants"), (0, FIRST[2])])
    drop = """(place, [name, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
        place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    page.locator("#input-document").evaluate(drop, ["trip.docx", base64.b64encode(content).decode("ascii")])
    expect(page.get_by_text("File: trip.docx")).to_be_visible()
    ask(page, "How do plants make food?")
    expect(page.locator(".answer-place span").first).to_have_text("Plants")
    remove(page)
    expect(page.locator("#input-document")).to_have_value("Nothing of interest.")
    ask(page, "What is interesting?")
    expect(page.locator("mark")).to_have_text(["Nothing of interest."])


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(PAGES)))
    writer.encrypt("secret", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("locked.pdf", encrypted(), "The PDF file is encrypted."),
        ("cut.pdf", pdf(PAGES)[:70], "The PDF file is broken."),
        ("scan.pdf", pdf([[], []]), "The PDF file has images alone, no text."),
        (
            "old.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "This kind of file cannot be read here.",
        ),
        ("empty.txt", b" \n", "There is nothing to read in the document."),
    ],
    ids=["encrypted", "broken", "images", "doc", "empty"],
)
def test_what_cannot_be_read_is_said_and_stays(page: Page, name: str, content: bytes, message: str) -> None:
    pick(page, name, content)
    ask(page, "Where is bread sold?")
    expect(page.locator(".error")).to_contain_text(message)
    expect(page.get_by_text(f"File: {name}")).to_be_visible()
    assert page.locator("#input-question").input_value() == "Where is bread sold?"
    remove(page)


def test_a_run_over_a_megabyte_can_be_cancelled(page: Page) -> None:
    long = "\n\n".join(
        f"Paragraph {n} tells of thing number {n * 7919}, which nobody saw before. 😀" for n in range(14_000)
    )
    assert len(long) > 1_000_000
    paste(page, "#input-document", long)
    ask(page, "thing number 7919")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert page.locator("#input-document").input_value() == long
    page.locator("#input-document").fill(FIRST[2])
    ask(page, "How do plants make food?")
    expect(page.locator("mark")).to_have_text([FIRST[2]])


def test_what_is_copied_says_where_it_stood(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pick(page, "notes.pdf", pdf(PAGES))
    ask(page, "Where is bread sold?")
    expect(page.locator("mark").first).to_have_text(FIRST[0])
    page.locator(".answer-item").first.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(FIRST[0]) and copied.endswith("\n\nPage 1")
    remove(page)


def test_an_answer_in_words_is_written_only_where_it_is_asked_for(page: Page) -> None:
    """And who stops it keeps the passages; `WARDIAN_GENERATION_LONG=1` waits for what SmolLM2 writes."""
    page.locator(".examples .chip").first.click()
    button = page.get_by_role("button", name="Answer in words")
    expect(button).to_be_visible()
    expect(page.locator(".in-words-ask")).to_contain_text(
        re.compile(r"SmolLM2-135M-Instruct.*\(9\d\.\d MB, once\)")
    )
    expect(page.locator(".in-words-text")).to_be_hidden()
    # Until then what stands there are the answers of the test before.
    expect(page.locator(".answer-text mark").first).to_contain_text("The tenant may keep a cat")
    places = page.locator(".answer-text mark").all_inner_texts()
    button.click()
    if os.environ.get("WARDIAN_GENERATION_LONG") == "1":
        expect(page.locator(".in-words[data-state='done']")).to_be_visible(timeout=300_000)
        expect(page.locator(".in-words")).to_contain_text("Composed by SmolLM2-135M-Instruct, a small model")
        # Each sentence has a number, or is said to have none.
        marks = page.locator(".in-words-text .cite, .in-words-text .unsupported")
        expect(marks).not_to_have_count(0)
        expect(page.locator(".in-words .tools").get_by_role("button", name="Copy")).to_be_visible()
    else:
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.locator(".answer-text mark")).to_have_text(places)
    # The next question is not composed about by itself.
    ask(page, "Who pays for small repairs?")
    expect(page.get_by_role("button", name="Answer in words")).to_be_visible()
    expect(page.locator(".error")).to_be_hidden()
