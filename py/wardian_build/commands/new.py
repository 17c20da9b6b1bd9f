"""Begin a task: a Python file that works, and the golden that its tests hold it to.

With --kind and --model the task runs a model that has a card in static/models; without, it is Python alone.
Edit the file, then run `build.py new ID --again` to record what it answers from now on; that also gives a
golden, made of its examples, to a task that has none.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wardian.errors import WardianError
from wardian_build import cache, paths, progress
from wardian_build.convert.conversion import writing
from wardian_build.errors import BuildError
from wardian_build.gallery.places import Places, written
from wardian_build.gallery.task_files import KINDS, draft, load_task_file, told
from wardian_build.golden import read_golden, record, unpacked_inputs
from wardian_build.model_card import read_card
from wardian_build.models import build_model

__all__ = ["add_arguments", "begin", "record_again", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = ", ".join(filter(None, KINDS))
    parser.add_argument("id", metavar="ID", help="id of the task, such as speech-to-text")
    parser.add_argument("--kind", default="", metavar="KIND", help=f"the kind of its pipeline: {kinds}")
    parser.add_argument("--model", default="", metavar="MODEL", help="id of a model in static/models")
    parser.add_argument("--title", default="", help="what the page calls it (default: the id)")
    parser.add_argument(
        "--again", action="store_true", help="keep the task's file; record its golden (again)"
    )


def run(arguments: argparse.Namespace) -> int:
    places = Places(arguments.id)
    if bool(arguments.kind) != bool(arguments.model):
        raise BuildError("a task with a model needs both --kind and --model")
    if arguments.again:
        record_again(places)
    else:
        begin(places, arguments.kind, arguments.model, arguments.title)
    return 0


def begin(places: Places, kind: str, model: str, title: str = "") -> None:
    """Write a task's file and its golden. Raises BuildError when they exist, or the model does not fit."""
    places.require_new(model=False)
    made = draft(places.task_id, kind, model, title)
    models_dir = _built(places, model) if model else None
    if models_dir is not None and (models_dir / model / "config.json").is_file():
        config = json.loads((models_dir / model / "config.json").read_bytes())
        try:
            made = draft(places.task_id, kind, model, title, config)
        except WardianError as error:
            raise BuildError(f"the model {model} is none of the kind {kind}: {error}") from error
    dtype = _reference_dtype(places, model or None)
    golden = _recorded(lambda: record(made.task, made.inputs, models_dir, dtype, _provenance(places)), places)
    with written(places.task, made.text), written(places.golden, golden):
        pass
    for path in (places.task, places.golden):
        progress.say(f"[new] wrote {path.relative_to(places.root)}")
    progress.say(f"[new] `build.py parity {places.task_id}` compares what it computes here and in the page")


def record_again(places: Places) -> None:
    """Run the task as its file is now, with the inputs of its golden, or its examples where it has none.

    Raises BuildError when there is no such task, or it has neither.
    """
    if not places.task.is_file():
        raise BuildError(f"{places.task} does not exist; `build.py new {places.task_id}` writes it")
    task = load_task_file(places)
    before = read_golden(places.golden) if places.golden.is_file() else {}
    inputs = unpacked_inputs(before, task) if before else [list(example.inputs) for example in task.examples]
    if not inputs:
        raise BuildError(f"the task {places.task_id} has no examples that a golden could be recorded of")
    models_dir = _built(places, task.model) if task.model else None
    dtype = before.get("dtype") or _reference_dtype(places, task.model)
    golden = _recorded(lambda: record(task, inputs, models_dir, dtype, _provenance(places)), places)
    with writing(places.golden):
        cache.write(places.golden, golden.encode())
    progress.say(f"[new] recorded {len(inputs)} cases in {places.golden.relative_to(places.root)}")


def _reference_dtype(places: Places, model: str | None) -> str | None:
    """fp32 where the model has it: rounded weights give other numbers on another processor."""
    if model is None:
        return None
    card = read_card(places.root / "static" / "models" / model / "README.md")
    return "fp32" if "fp32" in card.dtypes else card.default_dtype


def _built(places: Places, model: str) -> Path:
    """The folder of built models, with this one in it."""
    card = places.root / "static" / "models" / model / "README.md"
    if not card.is_file():
        known = ", ".join(sorted(path.parent.name for path in card.parents[1].glob("*/README.md")))
        raise BuildError(f"there is no model {model!r}\n  expected one of {known}")
    build_model(read_card(card))
    return paths.MODELS


def _recorded(make: Callable[[], dict[str, Any]], places: Places) -> str:
    try:
        return json.dumps(make(), ensure_ascii=False, indent=1) + "\n"
    except WardianError as error:
        raise BuildError(f"the task {places.task_id} does not run: {error}") from error
    except BuildError:
        raise
    except Exception as error:  # whatever the code of a task raises
        shown = places.task.relative_to(places.root).as_posix()
        raise BuildError(f"the task {places.task_id} does not run: {shown}{told(error)}") from error


def _provenance(places: Places) -> dict[str, str]:
    return {"made_by": f"build.py new {places.task_id}", "python": platform.python_version()}
