"""Sorting in the page: one text as one types, a table in one go, its topics corrected and downloaded."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import READY, paste
from tests.browser.visitor import Visitor

from pipelines.small_models import opened
from support import run
from wardian.pipelines.sorting import TEMPLATE
from wardian.tasks.sort import task
from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/sort.json").read_text("utf-8"))
TABLE = base64.b64decode(task.examples[1].inputs[2]["base64"])
LABELS = "animals: dogs, cats, birds\nmoney: prices, banks\nweather: rain, wind, sun"


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Iterator[Page]:
    found = visitor.at(site_url, "sort")
    yield found
    found.set_viewport_size({"width": 1280, "height": 800})
    if found.get_by_role("button", name="Remove").is_visible():
        found.get_by_role("button", name="Remove").click()
    found.locator("#input-several").uncheck()
    found.locator("#input-strictness").select_option("all")
    found.locator("#input-texts").fill("")
    expect(found.locator(".table-output")).to_be_hidden()
    expect(found.locator(".facts-output")).to_be_hidden()


def give(page: Page, content: bytes, name: str = "wishes.csv") -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#input-table").click()
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": content})


def topics(page: Page) -> list[str]:
    found: list[str] = page.locator("tbody .group select").evaluate_all("all => all.map((one) => one.value)")
    return found


def downloaded(page: Page) -> tuple[str, list[list[str]]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return waiting.value.suggested_filename, list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_one_text_is_sorted_as_one_types(page: Page) -> None:
    page.locator("#input-labels").fill(LABELS)
    expect(page.locator(".facts-output")).to_be_hidden()
    page.locator("#input-texts").press_sequentially("The kitten purred")
    answer = page.locator(".fact dd").first
    expect(answer).to_have_text("animals")
    expect(page.locator(".bars-output .bar")).to_have_count(3)
    expect(page.locator(".fact dd").nth(1)).to_have_text("embeddings (all-MiniLM-L6-v2)")
    page.locator("#input-texts").fill("Interest rates went up")
    expect(answer).to_have_text("money")
    page.locator("#input-labels").fill(f"{LABELS}\nMONEY")
    expect(page.locator(".outputs .error")).to_contain_text("A topic is there twice.")
    assert page.locator("#input-texts").input_value() == "Interest rates went up"
    # Who writes the first topic has not finished: nothing is wrong yet.
    page.locator("#input-labels").fill("")
    expect(answer).to_have_text("topics, one a line")
    page.locator("#input-labels").press_sequentially("mus")
    expect(answer).to_contain_text("a second topic")
    expect(page.locator(".outputs .error")).to_be_hidden()
    page.locator("#input-labels").fill("music: songs\nplants: trees")
    page.locator("#input-strictness").select_option("fitting")
    expect(answer).to_have_text("none of these")
    expect(page.locator(".outputs .error")).to_be_hidden()


def test_a_table_is_sorted_as_in_cpython(page: Page) -> None:
    case = GOLDEN["cases"][1]
    columns: dict[str, Any] = {c["name"]["en"]: c for c in case["outputs"][2]["columns"]}
    page.locator("#input-labels").fill(case["inputs"]["labels"])
    give(page, TABLE)
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.locator(".fact dd").last).to_have_text("wish (it has the most words)")
    expect(page.locator("#input-table-column option")).to_have_text(
        ["The one with the most words", "no", "date", "wish"]
    )
    # The golden is of fp32, the page runs q8: two texts may be of another mind, but no more.
    differing = [a for a, b in zip(topics(page), columns["topic"]["values"], strict=True) if a != b]
    assert len(differing) <= 2
    bars = page.locator(".group-bar")
    counts = [text.split()[0] for text in bars.locator(".bar-value").all_inner_texts()]
    assert sum(map(int, counts)) == 20
    page.locator("#input-table-column").select_option("date")
    expect(page.locator(".fact dd").last).to_have_text("date")
    expect(page.locator("thead th").first).to_have_text("date")


def test_rows_are_filtered_ordered_corrected_and_downloaded(page: Page) -> None:
    page.locator("#input-labels").fill(GOLDEN["cases"][1]["inputs"]["labels"])
    give(page, TABLE)
    expect(page.locator("tbody tr")).to_have_count(20)
    before = topics(page)
    books = page.locator(".group-bar[data-group='books']")
    books.click()
    expect(books).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tbody tr")).to_have_count(before.count("books"))
    books.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(20)
    score = page.get_by_role("button", name="score", exact=True)
    score.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("thead th").nth(2)).to_have_attribute("aria-sort", "descending")
    scores = [float(text) for text in page.locator("tbody .number").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    score.click()
    page.locator("tr[data-row='18'] select").select_option("staff")
    expect(page.locator("tr[data-row='18'] .number")).to_have_text("")
    # What was corrected stays when topics change, and in another language.
    page.locator("#input-labels").fill(GOLDEN["cases"][1]["inputs"]["labels"] + "\nfood: drinks, meals")
    expect(page.locator(".group-bar")).to_have_count(6)
    expect(page.locator("tr[data-row='18'] select")).to_have_value("staff")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(page.locator("tr[data-row='18'] select")).to_have_value("staff")
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    name, rows = downloaded(page)
    assert name == "wishes-sorted.csv" and len(rows) == 21
    assert rows[0] == ["no", "date", "wish", "topic", "score"]
    assert rows[4][2] == "More novels by African authors, please." and rows[4][3] == "books"
    assert rows[19][2].startswith("'=SUM(A1:A9)") and rows[19][3:] == ["staff", ""]
    assert float(rows[1][4]) > 0.5
    # The file does not survive a reload. What was made of it does, and can still be corrected.
    page.reload()
    expect(page.locator("footer.status")).to_have_attribute("data-state", "ready", timeout=READY)
    expect(page.locator("tr[data-row='18'] select")).to_have_value("staff")
    page.locator("tr[data-row='2'] select").select_option("staff")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.locator("tr[data-row='2'] select")).to_have_value("staff")
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    again = downloaded(page)[1]
    rows[3][3] = "staff"
    assert [row[3] for row in again] == [row[3] for row in rows]


def test_several_topics(page: Page) -> None:
    page.locator("#input-labels").fill(LABELS)
    page.locator("#input-several").check()
    page.locator("#input-strictness").select_option("fitting")
    page.locator("#input-texts").fill("The price of dog food went up.\nThe proof uses a lemma.")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody td.group").first).to_contain_text("animals")
    expect(page.locator("tbody td.group").first).to_contain_text("money")
    expect(page.locator("tbody td.group").last).to_have_text("none of these")


def test_a_long_table_has_progress_pages_and_can_be_cancelled(page: Page) -> None:
    rows = "".join(f"{n};Customer {n * 7919} asks about thing number {n}.\n" for n in range(2000))
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#input-labels").fill(LABELS)
    give(page, f"id;text\n{rows}".encode(), "long.csv")
    expect(page.locator(".status-text")).to_contain_text("Reading texts: ")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert page.locator("#input-labels").input_value() == LABELS
    expect(page.locator(".field .note").filter(has_text="Table: long.csv")).to_be_visible()
    texts = "\n".join(f"Dog number {n % 7} barks." for n in range(120))
    page.get_by_role("button", name="Remove").click()
    paste(page, "#input-texts", texts)
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator(".table-pages .note")).to_have_text("1–50 of 120")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".table-pages .note")).to_have_text("101–120 of 120")
    expect(page.get_by_role("button", name="Back")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(downloaded(page)[1]) == 121


def test_a_model_of_inference_of_ones_own_takes_its_place(page: Page, tmp_path: Path) -> None:
    """A small one that knows nothing: what counts is that its own scores are on the page."""
    name, text, labels = (
        "distilbert-zero-shot-classification",
        "All human beings are born free.",
        ["rights", "duties"],
    )
    page.locator("#input-labels").fill("\n".join(labels))
    page.locator("#input-texts").fill(text)
    method = page.locator(".fact dd").nth(1)
    expect(method).to_have_text("embeddings (all-MiniLM-L6-v2)")

    def in_cpython() -> Any:
        with opened(name, tmp_path) as pipe:
            return run(pipe(text, labels, hypothesis_template=TEMPLATE, multi_label=True))

    # Playwright has this thread's event loop.
    with ThreadPoolExecutor(1) as thread:
        wanted = thread.submit(in_cpython).result()
    page.locator(".settings summary").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Folder…").click()
    chooser.value.set_files(tmp_path / name)
    expect(method).to_contain_text(f"inference (local/{name}-")
    rows = page.locator(".bars-output .bar")
    shown = dict(
        zip(
            rows.locator(".bar-label").all_inner_texts(),
            rows.locator(".bar-value").all_inner_texts(),
            strict=True,
        )
    )
    for label, score in zip(wanted["labels"], wanted["scores"], strict=True):
        assert float(shown[label].removesuffix(" %")) == pytest.approx(100 * score, abs=0.1)
    page.get_by_role("button", name="Back to the built-in model").click()
    expect(method).to_have_text("embeddings (all-MiniLM-L6-v2)")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n3\n", "Line 3 has another number of fields than the header."),
        (b"\x00\x01\x02", "This is no CSV table."),
        (b"text\n" + b"x\n" * 20_001, "The table has too many rows."),
    ],
)
def test_what_is_no_table_is_told_and_nothing_is_lost(page: Page, content: bytes, words: str) -> None:
    page.locator("#input-labels").fill(LABELS)
    page.locator("#input-texts").fill("A bird sang.")
    expect(page.locator(".fact dd").first).to_have_text("animals")
    give(page, content)
    expect(page.locator(".outputs .error")).to_contain_text(words)
    assert page.locator("#input-texts").input_value() == "A bird sang."
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".outputs .error")).to_be_hidden()
    expect(page.locator(".fact dd").first).to_have_text("animals")
