"""`build.py add` and `new`: what they write works, and is written whole or not at all."""

from __future__ import annotations

import base64
import errno
import json
import pickle
import subprocess
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
import tiny_llama
from gguf_writer import gguf_bytes

from golden import hf_models, hf_pipelines
from support import assert_same_labels, run
from wardian import pipeline
from wardian_build import cache, paths
from wardian_build.commands.new import begin, record_again
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.errors import BuildError, ConversionError
from wardian_build.gallery import task_files
from wardian_build.gallery.add import add
from wardian_build.gallery.places import Places
from wardian_build.gallery.task_files import draft, load_draft
from wardian_build.golden import read_golden, replay
from wardian_build.model_card import read_card
from wardian_build.models import build_model

from .small_onnx import model, node, save, value

GOLDEN = json.loads(hf_models.GOLDEN.read_text("utf-8"))
CLASSIFIERS = [name for name, entry in GOLDEN["models"].items() if "pipeline" in entry]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a task for each of the golden's classifiers."""
    place = tmp_path_factory.mktemp("root")
    for name in CLASSIFIERS:
        hf_models.write_folder(name, place / "sources" / name)
        add(place / "sources" / name, Places(name, place), "text-classification", Options(), license="MIT")
    return place


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty build, so that models of tests do not get into the real one."""
    monkeypatch.setattr(paths, "MODELS", tmp_path / "build" / "models")
    monkeypatch.setattr(paths, "CACHE", tmp_path / "build" / "cache")
    monkeypatch.setattr(cache, "_hashes", None)
    return tmp_path / "build" / "models"


def test_a_model_that_generates_becomes_a_task(tmp_path: Path) -> None:
    """A GGUF file, whose task streams what comes after a text, and whose golden holds."""
    metadata = {**tiny_llama.METADATA, "llama.context_length": 400}
    (tmp_path / "tiny.gguf").write_bytes(gguf_bytes(metadata, tensors=tiny_llama.tensors("q4_1")))
    places = Places("tiny", tmp_path)
    add(tmp_path / "tiny.gguf", places, "text-generation", Options(), license="MIT")
    card = read_card(tmp_path / "static" / "models" / "tiny" / "README.md")
    assert card.default_dtype == "q4_fold" and card.front_matter["device_dtypes"] == {"webgpu": "q4"}
    golden = read_golden(places.golden)
    texts = [(case["inputs"]["text"], case["outputs"][0]) for case in golden["cases"]]
    assert all(after.startswith(before) and len(after) > len(before) for before, after in texts)
    task = load_draft(places.task.read_text("utf-8"), "tiny")
    assert replay(golden, task, tmp_path / "static" / "models") == []


def everything(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_converted_model_answers_as_transformers_does(name: str, root: Path) -> None:
    async def answers() -> list[Any]:
        models = root / "static" / "models"
        async with await pipeline("text-classification", name, dtype="fp32", models_dir=models) as pipe:
            calls = GOLDEN["models"][name]["pipeline"]
            without_padding = [{k: v for k, v in call["options"].items() if k != "padding"} for call in calls]
            return [
                await pipe(call["inputs"], truncation=True, **options)
                for call, options in zip(calls, without_padding, strict=True)
            ]

    for found, call in zip(run(answers()), GOLDEN["models"][name]["pipeline"], strict=True):
        # float32 through two layers, and a score's own rounding.
        assert_same_labels(found, call["answer"], tolerance=1e-5)


def test_the_build_makes_the_model_from_its_card(root: Path, built: Path) -> None:
    places = Places("bert-classifier", root)
    card = read_card(places.model / "README.md")
    assert (card.kind, card.license, card.default_dtype) == ("text-classification", "MIT", "q8")
    manifest = build_model(card)
    names = {file["path"] for file in manifest["files"]}
    assert {
        "onnx/model.onnx",
        "onnx/model_quantized.onnx",
        "onnx/model.canary.json",
        "tokenizer.json",
    } <= names
    task = load_draft(places.task.read_text("utf-8"), "bert-classifier")
    assert json.loads(json.dumps(task.info()))["model"] == "bert-classifier"
    assert replay(read_golden(places.golden), task, built) == []


def test_a_golden_notices_what_changed(root: Path) -> None:
    places = Places("bert-classifier", root)
    task = load_draft(places.task.read_text("utf-8"), "bert-classifier")
    golden = read_golden(places.golden)
    assert len(golden["cases"]) == 4
    golden["cases"][1]["outputs"][0]["confidences"][2]["score"] += 1e-3
    golden["cases"][2]["outputs"][0]["label"] = "nobody"
    found = replay(golden, task, root / "static" / "models")
    assert [line.split(":")[0] for line in found] == ["case 1[0].confidences[2].score", "case 2[0].label"]


def test_the_card_says_what_was_checked(root: Path) -> None:
    text = (root / "static" / "models" / "roberta-classifier" / "README.md").read_text("utf-8")
    assert "There was no reference" in text and "| q8 against fp32 | logits |" in text
    assert "`attention_mask`: int64 (batch_size, sequence_length)" in text


def test_task_files_keep_the_house_style(root: Path) -> None:
    begin(Places("counting", root), "", "")
    folder = root / "py" / "wardian" / "tasks"
    settings = ["--config", str(paths.ROOT / "pyproject.toml")]
    for command in (["check", *settings, str(folder)], ["format", "--check", *settings, str(folder)]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("columns", "name"), [(6, "column_"), (9, "column_"), (40, "column_"), (30, "年龄")])
def test_tasks_over_wide_tables_keep_the_house_style(columns: int, name: str, tmp_path: Path) -> None:
    """The example of a wide table takes several lines."""
    rows = [{"name": f"{name}{number}", "dtype": "number", "missing": False} for number in range(columns)]
    made = draft("rows", "tabular-regression", "model", "Rows", {"columns": rows})
    (tmp_path / "rows.py").write_text(made.text, "utf-8")
    keeps_the_style(tmp_path / "rows.py")
    assert str(made.inputs[0][0]).count(",") == 2 * (columns - 1)


def keeps_the_style(task: Path) -> None:
    settings = ["--config", str(paths.ROOT / "pyproject.toml")]
    for command in (["check", *settings, str(task)], ["format", "--check", *settings, str(task)]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


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


@pytest.mark.parametrize(
    "task_id", ["", "Mood", "2fast", "a--b", "-a", "a_b", "../a", "a/b", "class", "a" * 41, "é"]
)
def test_ids_that_cannot_be(task_id: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="cannot be the id of a task"):
        Places(task_id, tmp_path)


@pytest.mark.parametrize("part", ["task", "golden", "model"])
def test_an_id_that_is_taken(part: str, tmp_path: Path) -> None:
    hf_models.write_folder("bert-classifier", tmp_path / "source")
    places = Places("mood", tmp_path)
    path = getattr(places, part) / "README.md" if part == "model" else getattr(places, part)
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(BuildError, match=r"exists already"):
        add(tmp_path / "source", places, "text-classification", Options())
    assert everything(tmp_path) == before and path.read_text() == "mine"


def without(name: str) -> Any:
    return lambda source: (source / name).unlink()


def other_labels(source: Path) -> None:
    config = json.loads((source / "config.json").read_text())
    config["id2label"] = {"0": "a", "2": "b", "3": "c", "4": "d"}
    (source / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("spoil", "kind", "title", "words"),
    [
        (without("tokenizer.json"), "text-classification", "", r"tokenizer\.json(?s:.*)AutoTokenizer"),
        (other_labels, "text-classification", "", "id2label"),
        (
            lambda source: None,
            "depth-estimation",
            "",
            r"no pipeline.*'depth-estimation'(?s:.*)build\.py convert",
        ),
        (lambda source: None, "text-classification", "a\nb", "title"),
        (lambda source: None, "text-classification", "a" * 51, "title"),
        (lambda source: None, "question-answering", "", r"qa_outputs"),
        (lambda source: None, "image-classification", "", "image-classification"),
    ],
)
def test_what_does_not_work_leaves_nothing(
    spoil: Any, kind: str, title: str, words: str, tmp_path: Path
) -> None:
    hf_models.write_folder("bert-classifier", tmp_path / "source")
    spoil(tmp_path / "source")
    before = everything(tmp_path)
    with pytest.raises(BuildError, match=words):
        add(tmp_path / "source", Places("mood", tmp_path), kind, Options(), title=title)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("file", ["mood.py", "mood.json", "README.md"])
def test_a_full_disk_leaves_nothing(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hf_models.write_folder("bert-classifier", tmp_path / "source")
    before = everything(tmp_path)

    def full(real: Any) -> Any:
        def write(path: Path, *content: Any, **options: Any) -> Any:
            if file in path.name:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return real(path, *content, **options)

        return write

    monkeypatch.setattr(Path, "write_bytes", full(Path.write_bytes))
    monkeypatch.setattr(Path, "write_text", full(Path.write_text))
    with pytest.raises(ConversionError, match="the disk is full"):
        add(tmp_path / "source", Places("mood", tmp_path), "text-classification", Options())
    assert everything(tmp_path) == before


def test_a_new_task_and_its_golden(tmp_path: Path) -> None:
    places = Places("word-count", tmp_path)
    begin(places, "", "", "Count words")
    assert everything(tmp_path) == {"py/wardian/tasks/word_count.py", "tests/golden/tasks/word-count.json"}
    task = load_draft(places.task.read_text("utf-8"), "word-count")
    assert replay(read_golden(places.golden), task, None) == []
    # Its author changes what it does: the golden notices, and can be recorded again.
    places.task.write_text(places.task.read_text("utf-8").replace("len(text.split())", "len(set(text))"))
    task = load_draft(places.task.read_text("utf-8"), "word-count")
    assert len(replay(read_golden(places.golden), task, None)) == 2
    record_again(places)
    assert replay(read_golden(places.golden), task, None) == []
    with pytest.raises(BuildError, match="exists already"):
        begin(places, "", "")
    # A task that has none gets one of its examples.
    places.golden.unlink()
    record_again(places)
    assert len(read_golden(places.golden)["cases"]) == 1


def test_a_new_task_over_a_model_that_is_there(root: Path, built: Path) -> None:
    begin(Places("second", root), "text-classification", "bert-classifier")
    assert read_golden(Places("second", root).golden)["cases"][0]["outputs"][0]["label"] == "joy"
    with pytest.raises(BuildError, match=r"no model 'nobody'(?s:.*)bert-classifier"):
        begin(Places("third", root), "text-classification", "nobody")
    with pytest.raises(BuildError, match="does not exist"):
        record_again(Places("third", root))


def test_every_kind_with_a_template_has_a_pipeline() -> None:
    from wardian.pipelines import KINDS

    assert set(task_files.KINDS) - {""} == set(KINDS)
