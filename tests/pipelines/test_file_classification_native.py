"""What a file is: equal to Magika's own Python package on recorded files, by their ends alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import run
from wardian import pipeline
from wardian.components import File
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.hub import find_models_dir
from wardian.preprocessing.file_bytes import FileBytes
from wardian.preprocessing.file_ends import FileEnds
from wardian.tasks.file_type import task

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/file_types.json").read_text("utf-8"))
CASES = GOLDEN["cases"]


def ends(case: dict[str, Any]) -> FileEnds:
    head = base64.b64decode(case["head"])
    tail = base64.b64decode(case["tail"]) if "tail" in case else head
    return FileEnds(case["name"], case["size"], head, tail)


@pytest.fixture(scope="module")
def pipe() -> Any:
    try:
        return run(pipeline("file-classification", models_dir=find_models_dir(), device="cpu"))
    except (ModelError, UnknownNameError):
        pytest.skip("the models are not built: python build.py site")


def test_equal_to_magika(pipe: Any) -> None:
    different = []
    for case in CASES:
        found = run(pipe.identify(ends(case)))
        best = found.best[0]["label"] if found.best else "undefined"
        said = (best, found.type.label, found.reason, found.type.mime_type, found.type.description)
        expected = tuple(case[name] for name in ("dl", "output", "reason", "mime_type", "description"))
        if said != expected or abs(found.score - case["score"]) > 1e-4:
            different.append((case["name"], said, found.score, expected, case["score"]))
    assert different == []


def test_every_way_to_an_answer_is_recorded() -> None:
    assert {case["reason"] for case in CASES} == {"none", "low_confidence", "overwrite_map"}
    assert {case["output"] for case in CASES if case["dl"] == "undefined"} == {"empty", "txt", "unknown"}
    assert len({case["output"] for case in CASES}) >= 50
    assert max(case["size"] for case in CASES) > 1_000_000


def test_scores_of_a_call(pipe: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(ends(next(case for case in CASES if case["name"] == "people.csv")).head)
    by_path, by_bytes = run(pipe(path)), run(pipe({"file": path.read_bytes(), "name": "x"}, top_k=5))
    assert by_path == by_bytes and len(by_path) == 5 and by_path[0]["label"] == "csv"
    every = run(pipe(str(path), top_k=None))
    assert len(every) == 214 and sum(one["score"] for one in every) == pytest.approx(1, abs=1e-4)
    assert run(pipe(b"")) == [{"label": "empty", "score": 1.0}]


def facts(pipe: Any, name: str, content: bytes) -> dict[str, tuple[str, str]]:
    payload = {"name": name, "base64": base64.b64encode(content).decode()}
    answer, _ = run(task.call(task.read_inputs({"file": payload}), pipe=pipe))
    return {fact.label["en"]: (fact.value if isinstance(fact.value, str) else fact.value["en"], fact.tone)
            for fact in answer}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "recorded", "said", "tone"),
    [
        ("A.PNG", "gradient.png", ".png fits", "good"),
        (
            "a.jpg",
            "gradient.png",
            ".jpg does not fit: it is that of JPEG image data; usual is .png",
            "warning",
        ),
        ("a.qqq", "gradient.png", ".qqq does not fit; usual is .png", "warning"),
        ("a", "gradient.png", "none", ""),
        ("notes.log", "letter.txt", ".log: cannot be told", ""),
        ("notes.md", "letter.txt", ".md fits", "good"),
        (
            "letter.pdf",
            "letter.txt",
            ".pdf does not fit: it is that of PDF document; usual is .txt",
            "warning",
        ),
        ("a.png", "noise", ".png: cannot be told", ""),
        ("a.png", "empty", ".png: cannot be told", ""),
    ],
)
def test_whether_the_ending_fits(pipe: Any, name: str, recorded: str, said: str, tone: str) -> None:
    content = ends(next(case for case in CASES if case["name"] == recorded)).head
    assert facts(pipe, name, content)["Ending of the name"] == (said, tone)


def test_how_sure(pipe: Any) -> None:
    assert facts(pipe, "a", b"")["How sure"] == ("There is nothing in it.", "")
    assert facts(pipe, "a", b"x")["How sure"][0].startswith("Too short for the model")
    unsure = next(case for case in CASES if case["reason"] == "low_confidence")
    value, tone = facts(pipe, "a", ends(unsure).head)["How sure"]
    assert value.startswith(f"Not enough to name a type: {unsure['score']:.1%} for ") and tone == "warning"


def test_only_the_ends_of_a_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.bin"
    with path.open("wb") as stream:
        stream.write(b"head")
        stream.seek(5_000_000_000)
        stream.write(b"tail")
    found = FileEnds.of_path(path)
    assert (found.size, len(found.head), found.head[:4], found.tail[-4:]) == (
        5_000_000_004,
        4096,
        b"head",
        b"tail",
    )
    payload = File().read(str(path))
    assert File().preprocess({**payload, "size": float(payload["size"])}) == found


@pytest.mark.parametrize(
    "payload",
    [None, {}, 3, "a.txt", b"abc", {"name": "a", "base64": "?"}, {"name": "a", "base64": None}],
)
def test_what_is_no_file_is_refused(payload: Any) -> None:
    with pytest.raises(InputError):
        File().preprocess(payload)


@pytest.mark.parametrize(
    ("size", "head", "tail"),
    [
        (4, b"abc", b"ab"), (2, b"abc", b"abc"), (3, b"abc", b"abd"), (3, b"", b""), (float("nan"), b"", b""),
        (-1, b"", b""), (float("inf"), b"", b""), (3, "abc", "abc"), ("3", b"abc", b"abc"), (None, b"", b""),
    ],
)  # fmt: skip
def test_ends_that_no_file_has_are_refused(size: Any, head: Any, tail: Any) -> None:
    with pytest.raises(InputError):
        File().preprocess({"name": "a", "size": size, "head": head, "tail": tail})


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing", "a\0b"):
        with pytest.raises(InputError, match="cannot be read"):
            FileEnds.of_path(path)
    with pytest.raises(InputError, match="not a file"):
        FileEnds.of_source(np.zeros(3))
    reader = FileBytes(1024, 1024, 4096, 256, 8)
    with pytest.raises(InputError, match="Too little"):
        reader(FileEnds.of_bytes(bytes(5000), ends=100))
