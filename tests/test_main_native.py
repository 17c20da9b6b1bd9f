"""The command line and the whole path under CPython: files, model folder, native onnxruntime, answer."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from support import TESTS, run
from wardian import pipeline
from wardian.__main__ import main
from wardian.errors import DeviceError, InputError, ModelError, UnknownNameError
from wardian.tasks import task_ids
from wardian.worker import Worker

_spec = importlib.util.spec_from_file_location("own_models", TESTS / "golden" / "own_models.py")
assert _spec is not None and _spec.loader is not None
own_models = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(own_models)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of models with a `mnist-cnn` that always answers 3."""
    folder = tmp_path / "models" / "mnist-cnn"
    (folder / "onnx").mkdir(parents=True)
    (folder / "onnx" / "model.onnx").write_bytes(own_models.constant_model(3))
    (folder / "config.json").write_text(json.dumps({"id2label": {str(n): str(n) for n in range(10)}}))
    (folder / "preprocessor_config.json").write_text('{"image_processor_type": "MnistImageProcessor"}')
    monkeypatch.setenv("WARDIAN_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    image = PIL.Image.new("RGB", (100, 120), "white")
    PIL.ImageDraw.Draw(image).line([(50, 20), (50, 100)], fill="black", width=9)
    image.save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


def test_run_digits_as_json(models: Path, drawing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "digits", str(drawing), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["task"] == "digits" and answer["outputs"][0]["label"] == "3"
    scores = [item["score"] for item in answer["outputs"][0]["confidences"]]
    assert len(scores) == 10 and sum(scores) == pytest.approx(1, abs=1e-6)
    # Logits 5 and nine times 0.
    assert scores[3] == pytest.approx(np.exp(5) / (np.exp(5) + 9), rel=1e-6)


def test_run_digits_for_people(models: Path, drawing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "digits", str(drawing)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == " 94.28%  3"


def test_as_a_program(models: Path, drawing: Path) -> None:
    command = [sys.executable, "-m", "wardian", "run", "digits", str(drawing), "--json"]
    source = str(TESTS.parent / "py")
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": source, "WARDIAN_MODELS": str(models)}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outputs"][0]["label"] == "3"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "digts", "x.png"], 2, "Did you mean 'digits'"),
        (["run"], 2, "TASK"),
        (["run", "search", "query"], 2, "--text"),
        (["fly"], 2, "fly"),
        ([], 2, "COMMAND"),
        (["run", "digits", "missing.png"], 1, "missing.png"),
        (["run", "digits", __file__], 1, "test_main_native.py"),
        (["run", "search", "--text", "missing.txt", "q"], 1, "missing.txt"),
        (["run", "digits", "DRAWING", "--device", "tpu"], 1, "tpu"),
        (["run", "digits", "DRAWING", "--device", "webgpu"], 1, "in the browser only"),
        (["run", "digits", "DRAWING", "--dtype", "q8"], 1, "expected one of fp32"),
        (["run", "digits", "DRAWING", "--threads", "-1"], 1, "threads"),
        (["run", "digits", "DRAWING", "--models", "nowhere"], 1, "nowhere"),
    ],
)
def test_mistakes(
    models: Path,
    drawing: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    assert main([str(drawing) if part == "DRAWING" else part for part in arguments]) == code
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == ""
    assert "Traceback" not in captured.err


def test_text_that_is_not_text(models: Path, drawing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "search", "--text", str(drawing), "q"]) == 1
    assert "UTF-8" in capsys.readouterr().err


def test_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks"]) == 0
    ids = task_ids()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ids
    assert main(["tasks", "--json"]) == 0
    assert [task["id"] for task in json.loads(capsys.readouterr().out)] == ids


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "search", "--help"]) == 0
    assert "--text FILE" in capsys.readouterr().out


# ------------------------------------------------------------------- the worker with real sessions and files


async def last(worker: Worker, **request: Any) -> dict[str, Any]:
    return [answer async for answer in worker.handle(request)][-1]


def strokes(drawing: Path) -> dict[str, Any]:
    return {"drawing": {"file": drawing.read_bytes(), "name": drawing.name}}


def test_a_model_dropped_in_by_the_user(models: Path, drawing: Path) -> None:
    async def scenario() -> None:
        worker = Worker(models_dir=models)

        async def label() -> str:
            answer = await last(worker, op="run_task", task="digits", inputs=strokes(drawing))
            return str(answer["value"]["outputs"][0]["label"])

        assert await label() == "3"
        fits = own_models.constant_model(8)
        answer = await last(worker, op="use_model", task="digits", name="own.onnx", model=fits)
        assert answer["value"]["device"] == "cpu" and await label() == "8"
        for name, content in own_models.unfit_models().items():
            answer = await last(worker, op="use_model", task="digits", name=name, model=content)
            assert answer["type"] == "error" and answer["error"]["kind"] == "ModelError", (name, answer)
            assert answer["error"]["details"] is None
            assert await label() == "8"
        await last(worker, op="use_model", task="digits", name="", model=None)
        assert await label() == "3"

    run(scenario())


def test_a_cancelled_task_can_be_run_again(models: Path, drawing: Path) -> None:
    import asyncio

    async def scenario() -> None:
        worker = Worker(models_dir=models)
        request = asyncio.ensure_future(last(worker, op="run_task", task="digits", inputs=strokes(drawing)))
        await asyncio.sleep(0)
        request.cancel()
        assert (await request)["error"]["kind"] == "CancelledError"
        assert (await last(worker, op="run_task", task="digits", inputs=strokes(drawing)))["type"] == "result"

    run(scenario())


# -------------------------------------------------------------------------------------- wardian.pipeline


def test_pipeline_is_closed_by_with(models: Path, drawing: Path) -> None:
    async def scenario() -> None:
        async with await pipeline("image-classification", "mnist-cnn", models_dir=models, threads=1) as pipe:
            assert (pipe.device, pipe.dtype, pipe.threads) == ("cpu", "fp32", 1)
            assert (await pipe(drawing, top_k=1))[0]["label"] == "3"
        with pytest.raises(Exception, match="closed"):
            await pipe(drawing)

    run(scenario())


@pytest.mark.parametrize(
    ("arguments", "options", "kind"),
    [
        (("image-clasification",), {}, UnknownNameError),
        (("image-classification", "mnist"), {}, UnknownNameError),
        (("image-classification", "../mnist-cnn"), {}, InputError),
        (("image-classification", 3), {}, InputError),
        (("image-classification", "mnist-cnn"), {"dtype": "int3"}, UnknownNameError),
        (("image-classification", "mnist-cnn"), {"device": "cuda:0"}, DeviceError),
        (("image-classification", "mnist-cnn"), {"threads": 1.5}, InputError),
        (("feature-extraction", "mnist-cnn"), {}, UnknownNameError),
    ],
)
def test_wrong_names(
    models: Path, arguments: tuple[Any, ...], options: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        run(pipeline(*arguments, models_dir=models, **options))


def test_a_broken_model_file(models: Path) -> None:
    (models / "mnist-cnn" / "onnx" / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        run(pipeline("image-classification", "mnist-cnn", models_dir=models))


def test_extracting_features_loads_no_pillow() -> None:
    """Whatever is imported must be downloaded first, in a page."""
    code = "import sys, wardian.worker, wardian.pipelines.feature_extraction as f, wardian.tasks.search; "
    code += "print([name for name in ('PIL', 'onnxruntime', 'difflib') if name in sys.modules])"
    source = str(TESTS.parent / "py")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": source}
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
