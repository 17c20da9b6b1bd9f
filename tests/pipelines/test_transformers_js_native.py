"""The model folders are what transformers.js takes: all kinds open there and answer.

It is asked where WARDIAN_TRANSFORMERS_JS names npm's package, installed. Scores are compared of the kinds in
which transformers.js 4.3.1 agrees with transformers on these models; in question answering, zero-shot and
token classification its numbers are not those of transformers, which `hf_pipelines.json` has.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from golden.hf_pipelines import FAMILIES, MODELS
from pipelines.comparing import TOLERANCE
from pipelines.small_models import opened, write
from support import run
from wardian_build import process

TRANSFORMERS_JS = os.environ.get("WARDIAN_TRANSFORMERS_JS", "")
COMPARED = ("text-classification", "fill-mask", "feature-extraction")
#: Shorter than the models take: what is cut off differs, too.
PLAIN = ["All are born free.", "equal in dignity", "Who?", "人人生而自由"]
LABELS = ["politics", "free time", "sport"]


def calls_of(name: str) -> list[list[Any]]:
    kind = MODELS[name][1]
    mask = "[MASK]" if MODELS[name][0] in ("bert", "minilm", "distilbert", "deberta-v2") else "<mask>"
    return {
        "text-classification": [[text] for text in PLAIN],
        "token-classification": [[text, {"ignore_labels": []}] for text in PLAIN],
        "question-answering": [["Who is free?", text] for text in PLAIN],
        "fill-mask": [[f"All {mask} beings are free"]],
        "zero-shot-classification": [[text, LABELS] for text in PLAIN],
        "feature-extraction": [[text, {"pooling": "mean", "normalize": True}] for text in PLAIN],
    }[kind]


def ours(name: str, models: Path) -> list[Any]:
    """The same calls here."""
    with opened(name, models) as pipe:
        return [run(pipe(first, **(rest[0] if rest else {}))) for first, *rest in calls_of(name)]


def scores(kind: str, answer: Any) -> list[float]:
    """The numbers of an answer, in its order."""
    if kind == "feature-extraction":
        return [float(value) for value in answer[0]]
    return [one["score"] for one in answer]


@pytest.mark.skipif(not TRANSFORMERS_JS, reason="WARDIAN_TRANSFORMERS_JS names npm's package, installed")
@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_those_of_transformers_js(family: str, tmp_path: Path) -> None:
    # Of a single label it takes the softmax, which is 1, where transformers takes the sigmoid or the number.
    single = f"{family}-text-classification" if family in ("minilm", "xlm-roberta") else ""
    names = [name for name in MODELS if MODELS[name][0] == family and name != single]
    for name in names:
        write(name, tmp_path / "models")
    requests = tmp_path / "requests.json"
    asked = [{"name": name, "kind": MODELS[name][1], "calls": calls_of(name)} for name in names]
    requests.write_text(json.dumps(asked), "utf-8")
    script = Path(__file__).with_name("transformers_js.mjs")
    command = [process.node(), script, TRANSFORMERS_JS, tmp_path / "models", requests]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for name in names:
        kind = MODELS[name][1]
        assert len(found[name]) == len(calls_of(name)) and all(found[name])
        if kind in COMPARED:
            for theirs, mine in zip(found[name], ours(name, tmp_path / "models"), strict=True):
                assert scores(kind, theirs) == pytest.approx(scores(kind, mine), abs=TOLERANCE), name
