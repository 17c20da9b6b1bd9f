"""`build.py add` for every kind of task: the model, its card, the task and its golden."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest

from golden import hf_models, hf_pipelines
from support import run
from wardian import pipeline
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.errors import ConversionError
from wardian_build.gallery import task_files
from wardian_build.gallery.add import add
from wardian_build.gallery.places import Places
from wardian_build.gallery.task_files import draft, load_draft
from wardian_build.golden import read_golden, replay
from wardian_build.model_card import read_card
from wardian_build.models import build_model

from .house_style import keeps_the_style
from .small_onnx import model, node, save, value


@pytest.mark.parametrize(("columns", "name"), [(6, "column_"), (9, "column_"), (40, "column_"), (30, "年龄")])
def test_tasks_over_wide_tables_keep_the_house_style(columns: int, name: str, tmp_path: Path) -> None:
    """The example of a wide table takes several lines."""
    rows = [{"name": f"{name}{number}", "dtype": "number", "missing": False} for number in range(columns)]
    made = draft("rows", "tabular-regression", "model", "Rows", {"columns": rows})
    (tmp_path / "rows.py").write_text(made.text, "utf-8")
    keeps_the_style(tmp_path / "rows.py")
    assert str(made.inputs[0][0]).count(",") == 2 * (columns - 1)


def image_classifier(folder: Path) -> None:
    """The colour that a picture has most of."""
    nodes = [node("ReduceMean", "pixel_values", "logits", axes=[2, 3], keepdims=0)]
    shapes = [value("pixel_values", "batch_size", 3, 8, 8)], [value("logits", "batch_size", 3)]
    save(model(nodes, *shapes), folder / "onnx" / "model.onnx")
    half = [0.5, 0.5, 0.5]
    size = {"height": 8, "width": 8}
    processor = {
        "image_processor_type": "ViTImageProcessor",
        "size": size,
        "image_mean": half,
        "image_std": half,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    labels = {"id2label": {"0": "red", "1": "green", "2": "blue"}}
    (folder / "config.json").write_text(json.dumps(labels))


@pytest.mark.parametrize("kind", ["feature-extraction", "image-classification"])
def test_other_kinds_of_tasks(kind: str, tmp_path: Path, built: Path) -> None:
    source = tmp_path / "source"
    if kind == "feature-extraction":
        hf_models.write_folder("bert-classifier", source)
    else:
        image_classifier(source)
    places = Places("another", tmp_path)
    done = add(source, places, kind, Options(), title="Another")
    build_model(read_card(places.model / "README.md"))
    task = load_draft(places.task.read_text("utf-8"), "another")
    assert task.kind == done.conversion.kind == kind
    assert replay(read_golden(places.golden), task, built) == []


TEXT_KINDS = {
    "question-answering": "distilbert-question-answering",
    "token-classification": "deberta-v2-token-classification",
    "zero-shot-classification": "roberta-zero-shot-classification",
    "fill-mask": "bert-fill-mask",
    "sentence-similarity": "minilm-feature-extraction",
}


@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_every_kind_of_task_over_texts(kind: str, tmp_path: Path, built: Path) -> None:
    name = TEXT_KINDS[kind]
    for path, content in hf_pipelines.folder_files(name, hf_pipelines.read_golden()["models"][name]).items():
        (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / path).write_bytes(content)
    places = Places("another", tmp_path)
    add(tmp_path / "source", places, kind, Options(), title="Another")
    card = read_card(places.model / "README.md")
    assert card.kind == kind
    build_model(card)
    task = load_draft(places.task.read_text("utf-8"), "another")
    golden = read_golden(places.golden)
    assert len(golden["cases"]) == 2 and all(case["outputs"][0] for case in golden["cases"])
    assert replay(golden, task, built) == []
    keeps_the_style(places.task)


def described(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A pickle and rows for the check, where scripts of scikit-learn answer what its golden recorded."""
    golden = json.loads((Path(__file__).parents[2] / "golden" / "sklearn.json").read_text("utf-8"))
    case = golden["cases"][name]
    rows, answer = golden["rows"][case["rows"]], case["outputs"]
    outputs = np.frombuffer(base64.b64decode(answer["data"]), answer["dtype"]).reshape(answer["shape"])
    (folder / "arrays.npz").write_bytes(zlib.decompress(base64.b64decode(case["arrays"])))
    np.save(folder / "outputs.npy", outputs)
    lines = [",".join(rows), *(",".join("" if one is None else str(one) for one in row)
                               for row in zip(*rows.values(), strict=True))]  # fmt: skip
    (folder / "rows.csv").write_text("\n".join(lines), "utf-8")
    (folder / "net.joblib").write_bytes(pickle.dumps({"sklearn": 1}))

    @contextmanager
    def run_script(*_: Any, **__: Any) -> Iterator[Any]:
        yield SimpleNamespace(folder=folder, table=case["table"])

    monkeypatch.setattr(extras, "interpreter", lambda *_: Path(sys.executable))
    monkeypatch.setattr(extras, "run_script", run_script)
    return folder / "net.joblib", folder / "rows.csv"


@pytest.mark.parametrize(("name", "kind"), [("logistic", "tabular-classification"),
                                            ("ridge", "tabular-regression")])  # fmt: skip
def test_tables_of_scikit_learn(
    name: str, kind: str, tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but scikit-learn itself, whose answers are those of its golden."""
    source, rows = described(name, tmp_path, monkeypatch)
    places = Places("rows", tmp_path)
    add(source, places, kind, Options(trust=True, data=rows), title="Rows")
    build_model(read_card(places.model / "README.md"))
    task = load_draft(places.task.read_text("utf-8"), "rows")
    assert task.kind == kind and "age,income,city" in task.examples[0].inputs[0]
    golden = read_golden(places.golden)
    assert len(golden["cases"]) == 2 and replay(golden, task, built) == []
    keeps_the_style(places.task)


def test_a_kind_that_the_model_has_not_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, rows = described("logistic", tmp_path, monkeypatch)
    places, options = Places("rows", tmp_path / "root"), Options(trust=True, data=rows)
    with pytest.raises(ConversionError, match=r"model for tabular-classification\s+Say --kind tabular-c"):
        add(source, places, "tabular-regression", options)
    hf_models.write_folder("bert-classifier", tmp_path / "classifier")
    with pytest.raises(ConversionError, match=r"BertForSequence(?s:.*)--kind text-classification"):
        add(tmp_path / "classifier", places, "token-classification", Options())
    assert not places.root.exists()


def test_a_vision_transformer_of_a_hugging_face_folder(tmp_path: Path, built: Path) -> None:
    """Safetensors and the image processor of a folder become a task with the model's own scores."""
    name = "vit-image-classification"
    entry = hf_models.write_folder(name, tmp_path / "source")
    height, width = entry["config"]["image_size"]
    processor = {
        "do_resize": True, "do_rescale": True, "do_normalize": True, "resample": 2,
        "image_processor_type": "ViTImageProcessor", "size": {"height": height, "width": width},
        "rescale_factor": 1 / 255, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.6, 0.7],
    }  # fmt: skip
    (tmp_path / "source" / "preprocessor_config.json").write_text(json.dumps(processor))
    places = Places("leaves", tmp_path)
    add(tmp_path / "source", places, "image-classification", Options(), title="Leaves")
    build_model(read_card(places.model / "README.md"))
    task = load_draft(places.task.read_text("utf-8"), "leaves")
    assert replay(read_golden(places.golden), task, built) == []

    async def scores(pixels: Any) -> list[Any]:
        async with await pipeline(
            "image-classification", "leaves", dtype="fp32", models_dir=places.model.parent
        ) as pipe:
            return list(await pipe(pixels, top_k=None, function_to_apply="none"))

    # Bytes that the processor turns into the golden's pixels, but for their rounding to 1/255.
    wanted = hf_models.pixels(2, height, width)[0]
    mean, std = (np.array(processor[key], np.float32)[:, None, None] for key in ("image_mean", "image_std"))
    raw = np.rint((wanted * std + mean) * 255).clip(0, 255).astype(np.uint8)
    seen = (raw / np.float32(255) - mean) / std
    found = {one["label"]: one["score"] for one in run(scores(raw.transpose(1, 2, 0)))}
    session = onnxruntime.InferenceSession(str(places.model / "onnx" / "model.onnx"))
    (logits,) = session.run(["logits"], {"pixel_values": seen[None].astype(np.float32)})
    assert [found[f"LABEL_{index}"] for index in range(5)] == pytest.approx(logits[0].tolist(), abs=1e-5)


def test_every_kind_with_a_template_has_a_pipeline() -> None:
    from wardian.pipelines import KINDS

    assert set(task_files.KINDS) - {""} == set(KINDS)
