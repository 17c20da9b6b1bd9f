"""How many of the recorded files get their type: `python build.py eval files`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from wardian import pipeline
from wardian.preprocessing.file_ends import FileEnds
from wardian_build import paths

__all__ = ["evaluate", "show"]

#: Files with the types that their makers know, by `tests/golden/make_file_types.py`.
CASES = paths.ROOT / "tests/golden/file_types.json"


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """For each group of files how many are right, and what the others were taken for."""
    cases = json.loads((data or CASES).read_bytes())["cases"]
    result: dict[str, Any] = {}
    pipe = await pipeline("file-classification", "magika", device="cpu", models_dir=models_dir)
    async with pipe:
        for case in cases:
            head = base64.b64decode(case["head"])
            tail = base64.b64decode(case.get("tail", case["head"]))
            found = await pipe.identify(FileEnds(case["name"], case["size"], head, tail))
            group = result.setdefault(case["group"], {"right": 0, "files": 0, "wrong": []})
            group["files"] += 1
            if found.type.label == case["type"]:
                group["right"] += 1
            else:
                wrong = {"name": case["name"], "type": case["type"], "found": found.type.label}
                group["wrong"].append({**wrong, "score": round(found.score, 3)})
    return result


def show(result: dict[str, Any]) -> None:
    for name, group in result.items():
        print(f"{name}: {group['right']} of {group['files']} right")
        for one in group["wrong"]:
            print(f"  {one['name']}: {one['type']}, taken for {one['found']} ({one['score']})")
