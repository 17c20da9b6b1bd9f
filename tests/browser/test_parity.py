"""Parity of the gallery, in a browser; and that it fails, by name, wherever a difference is planted.

CPython with native onnxruntime is the reference here. That it gives what Hugging Face's libraries give is
what tests/golden and tests/pipelines hold it to.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from planted import branching, looping, swapped
from playwright.sync_api import Playwright, expect
from small_onnx import model, node, value
from tests.browser.visitor import Watched

from wardian.tasks import load_task
from wardian_build import cache, cli, paths
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU
from wardian_build.commands import parity as command
from wardian_build.commands.new import begin
from wardian_build.errors import ParityError
from wardian_build.gallery.places import Places
from wardian_build.parity.alone import OnDevice
from wardian_build.parity.bisect import first_node
from wardian_build.parity.browser import Harness, opened_page
from wardian_build.parity.compare import compare_runs
from wardian_build.parity.graph import Piece
from wardian_build.parity.native import Native
from wardian_build.parity.page import PageSide
from wardian_build.parity.recorded import path_of, recorded
from wardian_build.parity.report import Report
from wardian_build.parity.run import Wanted, parity, read_task, with_smallest_case

GOLDEN = Path(__file__).parents[1] / "golden"
TASKS = sorted(path.stem for path in (GOLDEN / "tasks").glob("*.json"))
DRAWINGS = json.loads((GOLDEN / "digits.json").read_text("utf-8"))["drawings"]
#: Beyond the golden's dtype: what visitors of the page load. One model's tasks follow each other.
DTYPES = sorted(
    [(task, None) for task in TASKS] + [("search", "q8")], key=lambda row: str(load_task(row[0]).model)
)
MODEL = paths.MODELS / "mnist-cnn" / "onnx" / "model.onnx"
#: A search for a node on SwiftShader takes 10 s of a core; what it adds is the device alone.
LONG = os.environ.get("WARDIAN_PARITY_LONG") == "1"
SEARCHED = ["wasm", "webgpu"] if LONG else ["wasm"]


@pytest.fixture(scope="module")
def page(site: Path, playwright: Playwright) -> Iterator[PageSide]:
    with opened_page(site, playwright, [*SHORT_LIVED, *SOFTWARE_WEBGPU]) as opened:
        yield opened


@pytest.fixture(scope="module")
def native() -> Native:
    return Native(paths.MODELS)


@pytest.fixture(scope="module")
def compared_alone() -> set[tuple[str | None, str | None]]:
    """Models, with their dtypes, that were compared alone."""
    return set()


# ------------------------------------------------------------------------------------------ the gallery


@pytest.mark.parametrize(("task", "dtype"), DTYPES)
def test_a_task_computes_in_the_page_what_it_computes_here(
    native: Native,
    page: PageSide,
    compared_alone: set[tuple[str | None, str | None]],
    task: str,
    dtype: str | None,
) -> None:
    wanted = with_smallest_case(read_task(Places(task), dtype))
    model = load_task(task).model
    # Several tasks have one model: the first compares it alone, too.
    alone = (model, wanted.dtype) not in compared_alone
    compared_alone.add((model, wanted.dtype))
    report = parity(wanted, native, page, ["wasm"], alone)
    assert report.first is None and report.agrees, report.as_json()
    stages = {row.stage for row in report.stages}
    assert stages == ({"decode", "preprocess", "run", "answer"} if model else {"decode", "answer"})
    assert [found.device for found in report.models] == (["wasm"] if model and alone else [])
    # Python computes the same bits on both sides; only an engine may round otherwise, whose cache comes back.
    rows = [row for row in report.stages if row.stage in ("decode", "preprocess")]
    assert all(row.identical for row in rows if not row.name.startswith("past_key_values."))
    assert any(row.identical for row in rows)


def test_pictures_of_digits_and_webgpu(native: Native, page: PageSide) -> None:
    """Every kind of picture that the golden has, and the model on a (software) GPU."""
    files = [{"drawing": {"file": {"base64": each["file"]}, "name": each["name"]}} for each in DRAWINGS]
    wanted = read_task(Places("digits"))
    report = parity(Wanted("digits", wanted.source, files, "fp32", 1e-4), native, page, ["wasm", "webgpu"])
    assert report.agrees, report.as_json()
    assert {row.tensors for row in report.stages} == {len(DRAWINGS)}
    assert all(row.identical for row in report.stages if row.stage in ("decode", "preprocess"))
    on_gpu = report.models[1]
    assert on_gpu.device == "webgpu" and on_gpu.rows and not on_gpu.note and on_gpu.adapter


# ----------------------------------------------------------------------------- planted: in the task's Python

PLANTED = '''
"""A task that does something else in the browser, at WHERE."""
import sys
import numpy as np
from wardian.components import Label, Sketchpad
from wardian.task import Task

HERE = {where!r} if sys.platform == "emscripten" else ""

class Pad(Sketchpad):
    def preprocess(self, payload):
        pixels = super().preprocess(payload).copy()
        if HERE == "decode":
            pixels[160, 160, 0] ^= 1
        return pixels

async def read(drawing, pipe):
    if HERE == "preprocess":
        drawing[40:60, 40:60] = 255
    if HERE == "error":
        raise ValueError("only here")
    scores = await pipe(drawing, top_k=None)
    if HERE == "run more":
        await pipe(drawing)
    if HERE == "answer":
        scores[0]["score"] += 0.01
    return scores

task = Task(id="planted", kind="image-classification", model="mnist-cnn", title="P", description="P",
            inputs=[Pad()], outputs=[Label(labels=[str(i) for i in range(10)])], fn=read,
            packages=["pillow"])
'''

STROKES = [{"drawing": [[96, 112, 104, 84, 164, 58, 214, 102, 142, 206, 94, 258, 226, 256]]}]


def planted(where: str) -> Wanted:
    return Wanted("planted", PLANTED.format(where=where), STROKES, "fp32", 1e-4)


@pytest.mark.parametrize(
    ("where", "stage", "name", "reason"),
    [
        ("decode", "decode", "drawing", "1 of 409600 values, first at [160, 160, 0]: 1 in place of 0"),
        ("preprocess", "preprocess", "Input3", "relative difference"),
        ("run more", "preprocess", "", "is not there natively"),
        ("error", "preprocess", "", "did not happen in the page: ValueError: only here"),
        ("answer", "answer", "confidences[].score", "relative difference 0.01"),
    ],
)
def test_the_first_stage_that_differs_is_named(
    native: Native, page: PageSide, where: str, stage: str, name: str, reason: str
) -> None:
    report = parity(planted(where), native, page, ["wasm"])
    assert report.first is not None and not report.agrees
    assert (report.first.case, report.first.stage, report.first.name) == (0, stage, name)
    assert report.first.reason.startswith(reason)
    # The engine is not blamed for what Python did: alone, on native tensors, it agrees.
    assert [found.agrees for found in report.models] == [True] and report.models[0].node is None


def test_the_same_task_without_a_difference_agrees(native: Native, page: PageSide) -> None:
    assert parity(planted(""), native, page, ["wasm"]).agrees


# ----------------------------------------------------------------------------------- planted: in the engine


class AlteredPage(PageSide):
    """A page whose engine computes the node named `node` otherwise."""

    node = ""

    def _upload(self, content: bytes) -> str:
        return super()._upload(swapped(content, self.node))


def altered(page: PageSide, node: str, model: bytes | None = None) -> AlteredPage:
    made = AlteredPage(page.runner, page.folder, page.url, model=model)
    made.node = node
    return made


@pytest.mark.parametrize("device", SEARCHED)
def test_the_node_that_an_engine_computes_otherwise_is_named(
    native: Native, page: PageSide, device: str
) -> None:
    relus = [node.name for node in onnx.load(MODEL).graph.node if node.op_type == "Relu"]
    wrong = relus[len(relus) // 2]
    report = parity(planted(""), native, altered(page, wrong, MODEL.read_bytes()), [device])
    assert report.first is not None and report.first.stage == "run"
    (found,) = report.models
    assert found.device == device and found.node is not None
    assert (found.node.node, found.node.operator, found.node.alone) == (wrong, "Relu", True)
    assert found.node.inputs <= 1e-4 < found.node.outputs and found.node.optimization == "disabled"


@pytest.mark.parametrize(
    ("model", "wrong", "path"),
    [(branching(), "inner", "choice/then_branch/inner"), (looping(), "step", "repeat/body[0]/step")],
)
def test_a_node_inside_a_branch_or_a_loop_is_named(
    native: Native, page: PageSide, model: Any, wrong: str, path: str
) -> None:
    feeds = {"x": np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)}
    web = OnDevice(altered(page, wrong), "wasm")
    assert first_node(model, feeds, native, web, 1e-4).node == path
    honest = first_node(model, feeds, native, OnDevice(page, "wasm"), 1e-4)
    assert honest.node == "" and "fuses" in honest.note


@pytest.mark.skipif(not LONG, reason="several engines on SwiftShader: WARDIAN_PARITY_LONG=1")
def test_a_gpu_that_fails_the_canary_is_looked_into(native: Native, page: PageSide) -> None:
    """A page would turn to WASM; here the model runs on that GPU without its canary, and a node is named."""
    assert isinstance(page.runner, Harness)
    page.runner.run('from wardian._platform import bridge\nbridge().endEngine("parity:model")')
    page.runner.page.evaluate("window.faults.push('corrupt')")
    try:
        report = parity(with_smallest_case(read_task(Places("digits"))), native, page, ["wasm", "webgpu"])
    finally:
        page.runner.page.evaluate("window.faults.length = 0")
        page.runner.run('bridge().endEngine("parity:model")')
    on_gpu = report.models[1]
    assert report.first is None and not report.agrees
    assert "without the canary" in on_gpu.note
    assert on_gpu.node is not None and on_gpu.node.node == "convolution_0"


#: The steps of LayerNormalization, which onnxruntime makes one node of, and so rounds otherwise.
NORM = [
    node("ReduceMean", "x", "mean", "mean", axes=[-1]),
    node("Sub", "x mean", "off", "off"),
    node("Pow", "off two", "squares", "squares"),
    node("ReduceMean", "squares", "variance", "variance", axes=[-1]),
    node("Add", "variance epsilon", "more", "more"),
    node("Sqrt", "more", "deviation", "deviation"),
    node("Div", "off deviation", "normal", "normal"),
    node("Mul", "normal scale", "scaled", "scaled"),
    node("Add", "scaled shift", "y", "shifted"),
]


def test_the_engine_does_leave_the_graph_alone(page: PageSide) -> None:
    """With optimisations disabled the steps stay steps; were the setting lost, all bits would be the same."""
    weights = {"two": np.float32(2), "epsilon": np.float32(1e-5)}
    weights |= {"scale": np.full(64, 1.1, np.float32), "shift": np.full(64, 0.1, np.float32)}
    content = model(NORM, [value("x", 1, 8, 64)], [value("y", 1, 8, 64)], weights).SerializeToString()
    x = np.random.default_rng(0).normal(size=(1, 8, 64)).astype(np.float32)
    (plain,), _ = page.run_model(content, "wasm", [{"x": x}], ["y"], [{}])
    steps = page.run_bytes(content, "wasm", {"x": x}, ["y"], "disabled", {})
    assert steps["y"].tobytes() != plain["y"].tobytes()
    np.testing.assert_allclose(steps["y"], plain["y"], rtol=0, atol=2e-6)


def test_texts_go_into_a_model_and_come_out(native: Native, page: PageSide) -> None:
    """As those of scikit-learn's pipelines take them."""
    words = {"domain": "ai.onnx.ml", "keys_strings": ["fern", "moss"]}
    nodes = [
        node("Identity", "words", "same", "same"),
        node(
            "LabelEncoder", "same", "known", "known", values_strings=["a", "b"], default_string="?", **words
        ),
        node("LabelEncoder", "same", "y", "number", values_floats=[1.0, 2.0], **words),
    ]
    kinds = [value("words", "n", 2, kind=TensorProto.STRING)], [value("y", "n", 2)]
    made = model(nodes, *kinds, domains=("ai.onnx.ml",))
    made.opset_import[1].version = 2
    feeds = {"words": np.array([["fern", "moss"], ["苔", "fern"]], object)}
    names = ["known", "y"]
    content = Piece.of(made).exposing(names)
    mine = native.run_bytes(content, feeds, names, "basic", {})
    theirs = page.run_bytes(content, "wasm", feeds, names, "basic", mine)
    assert mine["known"].tolist() == theirs["known"].tolist() == [["a", "b"], ["?", "a"]]
    assert compare_runs([mine], [theirs], 0.0)[0].identical


# ------------------------------------------------------------------------------- a new task, command, page


def test_a_new_task_has_parity_from_its_first_minute(native: Native, page: PageSide, tmp_path: Path) -> None:
    places = Places("fresh-idea", tmp_path)
    with ThreadPoolExecutor(1) as pool:  # Playwright has this thread's event loop
        pool.submit(begin, places, "", "").result()
    assert parity(read_task(places), native, page, ["wasm"]).agrees
    text = places.task.read_text("utf-8")
    places.task.write_text(
        f"{text}\nimport sys\nif sys.platform == 'emscripten':\n    task.outputs[0].postprocess = repr\n"
    )
    report = parity(read_task(places), native, page, ["wasm"])
    assert report.first is not None and report.first.stage == "answer"


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, native: Native, page: PageSide) -> None:
    """The command with the browser that runs here already."""

    def compared(wanted: list[Wanted], devices: list[str], flags: list[str]) -> list[Report]:
        return [parity(each, native, page, devices) for each in wanted]

    monkeypatch.setattr(command, "_compared", compared)


@pytest.mark.usefixtures("compared")
def test_the_command_tells_agreement_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "digits.json"
    words = ["parity", "digits", "--device", "wasm", "--case", "0", "--out", str(out)]
    assert cli.main([*words, "--json"]) == 0
    written = json.loads(out.read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == written
    assert written["agrees"] and written["cases"] == 1
    assert written["native"]["python"] == sys.version.split()[0]
    # Not one bit may differ now: convolutions are summed in another order.
    assert cli.main([*words, "--tolerance", "0"]) == 1
    said = capsys.readouterr().out
    assert "The first stage that differs: run 0 of case 0, Plus214_Output_0: relative difference" in said
    assert "the first node that differs is" in said and "(Conv)" in said


def show(folder: Path, reports: list[Report], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the copy of the site in `folder` as the build does when these reports lie there."""
    monkeypatch.setattr(paths, "PARITY", folder / "recorded")
    for report in reports:
        cache.write(path_of(report.task), json.dumps(report.as_json()).encode())
    site = json.loads((folder / "site.json").read_text("utf-8"))
    content = recorded(site["tasks"])
    assert content is not None
    index = (folder / "index.html").read_text("utf-8")
    new = "static/parity-shown.json"
    integrity = "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
    changed = index.replace(f'"parity":{json.dumps(site["urls"]["parity"])}', f'"parity":"{new}"')
    changed = changed.replace('"integrity":{', f'"integrity":{{"{new}":"{integrity}",', 1)
    assert len(changed) > len(index)
    index = changed
    cache.write(folder / "static" / "parity-shown.json", content)
    cache.write(folder / "index.html", index.encode())


def test_the_page_shows_what_was_recorded(
    native: Native, page: PageSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = with_smallest_case(read_task(Places("digits")))
    wrong = parity(wanted, native, altered(page, "relu_4", MODEL.read_bytes()), ["wasm"])
    right = replace(wrong, task="search", key="of other sources", first=None, models=())
    show(page.folder, [wrong, right], monkeypatch)
    watched = Watched()
    assert isinstance(page.runner, Harness) and page.runner.page.context.browser is not None
    context = page.runner.page.context.browser.new_context(locale="en-US", service_workers="block")
    watched.watch(context)
    shown = context.new_page()
    # Nothing is computed on this page, so Python need not start: it waits for ever.
    shown.route("**/pyodide.asm.wasm", lambda route: None)
    shown.goto(f"{page.url}/#/parity")
    expect(shown.locator("#tasks [aria-current=page]")).to_have_attribute("href", "#/parity")
    digits, search = shown.locator("#parity-digits"), shown.locator("#parity-search")
    expect(digits.locator(".verdict")).to_have_text("differs")
    expect(digits.locator(".stages li")).to_have_count(5)
    expect(digits.locator(".stages li").nth(1)).to_have_attribute("data-state", "same")
    expect(digits.locator(".stages li").nth(2)).to_have_attribute("data-state", "differs")
    expect(digits.locator(".difference").nth(0)).to_contain_text(
        "Model's output #0: Plus214_Output_0: relative"
    )
    expect(digits.locator(".difference").nth(1)).to_contain_text("relu_4 (Relu)")
    expect(digits).not_to_contain_text("other sources")
    digits.locator("summary").click()
    expect(digits.locator("tbody tr")).to_have_count(len(wrong.stages) + 1)
    expect(search.locator(".verdict")).to_have_text("agrees")
    expect(search).to_contain_text("other sources")
    expect(shown.locator("#parity-tokenizer")).to_contain_text("python build.py parity tokenizer")
    shown.get_by_role("button", name="中文").click()
    expect(digits.locator(".verdict")).to_have_text("有差异")
    shown.unroute_all(behavior="ignoreErrors")
    context.close()
    watched.check()


def test_a_python_that_ends_is_an_error_and_not_a_wait(native: Native, page: PageSide) -> None:
    """The last test of this file: the page has another Python afterwards, without what was sent to it."""
    overflow = 'import json; json.loads("[" * 1_000_000)'
    deadly = PLANTED.format(where="error").replace('raise ValueError("only here")', overflow)
    with pytest.raises(ParityError, match="Python in the page"):
        parity(replace(planted(""), source=deadly), native, page, ["wasm"])
