"""Translations in the page, by small models: a folder is dropped or picked, and then there are languages."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_own_models import give, using
from tests.browser.visiting import READY
from tests.browser.visitor import Visitor

from golden import generation_texts
from pipelines import small_generators

CASES = generation_texts.CASES
GOLDEN = json.loads(generation_texts.GOLDEN.read_text("utf-8"))["cases"]

#: A folder as the browser gives one that was dropped.
DROP = """(place, [folder, files]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const entryOf = ([path, content]) => {
    const name = path.split("/").pop();
    const file = (give) => give(new File([bytes(content)], name));
    return { isFile: true, isDirectory: false, name, fullPath: `/${folder}/${path}`, file };
  };
  const rest = [Object.entries(files).map(entryOf), []];
  const createReader = () => ({ readEntries: (give) => give(rest.shift()) });
  const entry = { isFile: false, isDirectory: true, name: folder, fullPath: `/${folder}`, createReader };
  const event = new DragEvent("drop", { bubbles: true, cancelable: true });
  const items = [{ kind: "file", webkitGetAsEntry: () => entry }];
  Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], files: [], items } });
  place.dispatchEvent(event);
}"""


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "translate")


def translate(page: Page, text: str) -> None:
    page.locator("#input-text").fill(text)
    page.get_by_role("button", name="Run").click()


def test_without_a_model_the_page_says_what_it_takes(page: Page) -> None:
    expect(page.locator(".status-text")).to_contain_text("Waiting for a model")
    expect(page.locator(".languages-input")).to_contain_text("opus-mt (Marian), M2M-100, NLLB, mBART or T5")
    expect(page.locator(".own-model")).to_contain_text("onnx/decoder_model_merged.onnx")
    translate(page, "Good morning.")
    expect(page.locator(".error")).to_contain_text("There is no model yet that translates.")
    assert page.locator("#input-text").input_value() == "Good morning."


def test_a_dropped_folder_translates_as_transformers_does(page: Page, tmp_path: Path) -> None:
    case = CASES["marian"]
    folder = small_generators.write(case.model, tmp_path / "opus", case.settings)
    files = {
        path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode("ascii")
        for path in folder.rglob("*")
        if path.is_file()
    }
    page.locator("#task-translate").evaluate(DROP, ["opus", files])
    using(page, "opus")
    expect(page.locator(".languages-input")).to_contain_text("one pair of languages")
    first, second = generation_texts.texts(case)[:2]
    translate(page, f"{first}\n\n{second}")
    expect(page.locator(".translation-text")).to_have_text(f"{GOLDEN['marian'][0]}\n\n{GOLDEN['marian'][1]}")
    expect(page.locator(".translation-output .note")).to_have_text("Translated by your model opus.")
    expect(page.locator(".status-text")).to_contain_text("Ready")


def test_a_model_into_several_languages_is_told_one(page: Page, tmp_path: Path) -> None:
    folder = small_generators.write("marian", tmp_path / "romance", CASES["marian"].settings)
    give(page, small_generators.told_into(folder, {"t17": "fra", "t10": "por_BR"}))
    using(page, "romance")
    target = page.get_by_label("Into")
    expect(target.locator("option")).to_have_text(["French (fra)", "Portuguese (por_BR)"])
    expect(page.get_by_label("From")).to_be_hidden()
    expect(page.get_by_role("button", name="Swap the languages")).to_be_hidden()
    said = []
    for code in ("fra", "por_BR"):
        target.select_option(code)
        translate(page, "t5 t6")
        # The line says "Ready" for the first moments of a run, too; its state does not.
        expect(page.locator("footer.status")).to_have_attribute("data-state", "ready", timeout=READY)
        expect(page.locator(".translation-text")).to_have_text(re.compile(r"t\d+"))
        said.append(page.locator(".translation-text").text_content())
    assert said[0] != said[1]


def test_languages_come_from_the_folder_and_can_be_swapped(page: Page, tmp_path: Path) -> None:
    case = CASES["m2m_100-back"]
    give(page, small_generators.write(case.model, tmp_path / "many", case.settings))
    using(page, "many")
    source, target = page.get_by_label("From"), page.get_by_label("Into")
    expect(source).to_have_value("en")
    expect(target).to_have_value("de")
    expect(target.locator("option")).to_have_text(["German (de)"])
    page.get_by_role("button", name="Swap the languages").click()
    expect(source).to_have_value("de")
    expect(target).to_have_value("en")
    translate(page, generation_texts.texts(case)[0])
    expect(page.locator(".translation-text")).to_have_text(GOLDEN["m2m_100-back"][0], timeout=READY)

    page.reload()
    expect(source).to_have_value("de", timeout=READY)
    using(page, "many")
    page.locator(".own-list").select_option("")
    expect(page.locator(".status-text")).to_contain_text("Waiting for a model")
    expect(page.locator(".language-row")).to_be_hidden()
