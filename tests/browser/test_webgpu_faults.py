"""WebGPU that miscalculates, is lost, or refuses: the answer is right all the same, and a note says why.

The adapter is SwiftShader, so the models are tiny.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from playwright.sync_api import Browser, Page, Playwright
from tests.browser.visiting import CHROME, open_harness, until

from wardian_build import paths
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU


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


def onnx_bytes(nodes: list[Any], dims: list[Any], constants: list[Any], operators: str = "") -> list[int]:
    """A visitor's own model: x → y, float32."""
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, d) for name, d in (("x", dims), ("y", None))
    )
    graph = helper.make_graph(nodes, "own", [x], [y], constants)
    opsets = [helper.make_opsetid("", 13), *([helper.make_opsetid(operators, 1)] if operators else [])]
    return list(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def doubling(length: int | str, rows: int = 3) -> list[int]:
    """y = x · M, M = 2 I: only for x of as many columns, whatever the declaration says."""
    matrix = helper.make_tensor("m", TensorProto.FLOAT, [rows, rows], (2 * np.eye(rows)).ravel().tolist())
    return onnx_bytes([helper.make_node("MatMul", ["x", "m"], ["y"])], [2, length], [matrix])


OWN = """
from wardian.session import open_session
import numpy as np
session = await open_session(bytes({model}), device="webgpu", owner="gpu")
async def doubled(columns):
    x = np.arange(2 * columns, dtype="float32").reshape(2, columns) + 1
    return (await session.run({{"x": x}}))["y"].ravel().tolist()
session.device
"""
DOUBLED = [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]


def test_an_own_model_is_compared_with_wasm(page: Page) -> None:
    assert run(page, OWN.format(model=doubling(3))) == "webgpu"
    assert run(page, "await doubled(3)") == DOUBLED
    assert page.evaluate("window.notes") == [] and engines_started(page) == 1


def test_an_own_model_on_a_gpu_that_miscalculates(page: Page) -> None:
    """No reference came with it; the one that WASM gives tells."""
    spoil(page, "corrupt")
    assert run(page, OWN.format(model=doubling(3))) == "wasm"
    assert run(page, "await doubled(3)") == DOUBLED
    (note,) = page.evaluate("window.notes")
    assert (note["device"], note["reason"]) == ("wasm", "canary") and "off by" in note["received"]
    assert engines_started(page) == 3


def test_lengths_that_cannot_be_guessed_are_compared_in_the_first_run(page: Page) -> None:
    """`columns` is guessed to be 1, which the model does not take: its first real input proves the GPU."""
    spoil(page, "", "corrupt")
    assert run(page, OWN.format(model=doubling("columns"))) == "webgpu"
    # An input that fits nowhere proves nothing, and is an error as ever.
    code = "try:\n    await doubled(4)\nexcept Exception as error:\n    kind = type(error).__name__\nkind"
    assert run(page, code) == "ModelError"
    # The engine after that failed run has the GPU that miscalculates, as has the one after it.
    assert run(page, "await doubled(3)") == DOUBLED
    assert run(page, "session.device") == "wasm" and engines_started(page) == 4
    assert [note["reason"] for note in page.evaluate("window.notes")] == ["canary"]


def test_a_model_that_wasm_cannot_open_is_said_to_be_unchecked(page: Page) -> None:
    """BiasAdd of onnxruntime has kernels for GPUs alone."""
    names = ["x", "bias", "skip"]
    zeros = [
        helper.make_tensor("bias", TensorProto.FLOAT, [320], [1.0] * 320),
        helper.make_tensor("skip", TensorProto.FLOAT, [1, 2, 320], [0.0] * 640),
    ]
    node = helper.make_node("BiasAdd", names, ["y"], domain="com.microsoft")
    model = onnx_bytes([node], [1, 2, 320], zeros, "com.microsoft")
    assert run(page, OWN.format(model=model)) == "webgpu"
    code = "(await session.run({'x': np.ones((1, 2, 320), 'float32')}))['y'].ravel()[:2].tolist()"
    assert run(page, code) == [2.0, 2.0]
    (note,) = page.evaluate("window.notes")
    assert (note["device"], note["reason"]) == ("webgpu", "unchecked") and "BiasAdd" in note["received"]
