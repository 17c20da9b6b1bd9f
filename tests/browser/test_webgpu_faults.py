"""WebGPU that miscalculates, is lost, or refuses: the answer is right all the same, and a note says why.

The adapter is SwiftShader, so the models are tiny.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright
from tests.browser.visiting import CHROME, SHORT_LIVED, SOFTWARE_WEBGPU, open_harness, until

from wardian_build import paths


@pytest.fixture(scope="module")
def gpu_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    yield browser
    browser.close()


LISTEN = """() => {
  window.notes = [];
  window.runtime.on("device", (note) => window.notes.push(note));
}"""


@pytest.fixture
def page(gpu_browser: Browser, harness_url: str) -> Iterator[Page]:
    context = gpu_browser.new_context()
    page: Page = open_harness(context, harness_url)._page
    page.evaluate(LISTEN)
    yield page
    context.close()


OPEN = """
from wardian.hub import open_model
from wardian.session import open_session
import numpy as np
folder = await open_model("mnist-cnn")
session = await open_session(await folder.onnx(), device="webgpu", owner="gpu")
async def logits():
    return (await session.run({"Input3": image}))["Plus214_Output_0"].ravel().tolist()
image = (np.arange(784) * 40504 % 65536 / 65536).astype("float32").reshape(1, 1, 28, 28)
session.device
"""

REOPEN = """
await session.close()
session = await open_session(await folder.onnx(), device="webgpu", owner="gpu")
session.device
"""


def run(page: Page, code: str) -> Any:
    return page.evaluate("(code) => window.runPython(code)", code)


def reference() -> list[float]:
    import onnxruntime

    image = (np.arange(784) * 40504 % 65536 / 65536).astype("float32").reshape(1, 1, 28, 28)
    session = onnxruntime.InferenceSession(str(paths.MODELS / "mnist-cnn" / "onnx" / "model.onnx"))
    return session.run(None, {"Input3": image})[0].ravel().tolist()


def assert_right(logits: list[float]) -> None:
    # Two engines in float32; what the faults do to the numbers is beyond 1e-2.
    assert logits == pytest.approx(reference(), abs=1e-4)


def spoil(page: Page, *faults: str) -> None:
    page.evaluate("(faults) => { window.faults.push(...faults); }", list(faults))


def engines_started(page: Page) -> int:
    return page.evaluate("window.engineCount")


def test_a_sound_gpu_passes_the_canary(page: Page) -> None:
    assert run(page, OPEN) == "webgpu"
    assert_right(run(page, "await logits()"))
    # onnxruntime gives the device up with its last session: nothing was lost.
    for _ in range(2):
        assert run(page, REOPEN) == "webgpu"
        assert_right(run(page, "await logits()"))
    assert page.evaluate("window.notes") == [] and engines_started(page) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("corrupt", "canary"), ("lost", "lost"), ("refuse", "failed"), ("memory", "memory")],
)
def test_a_gpu_at_fault_gives_way_to_wasm_with_a_note(page: Page, fault: str, reason: str) -> None:
    spoil(page, fault)
    assert run(page, OPEN) == "wasm"
    assert_right(run(page, "await logits()"))
    # One engine, the one built again, and the one on WASM.
    assert engines_started(page) == 3
    (note,) = page.evaluate("window.notes")
    assert (note["owner"], note["device"], note["reason"]) == ("gpu", "wasm", reason)
    assert note["received"]
    if fault == "memory":
        assert "OUT_OF_DEVICE_MEMORY" in note["received"], "not the browser's own error"


def test_a_fault_that_passes_costs_one_engine(page: Page) -> None:
    spoil(page, "corrupt", "")
    assert run(page, OPEN) == "webgpu"
    assert_right(run(page, "await logits()"))
    assert engines_started(page) == 2 and page.evaluate("window.notes") == []


def test_memory_that_runs_out_after_the_canary(page: Page) -> None:
    """A run fails in an engine that was sound: the answer is right all the same, in a new one."""
    assert run(page, OPEN) == "webgpu"
    message = {"type": "test-fault", "fault": "memory"}
    page.evaluate("(message) => window.workers.get('wardian-engine gpu').postMessage(message)", message)
    assert_right(run(page, "await logits()"))
    assert engines_started(page) == 2 and page.evaluate("window.notes") == []


LOSE = "() => window.workers.get('wardian-engine gpu').postMessage({ type: 'test-lose' })"


def test_a_device_lost_between_runs(page: Page) -> None:
    assert run(page, OPEN) == "webgpu"
    assert_right(run(page, "await logits()"))
    page.evaluate(LOSE)
    assert_right(run(page, "await logits()"))
    assert run(page, "session.device") == "webgpu" and engines_started(page) == 2
    page.evaluate(LOSE)
    assert_right(run(page, "await logits()"))
    assert run(page, "session.device") == "wasm" and engines_started(page) == 3
    assert [note["reason"] for note in page.evaluate("window.notes")] == ["lost"]


def test_a_device_lost_during_a_run(page: Page) -> None:
    assert run(page, OPEN) == "webgpu"
    page.evaluate("() => { window.runPython('await logits()').then((logits) => (window.answer = logits)); }")
    page.evaluate(LOSE)
    until(page, "window.answer")
    assert_right(page.evaluate("window.answer"))


def test_a_bad_input_is_not_the_gpus_fault(page: Page) -> None:
    assert run(page, OPEN) == "webgpu"
    code = """
try:
    await session.run({"Input3": np.zeros((1, 1, 5, 5), "float32")})
except Exception as error:
    kind = type(error).__name__
kind
"""
    assert run(page, code) == "TensorError"
    assert_right(run(page, "await logits()"))
    assert page.evaluate("window.notes") == []
