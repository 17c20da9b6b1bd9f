"""Whatever is fed to the page gets a clear error or a right answer; the page lives on and loses nothing."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from onnx import TensorProto, helper
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from tests.browser.drawing import clear, draw_digit, png_of_seven
from tests.browser.visitor import Visitor


@pytest.fixture
def digits(visitor: Visitor, site_url: str) -> Iterator[Page]:
    """The same page in all tests: it has to stay usable."""
    page = visitor.at(site_url, "digits")
    yield page
    clear(page)


@pytest.fixture
def search(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "search")


def upload(page: Page, name: str, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Image…").click()
    chooser.value.set_files({"name": name, "mimeType": "image/png", "buffer": content})


def huge_png() -> bytes:
    """A 30,000 × 30,000 image of a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


BAD_FILES = {
    "a 0-byte file": (b"", "0 bytes"),
    "a text file named .png": (b"this is not an image at all", "image"),
    "a 30,000 x 30,000 PNG": (huge_png(), "900 million pixels"),
    "a truncated PNG": (png_of_seven()[:120], "image"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_image_is_named_and_the_page_stays_usable(digits: Page, what: str) -> None:
    content, named = BAD_FILES[what]
    upload(digits, "drawing.png", content)
    error = digits.locator(".error")
    expect(error).to_be_visible()
    expect(error).to_have_attribute("data-kind", "InputError")
    assert named in error.inner_text().replace(",", "").replace("\u202f", "")
    assert "Traceback" not in error.inner_text()
    draw_digit(digits, "3")
    expect(digits.locator(".answer")).to_have_text("3")
    expect(error).to_be_hidden()


def as_mode(mode: str) -> bytes:
    image = Image.open(io.BytesIO(png_of_seven()))
    stream = io.BytesIO()
    if mode == "I;16":
        Image.fromarray(np.asarray(image).astype(np.uint16) * 257).save(stream, "PNG")
    elif mode == "animated":
        other = Image.new("L", image.size, 255)
        ImageDraw.Draw(other).ellipse([40, 40, 160, 200], outline=0, width=16)
        image.save(stream, "GIF", save_all=True, append_images=[other], duration=100)
    else:
        image.convert("RGB" if mode == "CMYK" else mode).convert(mode).save(
            stream, "JPEG" if mode == "CMYK" else "PNG"
        )
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["I;16", "animated", "CMYK", "P", "1", "LA", "RGBA"])
def test_unusual_images_are_read_rightly(digits: Page, mode: str) -> None:
    upload(digits, "seven.png", as_mode(mode))
    expect(digits.locator(".answer")).to_have_text("7")


def own_model(dims: list[int], output: str = "Plus214_Output_0", classes: int = 10) -> bytes:
    """A linear model that always answers 3."""
    size = int(np.prod(dims[1:]))
    weights = helper.make_tensor(
        "w", TensorProto.FLOAT, [size, classes], np.zeros(size * classes, np.float32)
    )
    bias = helper.make_tensor("b", TensorProto.FLOAT, [classes], np.eye(classes, dtype=np.float32)[3] * 9)
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [1, size])
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["Input3", "s"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w", "b"], [output]),
        ],
        "linear",
        [helper.make_tensor_value_info("Input3", TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, classes])],
        [weights, bias, shape],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    ).SerializeToString()


def drop_model(page: Page, content: bytes, name: str = "mine.onnx") -> None:
    if not page.locator("#own-model").is_visible():
        page.get_by_text("Settings", exact=True).click()
    page.locator("#own-model").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_model_of_the_visitors_own_replaces_ours_and_goes_again(digits: Page) -> None:
    draw_digit(digits, "1")
    expect(digits.locator(".answer")).to_have_text("1")
    drop_model(digits, own_model([1, 1, 28, 28]))
    expect(digits.locator(".own-model")).to_contain_text("Using mine.onnx")
    draw_digit(digits, "1")
    expect(digits.locator(".answer")).to_have_text("3")
    digits.get_by_role("button", name="Back to the built-in model").click()
    expect(digits.locator(".own-model")).not_to_contain_text("Using mine.onnx")
    digits.get_by_role("button", name="Clear").click()
    draw_digit(digits, "1")
    expect(digits.locator(".answer")).to_have_text("1")


BAD_MODELS: dict[str, tuple[Callable[[], bytes], str]] = {
    "garbage": (lambda: b"not a model" * 50, "mine.onnx"),
    "0 bytes": (lambda: b"", "mine.onnx"),
    "another input shape": (lambda: own_model([1, 3, 28, 28]), "(1, 3, 28, 28)"),
    "another output name": (lambda: own_model([1, 1, 28, 28], output="logits"), "logits"),
    "another number of classes": (lambda: own_model([1, 1, 28, 28], classes=4), "(1, 4)"),
}


@pytest.mark.parametrize("what", BAD_MODELS)
def test_a_model_that_does_not_fit_is_refused_and_ours_stays(digits: Page, what: str) -> None:
    make, named = BAD_MODELS[what]
    drop_model(digits, make())
    error = digits.locator(".error")
    expect(error).to_be_visible()
    expect(error).to_have_attribute("data-kind", "ModelError")
    assert named in error.inner_text()
    draw_digit(digits, "8")
    expect(digits.locator(".answer")).to_have_text("8")


def test_search_says_what_is_missing_and_keeps_the_text(search: Page) -> None:
    search.locator("#input-query").fill("")
    search.locator("#input-text").fill("Some text without a question.")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".error")).to_have_attribute("data-kind", "InputError")
    assert search.locator("#input-text").input_value() == "Some text without a question."


def test_who_gives_nothing_is_told_so(search: Page) -> None:
    search.locator("#input-text").fill("  ")
    search.locator("#input-query").fill("")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".error")).to_contain_text("“Text” is empty.")
    expect(search.locator(".passage")).to_have_count(0)


def test_an_answer_to_something_else_is_faint_below_an_error(search: Page) -> None:
    list_of_answers = search.locator(".outputs > :not(.error)")
    search.locator("#input-text").fill("One passage.")
    search.locator("#input-query").fill("anything")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".passage")).to_have_count(1)
    expect(list_of_answers).to_have_css("opacity", "1")
    search.locator("#input-query").fill("")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".error")).to_be_visible()
    expect(list_of_answers).to_have_css("opacity", "0.4")
    search.get_by_role("button", name="Close").click()
    expect(list_of_answers).to_have_css("opacity", "1")


def test_an_error_goes_when_something_else_is_asked(search: Page) -> None:
    """Also where that is cancelled: what it says is of the text before."""
    search.locator("#input-text").fill("")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".error")).to_be_visible()
    search.locator("#input-text").fill(
        "\n\n".join(f"Passage {number} of a long text." for number in range(2000))
    )
    search.locator("#input-query").fill("anything")
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".error")).to_be_hidden()
    search.get_by_role("button", name="Cancel").click()
    expect(search.locator(".status")).to_have_attribute("data-state", "ready")
    expect(search.locator(".error")).to_be_hidden()


def test_a_megabyte_of_text_is_refused_with_the_limit_and_kept(search: Page) -> None:
    text = "word " * 200_000
    search.locator("#input-text").fill(text)
    search.locator("#input-query").fill("anything")
    search.get_by_role("button", name="Run").click()
    error = search.locator(".error")
    expect(error).to_contain_text("500,000")
    expect(error).to_contain_text("1,000,000")
    expect(error).to_have_attribute("data-kind", "InputError")
    assert search.evaluate("document.querySelector('#input-text').value.length") == len(text)


STRANGE = {
    "emoji": "😀😀",
    "right-to-left mark": "\u202eright to left",
    "NUL": "a\u0000b",
    "lone surrogate": "\ud800 lone",
    "ligatures": "ﷺ" * 100,
}


@pytest.mark.parametrize("what", STRANGE)
def test_strange_text_gets_an_answer(search: Page, what: str) -> None:
    search.locator("#input-text").fill(f"One passage: {what}.\n\nAnother passage: {what}.")
    # As UTF-16 units, the only way in for half a surrogate pair.
    units = np.frombuffer(STRANGE[what].encode("utf-16-le", "surrogatepass"), "<u2").tolist()
    search.evaluate(
        "(u) => { document.querySelector('#input-query').value = String.fromCharCode(...u); }", units
    )
    search.get_by_role("button", name="Run").click()
    expect(search.locator(".passage").first).to_contain_text(what)
    expect(search.locator(".passage")).to_have_count(2)


def test_an_unknown_task_is_named(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}/#/no-such-task")
    expect(page.locator("#main")).to_contain_text("no task with this name")
    page.locator("nav a").first.click()
    expect(page.locator("article.task")).to_be_visible()
