"""The tagger of grammar on pairs of sentences: what it mends, and what it leaves alone.

`python build.py eval grammar`. The sentences (`grammar_cases.json`) were written for this, before any of them
was tried.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wardian import pipeline
from wardian.pipelines.mending import mend
from wardian.postprocessing.edits import apply_edits
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson

__all__ = ["evaluate", "show"]

CASES = Path(__file__).with_name("grammar_cases.json")


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """Each sentence with what became of it: mended exactly, changed otherwise, or left as it was."""
    given = json.loads(CASES.read_text("utf-8"))
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    async with await pipeline(
        "token-classification", "quire-grammar", device="cpu", models_dir=models_dir
    ) as pipe:
        with progress.step(f"{len(given['mend']) + len(given['keep'])} sentences"):
            for case in given["mend"]:
                groups[case["group"]].append({**case, "answer": await _mended(case["wrong"], pipe)})
            kept = [{"right": text, "answer": await _mended(text, pipe)} for text in given["keep"]]
    mended = [case["answer"] == case["right"] for cases in groups.values() for case in cases]
    untouched = [case["answer"] == case["wrong"] for cases in groups.values() for case in cases]
    return {
        "mended": asdict(wilson(sum(mended), len(mended))),
        "left_wrong": sum(untouched),
        "changed_otherwise": len(mended) - sum(mended) - sum(untouched),
        "left_alone": asdict(wilson(sum(case["answer"] == case["right"] for case in kept), len(kept))),
        "groups": dict(groups),
        "keep": kept,
    }


async def _mended(text: str, pipe: Any) -> str:
    return apply_edits(text, await mend(text, pipe))


def show(result: dict[str, Any]) -> None:
    print(f"mended exactly: {line(result['mended'])}")
    print(f"left as it was: {result['left_wrong']}, changed otherwise: {result['changed_otherwise']}")
    print(f"right sentences left alone: {line(result['left_alone'])}")
    for group, cases in result["groups"].items():
        print(f"{group}: {sum(case['answer'] == case['right'] for case in cases)} of {len(cases)} mended")
        for case in cases:
            if case["answer"] != case["right"]:
                print(f"  {case['wrong']} -> {case['answer']}")
    for case in result["keep"]:
        if case["answer"] != case["right"]:
            print(f"CHANGED {case['right']} -> {case['answer']}")
