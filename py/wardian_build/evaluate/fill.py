"""Forms filled in from texts: which fields are right, and what was filled in that the text does not say.

`python build.py eval fill`: 41 texts, 246 fields, 76 of which the text does not say. The texts
(`fill_cases.json`) were written for this. Floors and examples were chosen on the 15 others of `split` "dev",
and on none of these.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wardian import pipeline
from wardian.pipelines.form_filling import FilledField, fill_form
from wardian.preprocessing.form_schema import read_form
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson

__all__ = ["evaluate", "show"]

CASES = Path(__file__).with_name("fill_cases.json")
#: Kinds whose values are excerpts: compared without marks, capitals and articles.
_EXCERPTS = ("text", "time", "phone", "email")
_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float), "integer": (int,)
}  # fmt: skip


async def evaluate(models_dir: Path, data: Path | None = None, split: str = "test") -> dict[str, Any]:
    """Each field with what was wanted and what was filled in."""
    given = json.loads(CASES.read_text("utf-8"))
    cases = [case for case in given["cases"] if case["split"] == split]
    rows: list[dict[str, Any]] = []
    valid = 0
    async with await pipeline("text-generation", "SmolLM2-135M-Instruct", models_dir=models_dir) as pipe:
        with progress.step(f"{len(cases)} texts"):
            for case in cases:
                fields = read_form(given["schemas"][case["schema"]])
                filled: list[FilledField] = []
                async for some in fill_form(case["text"], fields, pipe):
                    filled = some
                valid += _is_valid(filled, case["text"])
                rows += [_row(one, case["values"].get(one.field.name)) for one in filled]
    present, absent = [row for row in rows if row["said"]], [row for row in rows if not row["said"]]
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row["right"])
    return {
        "right": asdict(wilson(sum(row["right"] for row in rows), len(rows))),
        "said": asdict(wilson(sum(row["right"] for row in present), len(present))),
        "said_and_left_empty": sum(row["found"] is None for row in present),
        "invented": asdict(wilson(sum(not row["right"] for row in absent), len(absent))),
        "valid": asdict(wilson(valid, len(cases))),
        "kinds": {kind: [sum(found), len(found)] for kind, found in kinds.items()},
        "wrong": [row for row in rows if not row["right"]],
    }


def _row(one: FilledField, wanted: Any) -> dict[str, Any]:
    known = wanted if isinstance(wanted, list) else [wanted]
    if one.value is None or wanted is None:
        right = one.value is None and wanted is None
    elif one.field.kind in _EXCERPTS:
        right = _plain(str(one.value)) in [_plain(value) for value in known]
    else:
        right = one.value in known
    return {
        "field": one.field.title, "kind": one.field.kind, "said": wanted is not None,
        "wanted": wanted, "found": one.value, "right": right,
    }  # fmt: skip


def _plain(text: str) -> str:
    words = re.sub(r"[^\w]+", " ", text.lower()).strip()
    return re.sub(r"^(the|a|an|our|my|his|her) ", "", words)


def _is_valid(filled: list[FilledField], text: str) -> bool:
    """Whether the JSON is read back, each value of its kind, and each excerpt in the text."""
    values = {one.field.name: one.value for one in filled if one.value is not None}
    read = json.loads(json.dumps(values, ensure_ascii=False))
    for one in filled:
        value = read.get(one.field.name)
        if value is None:
            continue
        kind = one.field.kind
        if not isinstance(value, _TYPES.get(kind, (str,))):
            return False
        if (kind in _EXCERPTS and str(value) not in text) or (
            kind == "choice" and value not in one.field.choices
        ):
            return False
    return True


def show(result: dict[str, Any]) -> None:
    print(f"fields right: {line(result['right'])}")
    print(f"of those that the text says: {line(result['said'])}; left empty: {result['said_and_left_empty']}")
    print(f"filled in though the text does not say: {line(result['invented'])}")
    print(f"valid JSON, excerpts in the text: {line(result['valid'])}")
    for kind, (right, count) in sorted(result["kinds"].items()):
        print(f"  {kind}: {right} of {count}")
    for row in result["wrong"]:
        print(f"  {row['field']}: {row['found']!r}, wanted {row['wanted']!r}")
