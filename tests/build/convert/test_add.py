"""`build.py add` and `new`: what they write works, and is written whole or not at all."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
import tiny_llama
from gguf_writer import gguf_bytes

from golden import hf_models
from support import assert_same_labels, run
from wardian import pipeline
from wardian_build.commands.new import begin, record_again
from wardian_build.convert.conversion import Options
from wardian_build.errors import BuildError, ConversionError
from wardian_build.gallery.add import add
from wardian_build.gallery.places import Places
from wardian_build.gallery.task_files import load_draft
from wardian_build.golden import read_golden, replay
from wardian_build.model_card import read_card
from wardian_build.models import build_model

from .house_style import keeps_the_style

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
    keeps_the_style(root / "py" / "wardian" / "tasks")


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
        (lambda source: None, "question-answering", "", r"another head than question-answering"),
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


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("return f", "retrun f", r"word_count\.py cannot be imported, line 12: SyntaxError"),
        ("inputs=[", "inptus=[", r"word_count\.py cannot be imported, line 15: TypeError: .*'inptus'"),
        ("    words, letters", "    raise KeyError('a')\n    words, letters", r"py, line 11: KeyError: 'a'"),
        ('id="word-count"', 'id="wordcount"', r"(?s)of another id.*expected word-count.*received wordcount"),
    ],
)
def test_mistakes_in_a_task_name_the_line(tmp_path: Path, before: str, after: str, words: str) -> None:
    places = Places("word-count", tmp_path)
    begin(places, "", "", "Count words")
    text = places.task.read_text("utf-8")
    assert text.count(before) == 1
    places.task.write_text(text.replace(before, after))
    with pytest.raises(BuildError, match=words):
        record_again(places)


def test_a_new_task_over_a_model_that_is_there(root: Path, built: Path) -> None:
    begin(Places("second", root), "text-classification", "bert-classifier")
    assert read_golden(Places("second", root).golden)["cases"][0]["outputs"][0]["label"] == "joy"
    with pytest.raises(BuildError, match=r"no model 'nobody'(?s:.*)bert-classifier"):
        begin(Places("third", root), "text-classification", "nobody")
    with pytest.raises(BuildError, match="start_logits and end_logits"):
        begin(Places("third", root), "question-answering", "bert-classifier")
    with pytest.raises(BuildError, match="none of the kind tabular-regression"):
        begin(Places("third", root), "tabular-regression", "bert-classifier")
    with pytest.raises(BuildError, match="does not exist"):
        record_again(Places("third", root))
