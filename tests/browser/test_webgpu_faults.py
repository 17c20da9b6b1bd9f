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
from tests.browser.visitor import FAILED

from wardian_build import paths
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU


@pytest.fixture(scope="module")
def gpu_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    yield browser
    browser.close()


LISTEN = """() => {
  window.engineCount = 0;
  window.notes = [];
  window.runtime.on("device", (note) => window.notes.push(note));
}"""


class Bench:
    """A page for one test after the other, each with an owner of its own, until a GPU was at fault."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = open_harness(browser.new_context(), url)._page
        self.page.evaluate(LISTEN)
        self.engines = 0
        self.owner = ""
        #: The page remembers what it knows of the GPU.
        self.spoilt = False

    def begin(self, owner: str) -> None:
        self.owner = owner
        self.engines = self.page.evaluate("window.engineCount")

    def run(self, code: str) -> Any:
        return self.page.evaluate("(code) => window.runPython(code)", code.replace("OWNER", repr(self.owner)))

    def logits(self) -> list[float]:
        found: list[float] = self.run("await logits()")
        return found

    def spoil(self, *faults: str) -> None:
        """What the GPU of each engine from now on does wrong."""
        self.spoilt = True
        self.page.evaluate("(faults) => { window.faults.push(...faults); }", list(faults))

    def tell(self, **message: str) -> None:
        """Spoil the engine that runs."""
        self.spoilt = True
        code = "([name, message]) => window.workers.get(name).postMessage(message)"
        self.page.evaluate(code, [f"wardian-engine {self.owner}", message])

    def notes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("window.notes")
        return found

    def engines_started(self) -> int:
        count: int = self.page.evaluate("window.engineCount")
        return count - self.engines

    def end(self) -> None:
        self.run("await session.close()")
        self.page.evaluate("(owner) => window.runtime.endEngine(owner)", self.owner)
        self.page.evaluate("() => { window.notes.length = 0; }")


@pytest.fixture(scope="module")
def benches(gpu_browser: Browser, harness_url: str) -> Iterator[list[Bench]]:
    """The page that is open, if one is."""
    found: list[Bench] = []
    yield found
    for bench in found:
        bench.page.context.close()


@pytest.fixture
def bench(
    gpu_browser: Browser, harness_url: str, benches: list[Bench], request: pytest.FixtureRequest
) -> Iterator[Bench]:
    if not benches:
        benches.append(Bench(gpu_browser, harness_url))
    [bench] = benches
    bench.begin(request.node.name)
    yield bench
    if bench.spoilt or request.node.stash.get(FAILED, False):
        benches.pop().page.context.close()
    else:
        bench.end()


OPEN = """
from wardian.hub import open_model
from wardian.session import open_session
import numpy as np
folder = await open_model("mnist-cnn")
session = await open_session(await folder.onnx(), device="webgpu", owner=OWNER)
async def logits():
    return (await session.run({"Input3": image}))["Plus214_Output_0"].ravel().tolist()
image = (np.arange(784) * 40504 % 65536 / 65536).astype("float32").reshape(1, 1, 28, 28)
session.device
"""

REOPEN = """
await session.close()
session = await open_session(await folder.onnx(), device="webgpu", owner=OWNER)
session.device
"""


def reference() -> list[float]:
    import onnxruntime

    image = (np.arange(784) * 40504 % 65536 / 65536).astype("float32").reshape(1, 1, 28, 28)
    session = onnxruntime.InferenceSession(str(paths.MODELS / "mnist-cnn" / "onnx" / "model.onnx"))
    return session.run(None, {"Input3": image})[0].ravel().tolist()


def assert_right(logits: list[float]) -> None:
    # Two engines in float32; what the faults do to the numbers is beyond 1e-2.
    assert logits == pytest.approx(reference(), abs=1e-4)


def test_a_sound_gpu_passes_the_canary(bench: Bench) -> None:
    assert bench.run(OPEN) == "webgpu"
    assert_right(bench.logits())
    # onnxruntime gives the device up with its last session: nothing was lost.
    for _ in range(2):
        assert bench.run(REOPEN) == "webgpu"
        assert_right(bench.logits())
    assert bench.notes() == [] and bench.engines_started() == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("corrupt", "canary"), ("lost", "lost"), ("refuse", "failed"), ("memory", "memory")],
)
def test_a_gpu_at_fault_gives_way_to_wasm_with_a_note(bench: Bench, fault: str, reason: str) -> None:
    bench.spoil(fault)
    assert bench.run(OPEN) == "wasm"
    assert_right(bench.logits())
    # One engine, the one built again, and the one on WASM.
    assert bench.engines_started() == 3
    (note,) = bench.notes()
    assert (note["owner"], note["device"], note["reason"]) == (bench.owner, "wasm", reason)
    assert note["received"]
    if fault == "memory":
        assert "OUT_OF_DEVICE_MEMORY" in note["received"], "not the browser's own error"


def test_a_fault_that_passes_costs_one_engine(bench: Bench) -> None:
    bench.spoil("corrupt", "")
    assert bench.run(OPEN) == "webgpu"
    assert_right(bench.logits())
    assert bench.engines_started() == 2 and bench.notes() == []


def test_memory_that_runs_out_after_the_canary(bench: Bench) -> None:
    """A run fails in an engine that was sound: the answer is right all the same, in a new one."""
    assert bench.run(OPEN) == "webgpu"
    bench.tell(type="test-fault", fault="memory")
    assert_right(bench.logits())
    assert bench.engines_started() == 2 and bench.notes() == []


def test_a_device_lost_between_runs(bench: Bench) -> None:
    assert bench.run(OPEN) == "webgpu"
    assert_right(bench.logits())
    bench.tell(type="test-lose")
    assert_right(bench.logits())
    assert bench.run("session.device") == "webgpu" and bench.engines_started() == 2
    bench.tell(type="test-lose")
    assert_right(bench.logits())
    assert bench.run("session.device") == "wasm" and bench.engines_started() == 3
    assert [note["reason"] for note in bench.notes()] == ["lost"]


def test_a_device_lost_during_a_run(bench: Bench) -> None:
    assert bench.run(OPEN) == "webgpu"
    page = bench.page
    page.evaluate("() => { window.runPython('await logits()').then((logits) => (window.answer = logits)); }")
    bench.tell(type="test-lose")
    until(page, "window.answer")
    assert_right(page.evaluate("window.answer"))


def test_a_bad_input_is_not_the_gpus_fault(bench: Bench) -> None:
    assert bench.run(OPEN) == "webgpu"
    code = """
try:
    await session.run({"Input3": np.zeros((1, 1, 5, 5), "float32")})
except Exception as error:
    kind = type(error).__name__
kind
"""
    assert bench.run(code) == "TensorError"
    assert_right(bench.logits())
    assert bench.notes() == []


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
session = await open_session(bytes({model}), device="webgpu", owner=OWNER)
async def doubled(columns):
    x = np.arange(2 * columns, dtype="float32").reshape(2, columns) + 1
    return (await session.run({{"x": x}}))["y"].ravel().tolist()
session.device
"""
DOUBLED = [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]


def test_an_own_model_is_compared_with_wasm(bench: Bench) -> None:
    assert bench.run(OWN.format(model=doubling(3))) == "webgpu"
    assert bench.run("await doubled(3)") == DOUBLED
    assert bench.notes() == [] and bench.engines_started() == 1


def test_an_own_model_on_a_gpu_that_miscalculates(bench: Bench) -> None:
    """No reference came with it; the one that WASM gives tells."""
    bench.spoil("corrupt")
    assert bench.run(OWN.format(model=doubling(3))) == "wasm"
    assert bench.run("await doubled(3)") == DOUBLED
    (note,) = bench.notes()
    assert (note["device"], note["reason"]) == ("wasm", "canary") and "off by" in note["received"]
    assert bench.engines_started() == 3


def test_lengths_that_cannot_be_guessed_are_compared_in_the_first_run(bench: Bench) -> None:
    """`columns` is guessed to be 1, which the model does not take: its first real input proves the GPU."""
    bench.spoil("", "corrupt")
    assert bench.run(OWN.format(model=doubling("columns"))) == "webgpu"
    # An input that fits nowhere proves nothing, and is an error as ever.
    code = "try:\n    await doubled(4)\nexcept Exception as error:\n    kind = type(error).__name__\nkind"
    assert bench.run(code) == "ModelError"
    # The engine after that failed run has the GPU that miscalculates, as has the one after it.
    assert bench.run("await doubled(3)") == DOUBLED
    assert bench.run("session.device") == "wasm" and bench.engines_started() == 4
    assert [note["reason"] for note in bench.notes()] == ["canary"]


def test_a_model_that_wasm_cannot_open_is_said_to_be_unchecked(bench: Bench) -> None:
    """BiasAdd of onnxruntime has kernels for GPUs alone."""
    names = ["x", "bias", "skip"]
    zeros = [
        helper.make_tensor("bias", TensorProto.FLOAT, [320], [1.0] * 320),
        helper.make_tensor("skip", TensorProto.FLOAT, [1, 2, 320], [0.0] * 640),
    ]
    node = helper.make_node("BiasAdd", names, ["y"], domain="com.microsoft")
    model = onnx_bytes([node], [1, 2, 320], zeros, "com.microsoft")
    assert bench.run(OWN.format(model=model)) == "webgpu"
    code = "(await session.run({'x': np.ones((1, 2, 320), 'float32')}))['y'].ravel()[:2].tolist()"
    assert bench.run(code) == [2.0, 2.0]
    (note,) = bench.notes()
    assert (note["device"], note["reason"]) == ("webgpu", "unchecked") and "BiasAdd" in note["received"]
