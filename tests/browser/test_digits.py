"""From a drawing to a digit, as a visitor does it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect
from tests.browser.drawing import clear, draw_digit, png_of_seven
from tests.browser.visiting import CHROME, open_task
from tests.browser.visitor import Visitor

from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU


@pytest.fixture
def digits(visitor: Visitor, site_url: str) -> Iterator[Page]:
    page = visitor.at(site_url, "digits")
    yield page
    clear(page)


@pytest.fixture
def new_digits(page: Page, site_url: str) -> Page:
    """Nothing was drawn here before."""
    open_task(page, site_url, "digits")
    return page


@pytest.mark.parametrize("digit", list("0123456789"))
def test_every_digit_drawn_with_the_mouse_is_read(digits: Page, digit: str) -> None:
    draw_digit(digits, digit)
    expect(digits.locator(".answer")).to_have_text(digit)
    bars = digits.locator(".bar-value").all_inner_texts()
    assert len(bars) == 10
    assert sum(float(bar.rstrip(" %")) for bar in bars) == pytest.approx(100, abs=0.6)


def test_undo_takes_back_a_stroke_and_what_clear_removed(new_digits: Page) -> None:
    draw_digit(new_digits, "1")
    expect(new_digits.locator(".answer")).to_have_text("1")
    new_digits.get_by_role("button", name="Clear").click()
    expect(new_digits.locator(".answer")).to_have_text("–")
    new_digits.get_by_role("button", name="Undo").click()
    expect(new_digits.locator(".answer")).to_have_text("1")
    new_digits.get_by_role("button", name="Undo").click()
    expect(new_digits.locator(".answer")).to_have_text("–")
    expect(new_digits.get_by_role("button", name="Undo")).to_be_disabled()


def test_an_uploaded_image_is_read(digits: Page) -> None:
    with digits.expect_file_chooser() as chooser:
        digits.get_by_role("button", name="Image…").press("Enter")
    chooser.value.set_files({"name": "seven.png", "mimeType": "image/png", "buffer": png_of_seven()})
    expect(digits.locator(".answer")).to_have_text("7")


PASTE = """(base64) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


def test_a_pasted_image_is_read(digits: Page) -> None:
    digits.evaluate(PASTE, base64.b64encode(png_of_seven()).decode())
    expect(digits.locator(".answer")).to_have_text("7")
    expect(digits.locator(".sketchpad .note")).to_contain_text("pasted.png")


def test_a_drawing_survives_a_reload(new_digits: Page) -> None:
    draw_digit(new_digits, "4")
    expect(new_digits.locator(".answer")).to_have_text("4")
    new_digits.reload()
    expect(new_digits.locator(".answer")).to_have_text("4", timeout=90_000)


def test_the_page_in_chinese(digits: Page) -> None:
    digits.get_by_role("button", name="中文").click()
    expect(digits.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(digits.get_by_role("button", name="清除")).to_be_visible()
    expect(digits.locator("#privacy")).to_have_text("您输入的内容不会离开此页面。")
    digits.get_by_role("button", name="English").click()
    expect(digits.get_by_role("button", name="Clear")).to_be_visible()


def test_another_language_keeps_picture_and_answer(digits: Page) -> None:
    digits.evaluate(PASTE, base64.b64encode(png_of_seven()).decode())
    expect(digits.locator(".answer")).to_have_text("7")
    digits.get_by_role("button", name="中文").click()
    expect(digits.locator(".answer")).to_have_text("7")
    expect(digits.locator(".sketchpad .note")).to_contain_text("pasted.png")
    digits.get_by_role("button", name="English").click()
    expect(digits.locator(".sketchpad .note")).to_contain_text("pasted.png")


def test_the_device_can_be_changed_and_changed_back(playwright: Playwright, site_url: str) -> None:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    page = browser.new_page()
    open_task(page, site_url, "digits")
    page.get_by_text("Settings", exact=True).click()
    for choice, shown in (("webgpu", "GPU (WebGPU)"), ("wasm", "CPU (WebAssembly)")):
        page.locator("#device").select_option(choice)
        expect(page.locator(".status-device")).to_contain_text(shown, timeout=60_000)
        clear(page)
        draw_digit(page, "6")
        expect(page.locator(".answer")).to_have_text("6", timeout=60_000)
    expect(page.locator(".error")).to_be_hidden()
    browser.close()
