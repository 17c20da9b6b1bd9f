"""The task of files: picked, dropped and by example; of a large file only its ends are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/file-type.json").read_text("utf-8"))


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "file-type")


def pick(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#input-file").press("Enter")
    chooser.value.set_files(path)


def test_examples_answer_as_recorded(page: Page) -> None:
    for number, case in enumerate(GOLDEN["cases"]):
        facts, label = case["outputs"]
        page.locator(".examples .chip").nth(number).click()
        expect(page.locator(".fact dd")).to_have_text([fact["value"]["en"] for fact in facts])
        bars = [one["label"] for one in label["confidences"]]
        expect(page.locator(".bar-label")).to_have_text(bars)
    # Rows of answers before are gone, and so is what was said of their files.
    expect(page.locator(".field .note").last).to_have_text("File: hi.py, 12 bytes")


def test_of_a_large_file_the_ends_are_read(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "huge.dat"
    with path.open("wb") as stream:
        stream.write((paths.ROOT / "static/models/mnist-cnn/onnx/model.onnx").read_bytes()[:5000])
        stream.truncate(3_000_000_000)
    pick(page, path)
    expect(page.locator(".field .note").last).to_have_text("File: huge.dat, 3 GB")
    expect(page.locator(".fact dd").first).to_have_text("Open Neural Network Exchange")


def test_what_is_dropped_is_read_and_folders_are_refused(page: Page, tmp_path: Path) -> None:
    drop = """(place, [name, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name));
        place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    place = page.locator(".drop-place")
    place.evaluate(drop, ["none.txt", ""])
    expect(page.locator(".fact dd").first).to_have_text("Empty file")
    expect(page.locator(".bar")).to_have_count(0)
    refuse = """(place) => {
        const event = new DragEvent("drop", { bubbles: true, cancelable: true });
        const item = { kind: "file", webkitGetAsEntry: () => ({ isDirectory: true, name: "photos" }) };
        Object.defineProperty(event, "dataTransfer", { value: { items: [item], files: [] } });
        place.dispatchEvent(event);
    }"""
    place.evaluate(refuse)
    expect(page.locator(".field .note.over")).to_have_text("“photos” is a folder. Give one of its files.")
    expect(page.locator(".facts-output")).to_be_hidden()


def test_a_file_that_is_gone_is_said(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "gone.txt"
    path.write_text("A text that will not stay.\n" * 3)
    gone = """(place) => {
        const file = new File(["x".repeat(100)], "gone.txt");
        const error = new DOMException("It changed.", "NotReadableError");
        file.slice = () => ({ arrayBuffer: () => Promise.reject(error) });
        const event = new DragEvent("drop", { bubbles: true, cancelable: true });
        Object.defineProperty(event, "dataTransfer", { value: { items: [], files: [file] } });
        place.dispatchEvent(event);
    }"""
    page.locator(".drop-place").evaluate(gone)
    expect(page.locator(".field .note.over")).to_contain_text("“gone.txt” cannot be read")
    pick(page, path)
    expect(page.locator(".fact dd").first).to_have_text("Generic text document")
    expect(page.locator(".field .note.over")).to_have_count(0)
