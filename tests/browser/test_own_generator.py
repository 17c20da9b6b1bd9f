"""A visitor's own model that writes: from code on any page, word by word, and in Chat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_llama
from playwright.sync_api import Page, expect
from tests.browser import own_folders
from tests.browser.test_own_models import give, kept, using
from tests.browser.visiting import open_task

OPEN = """async (model) => {
  const { pipeline } = await import("/wardian.js");
  window.chat = await pipeline("text-generation", model, { device: "wasm" });
  /** All deltas of a stream; `stop(count)` may abort, or say that the loop is left. */
  window.read = async (input, options, stop = () => false) => {
    const deltas = [];
    try {
      for await (const delta of chat.stream(input, options)) {
        deltas.push(delta);
        if (stop(deltas.length)) break;
      }
    } catch (error) {
      return { deltas, error: error.wire };
    }
    return { deltas };
  };
}"""
MANIFEST = """async () => {
  const cache = await caches.open("wardian-models");
  const key = (await cache.keys()).find(({ url }) => url.includes("present/local"));
  return (await (await cache.match(key)).json()).own;
}"""
MESSAGES = [{"role": "user", "content": "abcab"}]


@pytest.fixture(scope="module")
def chat(storage: Page, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page with a pipeline over the folder, `window.chat`, and `window.read` for its streams."""
    give(storage, own_folders.generator(tmp_path_factory.mktemp("given") / "tiny writer"))
    expect(storage.locator(".storage tbody tr", has_text="tiny writer")).to_be_visible()
    [marker] = [key for key in kept(storage) if key.startswith("present/local")]
    storage.evaluate(OPEN, marker.split("/")[1].replace("%2F", "/"))
    return storage


def read(page: Page, code: str) -> Any:
    return page.evaluate(f"async (messages) => {{ {code} }}", MESSAGES)


def test_what_is_kept_of_it_says_its_memory_and_device(chat: Page) -> None:
    own = chat.evaluate(MANIFEST)
    width, heads = tiny_llama.WIDTH, tiny_llama.GROUPS
    cache = 2 * tiny_llama.LAYERS * heads * width * 4
    assert own["decoder"] == {"cache": cache, "heads": tiny_llama.HEADS, "context": 64}
    # Its graph for WebGPU was not given.
    assert own["devices"] == ["wasm"] and "device_dtypes" not in own


def test_a_stream_gives_what_a_call_gives(chat: Page) -> None:
    found = read(
        chat,
        """
        const options = { max_new_tokens: 12 };
        const { deltas, error } = await window.read(messages, options);
        const [whole] = await window.chat(messages, { ...options, return_full_text: false });
        return { deltas, error, whole: whole.generated_text };
    """,
    )
    assert found["error"] is None
    deltas = found["deltas"]
    assert "".join(one["text"] for one in deltas) == found["whole"] and found["whole"]
    assert [one["tokens"] for one in deltas] == list(range(1, 13))
    assert [one["finish_reason"] for one in deltas] == [None] * 11 + ["length"]
    assert 0 < deltas[0]["first_token_seconds"] <= deltas[-1]["seconds"]


def test_a_stream_stops_within_a_token(chat: Page) -> None:
    """By a signal, and by leaving the loop; the model stays open, and the next answer is the same."""
    found = read(
        chat,
        """
        const options = { max_new_tokens: 50 };
        const controller = new AbortController();
        const aborted = await window.read(messages, { ...options, signal: controller.signal }, (count) => {
          if (count === 3) controller.abort();
          return false;
        });
        const left = await window.read(messages, options, (count) => count === 3);
        const early = AbortSignal.abort();
        const never = await window.read(messages, { ...options, signal: early });
        const after = await window.read(messages, options);
        return { aborted, left, never, after };
    """,
    )
    assert found["aborted"]["error"]["kind"] == "CancelledError"
    assert found["never"] == {"deltas": [], "error": found["never"]["error"]}
    assert found["never"]["error"]["kind"] == "CancelledError"
    texts = {name: [one["text"] for one in found[name]["deltas"]] for name in ("aborted", "left", "after")}
    assert len(texts["aborted"]) == len(texts["left"]) == 3
    assert texts["aborted"] == texts["left"] == texts["after"][:3] and len(texts["after"]) == 50


def test_what_cannot_be_streamed_is_an_error(chat: Page) -> None:
    found = read(
        chat,
        """
        const said = [];
        for (const options of [{ num_beams: 2 }, { temperatur: 1 }, { max_new_tokens: 0 }]) {
          said.push((await window.read(messages, options)).error);
        }
        said.push((await window.read([], {})).error);
        const { pipeline } = await import("/wardian.js");
        const digits = await pipeline("image-classification", "mnist-cnn");
        const stream = digits.stream(new Uint8Array(1))[Symbol.asyncIterator]();
        said.push(await stream.next().then(() => null, (error) => error.wire));
        return said;
    """,
    )
    assert [one["kind"] for one in found] == ["InputError", "UnknownNameError", *["InputError"] * 3]
    assert "as a whole" in found[-1]["message"]


def test_a_decoder_under_its_older_name_is_taken(storage: Page, site_url: str, tmp_path: Path) -> None:
    folder = own_folders.generator(tmp_path / "older writer")
    [model] = (folder / "onnx").glob("model_*.onnx")
    model.rename(model.with_name(model.name.replace("model", "decoder_model_merged")))
    storage.goto(f"{site_url}/#/storage")
    give(storage, folder)
    expect(storage.locator(".storage tbody tr", has_text="older writer")).to_be_visible()
    [marker] = [key for key in kept(storage) if key.startswith("present/local") and "older" in key]
    found = storage.evaluate(
        """async ([model, messages]) => {
          const { pipeline } = await import("/wardian.js");
          const writer = await pipeline("text-generation", model, { device: "wasm" });
          const [answer] = await writer(messages, { max_new_tokens: 5, return_full_text: false });
          await writer.dispose();
          return answer.generated_text;
        }""",
        [marker.split("/")[1].replace("%2F", "/"), MESSAGES],
    )
    assert found


def test_chat_takes_a_folder(storage: Page, site_url: str, tmp_path: Path) -> None:
    """Given in the settings, it answers; after a reload, too; and the shipped model can be had again."""
    open_task(storage, site_url, "chat")
    expect(storage.locator(".status-memory")).to_contain_text("GB of memory")
    storage.get_by_text("Settings", exact=True).click()
    give(storage, own_folders.generator(tmp_path / "tiny writer"))
    using(storage, "tiny writer")
    expect(storage.locator(".status-memory")).to_have_text("")
    for count in (1, 2):
        storage.wait_for_selector("#task-chat .status[data-state='ready']")
        storage.locator("#input-dialogue").fill("abc")
        storage.locator("#input-dialogue").press("Enter")
        answers = storage.locator(".turn.assistant:not(.writing) .markdown")
        expect(answers).to_have_count(count)
        expect(answers.last).not_to_have_text("")
        storage.reload()
        using(storage, "tiny writer")
    storage.get_by_role("button", name="Back to the built-in model").click()
    expect(storage.locator(".status-memory")).to_contain_text("GB of memory")
