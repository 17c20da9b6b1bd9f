"""A visitor's own model folder: into the store whole or not at all, there after a reload and offline."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from tests.browser import own_folders
from tests.browser.drawing import draw_digit
from tests.browser.test_bad_input import drop_model, own_model
from tests.browser.test_survival import close_worker
from tests.browser.visiting import READY, open_task, until, wait_offline

from tokenizers import Tokenizer
from wardian_build import shards

pytestmark = pytest.mark.installs

TEXT = "The bakery opens at six.\n\nPhotosynthesis turns sunlight into sugar inside green leaves."
KEYS = """async () => (await (await caches.open("wardian-models")).keys())
  .map(({ url }) => new URL(url).pathname.replace(/^.models./, ""))"""
EMBED = """async ([model, texts, options]) => {
  const { pipeline } = await import("/wardian.js");
  try {
    const extract = await pipeline("feature-extraction", model, { device: "wasm" });
    const { data, dims } = await extract(texts, options);
    await extract.dispose();
    return { data: Array.from(data), dims };
  } catch (error) {
    return { error: error.wire };
  }
}"""


def kept(page: Page) -> set[str]:
    """What lies in the store: hashes of shards, `present/…` for what is complete, `importing/…`."""
    return set(page.evaluate(KEYS))


def give(page: Page, folder: Path, button: str = "Folder…") -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(folder if folder.is_dir() else [folder])


def using(page: Page, name: str) -> None:
    expect(page.locator(".own-state")).to_contain_text(f"Using {name}", timeout=READY)


def ready(page: Page, task: str) -> None:
    page.wait_for_selector(f"#task-{task} .status[data-state='ready']", timeout=READY)


def ask(page: Page, query: str = "How do plants make food?") -> None:
    page.locator("#input-text").fill(TEXT)
    page.locator("#input-query").fill(query)
    page.get_by_role("button", name="Run").click()


def embed(page: Page, model: str, texts: list[str], **options: object) -> dict[str, Any]:
    result: dict[str, Any] = page.evaluate(EMBED, [model, texts, options])
    return result


def pieces(folder: Path) -> set[str]:
    """Hashes of the shards that the folder's files have."""
    found = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        starts = range(0, len(content), shards.SHARD_BYTES)
        found |= {hashlib.sha256(content[start : start + shards.SHARD_BYTES]).hexdigest() for start in starts}
    return found


@pytest.fixture
def search(page: Page, site_url: str) -> Page:
    """The task search, settled: everything of its own is kept."""
    open_task(page, site_url, "search")
    wait_offline(page, "search")
    page.get_by_text("Settings", exact=True).click()
    return page


def test_a_folder_is_kept_once_and_opens_offline_by_its_id(search: Page, tmp_path: Path) -> None:
    folder = own_folders.minilm(tmp_path / "my encoder", "_quantized")
    (folder / "model.safetensors").write_bytes(b"of no use here")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    before = kept(search)
    give(search, folder)
    using(search, "my encoder")
    expect(search.locator(".own-state")).to_contain_text("works offline")
    added = kept(search) - before
    marker = next(key for key in added if key.startswith("present/"))
    (folder / "model.safetensors").unlink()
    # The shipped model has the same weights in the same shards: they are there once.
    assert added - {marker} == pieces(folder) - before
    assert pieces(folder / "onnx") <= before
    give(search, folder)
    using(search, "my encoder")
    assert kept(search) == before | added, "the same folder is the same model"

    search.context.set_offline(True)
    search.reload()
    using(search, "my encoder")
    ready(search, "search")
    expect(search.locator(".badge")).to_have_attribute("data-state", "yes", timeout=READY)
    ask(search)
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis", timeout=READY)

    model = marker.split("/")[1].replace("%2F", "/")
    assert model.startswith("local/my-encoder-")
    options = {"pooling": "mean", "normalize": True}
    ours, shipped = (embed(search, name, ["A cat."], **options) for name in (model, own_folders.MINILM))
    assert ours["dims"] == [1, 384] and ours == shipped
    error = embed(search, model[:-1] + "z", ["A cat."])["error"]
    assert error["kind"] == "UnknownNameError" and model in error["expected"] and model in error["hint"]

    search.get_by_role("link", name="Storage").click()
    row = search.locator(".storage tbody tr", has_text="my encoder")
    expect(row).to_contain_text(model)
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    assert kept(search) == before, "what the shipped model needs stays"
    search.get_by_role("link", name="Search by meaning").click()
    expect(search.locator(".own-state")).to_be_empty()
    ready(search, "search")
    ask(search, "When can I buy bread?")
    expect(search.locator(".passage").first).to_contain_text("bakery", timeout=READY)


def test_external_weights_give_their_numbers_and_a_damaged_shard_is_refused(
    search: Page, tmp_path: Path
) -> None:
    folder = own_folders.external(tmp_path / "external")
    before = kept(search)
    give(search, folder)
    using(search, "external")
    added = kept(search) - before
    assert pieces(folder / "onnx") <= added, "two shards of weights, and the ONNX file"
    model = next(key for key in added if key.startswith("present/")).split("/")[1].replace("%2F", "/")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    encoding = tokenizer.encode("green plants")
    expected = own_folders.words(own_folders.WIDE)[encoding.ids]
    result = embed(search, model, ["green plants"])
    assert result["dims"] == [1, *expected.shape]
    np.testing.assert_allclose(np.reshape(result["data"], expected.shape), expected, rtol=1e-6)

    last = hashlib.sha256((folder / "onnx" / own_folders.WEIGHTS).read_bytes()[shards.SHARD_BYTES :])
    search.evaluate(
        """async (name) => {
          const cache = await caches.open("wardian-models");
          const bytes = new Uint8Array(await (await cache.match("models/" + name)).arrayBuffer());
          bytes[1000] ^= 1;
          const headers = { "Content-Length": String(bytes.byteLength) };
          await cache.put("models/" + name, new Response(bytes, { headers }));
        }""",
        last.hexdigest(),
    )
    search.reload()
    error = search.locator(".error")
    expect(error).to_have_attribute("data-kind", "IntegrityError", timeout=READY)
    expect(error).to_contain_text(last.hexdigest())
    ready(search, "search")
    assert last.hexdigest() not in kept(search)
    ask(search)
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis", timeout=READY)
    give(search, folder)
    using(search, "external")
    assert kept(search) == before | added, "only what was missing is stored again"


@pytest.mark.parametrize("what", own_folders.BROKEN)
def test_what_is_no_model_is_refused_and_leaves_nothing(storage: Page, tmp_path: Path, what: str) -> None:
    write, found, wrong = own_folders.BROKEN[what]
    folder = tmp_path / "given"
    folder.mkdir()
    write(folder)
    before = kept(storage)
    give(storage, folder)
    error = storage.locator(".error")
    expect(error).to_be_visible(timeout=READY)
    expect(error).to_contain_text(wrong)
    expect(error).to_have_attribute("data-kind", "ModelError")
    text = error.inner_text()
    assert found in text
    assert "Expected:" in text and "Received:" in text and "Given:" in text
    assert kept(storage) == before
    storage.get_by_role("button", name="Close").click()
    expect(error).to_be_hidden()


def test_a_refusal_is_said_in_the_visitors_language(storage: Page, tmp_path: Path) -> None:
    storage.get_by_role("button", name="中文").click()
    give(storage, own_folders.minilm(tmp_path / "bare"), "文件夹…")
    error = storage.locator(".error")
    expect(error).to_contain_text("其中没有 ONNX 模型")
    # What was expected and received was put together in the import worker, in English.
    expect(error).to_contain_text("应为：onnx/model.onnx（config.json 和 tokenizer.json 与 onnx 文件夹并列）")
    storage.get_by_role("button", name="English").click()
    storage.locator(".storage tbody tr").first.wait_for()


def test_of_several_dtypes_one_is_chosen_by_keyboard(storage: Page, tmp_path: Path) -> None:
    folder = own_folders.tiny(tmp_path / "variants")
    for ending in ("_fp16", "_q4f16", "_q8"):
        content = own_folders.encoder(seed=len(ending)).SerializeToString()
        (folder / f"model{ending}.onnx").write_bytes(content)
    (folder / "model_q4.onnx").write_bytes(b"broken, and not asked for")
    before = kept(storage)
    give(storage, folder)
    choice = storage.get_by_label("Variant")
    expect(choice).to_be_focused()
    assert choice.input_value() == "q8"
    assert choice.locator("option").evaluate_all("all => all.map(({ value }) => value)") == [
        "q8", "fp32", "fp16", "q4f16", "",
    ]  # fmt: skip
    storage.keyboard.press("ArrowDown")
    storage.keyboard.press("ArrowDown")
    storage.keyboard.press("Tab")
    storage.keyboard.press("Enter")
    row = storage.locator(".storage tbody tr", has_text="variants")
    expect(row).to_contain_text("fp16, your own", timeout=READY)
    content = (folder / "model_fp16.onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() in kept(storage)
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    assert kept(storage) == before


def test_an_import_that_is_cancelled_or_closed_leaves_nothing(
    storage: Page, site_url: str, tmp_path: Path
) -> None:
    folder = own_folders.large(tmp_path / "large", 2 << 30)
    before = kept(storage)
    give(storage, folder)
    until(storage, "document.querySelector('.import progress')?.value > 0")
    assert {key for key in kept(storage) if key.startswith("importing/")}
    storage.get_by_role("button", name="Cancel").click()
    expect(storage.locator(".import")).to_be_hidden(timeout=READY)
    expect(storage.locator(".error")).to_be_hidden()
    assert kept(storage) == before

    other = storage.context.new_page()
    other.goto(f"{site_url}/#/storage")
    give(other, folder)
    until(other, "document.querySelector('.import progress')?.value > 0")
    storage.reload()
    storage.locator(".storage tbody tr").first.wait_for()
    assert {key for key in kept(storage) if key.startswith("importing/")}, "it is still going on"
    other.close()
    # Waits for the lock that the import held as long as it lived.
    storage.evaluate(
        """async () => {
          const { held } = await navigator.locks.query();
          const names = held.map(({ name }) => name).filter((name) => name.startsWith("wardian-import-"));
          for (const name of names) await navigator.locks.request(name, () => null);
        }"""
    )
    assert kept(storage) > before
    storage.reload()
    storage.locator(".storage tbody tr").first.wait_for()
    assert kept(storage) == before


def test_what_the_task_cannot_open_is_not_kept(search: Page, tmp_path: Path) -> None:
    before = kept(search)
    error = search.locator(".error")
    give(search, own_folders.unknown_operator(tmp_path / "unknown"))
    expect(error).to_have_attribute("data-kind", "ModelError", timeout=READY)
    expect(error).to_contain_text("Gathr")
    ready(search, "search")
    expect(search.locator(".own-state")).to_be_empty()
    assert kept(search) == before
    bare = own_folders.tiny(tmp_path / "bare")
    (bare / "tokenizer.json").unlink()
    give(search, bare)
    expect(error).to_contain_text("There is no tokenizer.json", timeout=READY)
    assert kept(search) == before
    ask(search)
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis", timeout=READY)
    expect(error).to_be_hidden()

    # A folder that is dropped on the text is a model, and no text.
    drop(search, "#input-text", own_folders.tiny(tmp_path / "dropped"))
    using(search, "dropped")
    assert search.locator("#input-text").input_value() == TEXT
    search.locator(".own-list").select_option("")
    expect(search.locator(".own-state")).to_be_empty(timeout=READY)
    search.locator(".own-list").select_option(label="dropped (fp32)")
    using(search, "dropped")


def drop(page: Page, selector: str, *files: Path) -> None:
    box = page.locator(selector).bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + 20, "y": box["y"] + 20}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_without_space_it_runs_from_memory_and_the_page_says_so(
    search: Page, site_url: str, tmp_path: Path
) -> None:
    before = kept(search)
    session = search.context.new_cdp_session(search)
    session.send("Storage.overrideQuotaForOrigin", {"origin": site_url, "quotaSize": 1_000_000})
    give(search, own_folders.external(tmp_path / "external"))
    using(search, "external")
    expect(search.locator(".own-state")).to_contain_text("not enough space")
    expect(search.locator(".badge")).to_have_attribute("data-state", "memory", timeout=READY)
    assert kept(search) == before
    ask(search)
    expect(search.locator(".passage")).to_have_count(2, timeout=READY)
    # New workers read it from the visitor's files, too.
    for count, name in enumerate(("python_worker", "engine_worker"), 3):
        close_worker(search, name)
        search.locator("#input-text").fill("\n\n".join(f"Passage {number}." for number in range(count)))
        search.get_by_role("button", name="Run").click()
        expect(search.locator(".passage")).to_have_count(count, timeout=READY)
    using(search, "external")
    expect(search.locator(".error")).to_be_hidden()
    session.send("Storage.overrideQuotaForOrigin", {"origin": site_url})
    search.reload()
    ready(search, "search")
    expect(search.locator(".own-state")).to_be_empty()
    expect(search.locator(".error")).to_be_hidden()


def test_a_digit_model_of_ones_own_is_there_after_a_reload(page: Page, site_url: str) -> None:
    open_task(page, site_url, "digits")
    drop_model(page, own_model([1, 1, 28, 28]))
    using(page, "mine.onnx")
    for _ in range(2):
        draw_digit(page, "1")
        expect(page.locator(".answer")).to_have_text("3", timeout=READY)
        page.reload()
        ready(page, "digits")
        using(page, "mine.onnx")
    page.get_by_role("button", name="Back to the built-in model").click()
    expect(page.locator(".own-state")).to_be_empty(timeout=READY)
    page.reload()
    ready(page, "digits")
    draw_digit(page, "1")
    expect(page.locator(".answer")).to_have_text("1", timeout=READY)
