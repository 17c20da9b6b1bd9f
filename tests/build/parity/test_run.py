"""One parity from beginning to end with a page that is played here, and what the command refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from wardian_build import cache, cli, paths
from wardian_build.commands.new import begin
from wardian_build.commands.parity import _one_case
from wardian_build.errors import BuildError, ParityError
from wardian_build.gallery.places import Places
from wardian_build.parity.compare import compare_cases
from wardian_build.parity.inside import Notes
from wardian_build.parity.native import Native
from wardian_build.parity.page import PageSide
from wardian_build.parity.recorded import key_of, path_of, recorded
from wardian_build.parity.report import as_table
from wardian_build.parity.run import parity, read_task, with_smallest_case


class Played:
    """A page that has what was computed natively, with further devices that do as they are told."""

    def __init__(self, device: str = "wasm", gpu: str = "wasm") -> None:
        self.facts = {"browser": "Mozilla/5.0 Chrome/156.0", "adapter": "a GPU"}
        self.device, self.gpu = device, gpu

    def record(self, *request: Any) -> tuple[list[Notes], Mapping[str, Any]]:
        return list(request[-1]), {"device": self.device, "python": "3.14", **self.facts}

    def run_model(
        self, model: Any, device: str, feeds: Any, fetches: Sequence[str], native: Any
    ) -> tuple[Any, str]:
        if device == "webgpu" and self.gpu == "none":
            raise ParityError("no adapter")
        return native, self.gpu if device == "webgpu" else device


def played(**options: str) -> PageSide:
    return cast(PageSide, Played(**options))


needs_models = pytest.mark.skipif(not (paths.MODELS / "mnist-cnn").is_dir(), reason="python build.py site")


@needs_models
def test_a_device_that_cannot_be_compared_is_said_and_never_passed_over() -> None:
    wanted, native = with_smallest_case(read_task(Places("digits"))), Native(paths.MODELS)
    fell_back = parity(wanted, native, played(), ["wasm", "webgpu"])
    assert fell_back.agrees and not fell_back.models[1].rows
    assert "not compared: it runs on wasm alone, webgpu fails" in as_table(fell_back)
    missing = parity(wanted, native, played(gpu="none"), ["wasm", "webgpu"])
    assert missing.agrees and missing.models[1].note == "not compared: no adapter"
    # Asked for by itself, it is an error, or no agreement.
    with pytest.raises(ParityError, match="did not run on webgpu but on wasm"):
        parity(wanted, native, played(), ["webgpu"])
    assert not parity(wanted, native, played(device="webgpu"), ["webgpu"]).agrees
    assert not parity(wanted, native, played(device="webgpu", gpu="none"), ["webgpu"]).agrees


@needs_models
def test_a_stateful_task_starts_anew_each_time() -> None:
    """The search keeps embeddings: without a fresh module the second recording would have fewer runs."""
    wanted, native = with_smallest_case(read_task(Places("search"))), Native(paths.MODELS)
    one, _ = native.record(wanted.source, "search", wanted.cases, "q8")
    two, _ = native.record(wanted.source, "search", wanted.cases, "q8")
    rows, first = compare_cases(one, two, 0.0)
    assert first is None and len(one[0].stages) == len(two[0].stages) and all(row.identical for row in rows)
    assert {"decode", "preprocess", "run", "answer"} == {stage.kind for stage in one[0].stages}


STREAM = """
import asyncio
from wardian.components import Textbox
from wardian.task import Task

async def spell(text, pipe):
    # Two runs at a time, of which the second ends first.
    await asyncio.gather(pipe([text + " and more of it"]), pipe([text]))
    for end in range(1, len(text) + 1):
        yield text[:end] + CHANGE

task = Task(id="spell", kind="feature-extraction", model="all-MiniLM-L6-v2", title="S", description="S",
            inputs=[Textbox()], outputs=[Textbox()], fn=spell)
"""


@needs_models
def test_every_answer_of_a_stream_and_runs_at_the_same_time_are_noted() -> None:
    native, cases = Native(paths.MODELS), [{"text": "abc"}]
    one, _ = native.record(STREAM.replace("CHANGE", '""'), "spell", cases, "q8")
    two, _ = native.record(STREAM.replace("CHANGE", '"!" * (end == 2)'), "spell", cases, "q8")
    assert [stage.number for stage in one[0].stages if stage.kind == "answer"] == [0, 1, 2]
    runs = {(s.kind, s.number): s.arrays for s in one[0].stages}
    for number in (0, 1):
        ids, hidden = runs["preprocess", number]["input_ids"], runs["run", number]["last_hidden_state"]
        assert ids.shape == hidden.shape[:2]
    _, first = compare_cases(one, two, 1e-4)
    assert first is not None and (first.stage, first.number) == ("answer", 1)


def test_tolerances_by_dtype() -> None:
    assert read_task(Places("search")).tolerance == 1e-4
    assert read_task(Places("search"), "q8").tolerance == 0.1
    assert read_task(Places("search"), "q8", 0.5).tolerance == 0.5
    with pytest.raises(ParityError, match="--tolerance"):
        read_task(Places("search"), "q3")


def test_a_new_task_is_ready_and_one_without_a_golden_is_refused(tmp_path: Path) -> None:
    places = Places("fresh-idea", tmp_path)
    begin(places, "", "")
    wanted = read_task(places)
    assert wanted.cases and wanted.source == places.task.read_text("utf-8")
    with pytest.raises(ParityError, match=r"--case 9: the golden of fresh-idea has the cases 0 to"):
        _one_case(wanted, 9)
    places.golden.write_text("{}")
    with pytest.raises(BuildError, match="is no golden"):
        read_task(places)
    places.golden.write_text('{"task": "fresh-idea", "cases": [{"text": "a"}]}')
    with pytest.raises(BuildError, match=r"inputs by name in case 0[\s\S]*new fresh-idea --again`"):
        read_task(places)
    places.golden.write_text('{"task": "fresh-idea", "cases": [{"inputs": {"words": "a"}}]}')
    said = r"other inputs than the task, in case 0\n  expected text\n  received words\n[\s\S]*--again`"
    with pytest.raises(BuildError, match=said):
        read_task(places)
    places.golden.unlink()
    with pytest.raises(ParityError, match=r"`build\.py new fresh-idea --again` records it"):
        read_task(places)


def test_a_task_that_fails_here_is_no_difference(tmp_path: Path) -> None:
    places = Places("fresh-idea", tmp_path)
    begin(places, "", "")
    source = places.task.read_text("utf-8") + "\nasync def broken(*_, **services):\n    raise KeyError('x')\n"
    source += "object.__setattr__(task, 'call', broken)\n"
    wanted = read_task(places)
    with pytest.raises(ParityError, match=r"fails in CPython, case 0: KeyError[\s\S]*new fresh-idea --again"):
        Native(tmp_path).record(source, "fresh-idea", wanted.cases, None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["digit"], "there is no task 'digit'\n  expected one of ask, "),
        (["Digits"], "'Digits' cannot be the id of a task"),
        (["digits", "--case", "7"], "--case 7: the golden of digits has the cases 0 to 2"),
        (["digits", "search", "--out", "x.json"], "--out takes the report of one task; 2 are asked for"),
        (["digits", "--tolerance", "-1"], "--tolerance -1.0: expected a number"),
        (["digits", "--device", "wasm"], "parity needs Chromium; found no-such-browser"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_next_step(
    words: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROME", "no-such-browser")
    assert cli.main(["parity", *words]) == 1
    assert message in capsys.readouterr().err


def test_the_site_takes_reports_of_its_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PARITY", tmp_path)
    tasks = [{"id": "digits", "model": "mnist-cnn"}, {"id": "search", "model": "all-MiniLM-L6-v2"}]
    assert recorded(tasks) is None
    cache.write(path_of("digits"), json.dumps({"format": 1, "key": key_of("digits", "mnist-cnn")}).encode())
    cache.write(path_of("search"), json.dumps({"format": 1, "key": "older"}).encode())
    cache.write(path_of("unknown"), b"{}")
    found = json.loads(recorded(tasks) or b"{}")["reports"]
    assert {name: report["current"] for name, report in found.items()} == {"digits": True, "search": False}
    # Another version's form is not shown; a file that is none is said.
    cache.write(path_of("search"), b'{"format": 0}')
    assert list(json.loads(recorded(tasks) or b"{}")["reports"]) == ["digits"]
    cache.write(path_of("search"), b"{")
    with pytest.raises(BuildError, match=r"build\.py parity search"):
        recorded(tasks)


def test_nan_crosses_json() -> None:
    """What JavaScript reads must be JSON: Python would write NaN."""
    native, page = Notes(), Notes()
    native.add("answer", {"x": np.float64([1.0])})
    page.add("answer", {"x": np.float64([np.nan])})
    rows, _ = compare_cases([native], [page], 1e-4)
    figures = [rows[0].max_abs, rows[0].relative, rows[0].cosine]
    assert np.isfinite(figures).all()
