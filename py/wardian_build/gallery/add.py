"""From somebody's model to a task of the gallery: model folder with its card, task file, golden."""

from __future__ import annotations

import json
import platform
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from wardian.errors import WardianError
from wardian_build import canary, progress
from wardian_build.convert.conversion import Options, Part, writing
from wardian_build.convert.run import Converted, converted
from wardian_build.errors import BuildError, ConversionError
from wardian_build.gallery.card import UNKNOWN_LICENSE, card_text
from wardian_build.gallery.places import Places, written
from wardian_build.gallery.task_files import draft
from wardian_build.golden import record

__all__ = ["add"]

#: Kinds of tasks that have no head of their own: the one that they run; None for what the source says it has.
_HEADS = {"sentence-similarity": "feature-extraction", "zero-shot-classification": None}


def add(
    source: Path, places: Places, kind: str, options: Options, *, license: str = "", title: str = ""
) -> Converted:
    """Convert, check, write everything; or write nothing.

    Raises BuildError and its kinds: an id that is taken, a kind without a pipeline, a source that cannot be
    converted, a model that does not do what its kind of task needs.
    """
    places.require_new(model=True)
    draft(places.task_id, kind, places.task_id, title)  # a kind or title that cannot be is told at once
    with ExitStack() as stack:
        wanted = replace(options, kind=_HEADS.get(kind, kind))
        done = stack.enter_context(converted(source, places.model, wanted))
        done = _with_canary_dims(done)
        name = title or places.task_id
        terms = license or done.conversion.license or UNKNOWN_LICENSE
        with writing(places.model):
            text = card_text(done, places.task_id, kind, terms, name)
            (done.folder / "README.md").write_text(text, "utf-8")
        dtype = "fp32" if "fp32" in done.conversion.dtypes else done.conversion.default_dtype
        provenance = {
            "made_by": f"build.py add {source.name} --id {places.task_id} --kind {kind}",
            "model": f"{dtype}, in native onnxruntime, python {platform.python_version()}",
            "checked": done.conversion.reference.made_by,
        }
        try:
            made = draft(places.task_id, kind, places.task_id, title, _config(done))
            with progress.step("run the task for its golden"):
                golden = record(made.task, made.inputs, done.folder.parent, dtype, provenance)
        except WardianError as error:
            raise ConversionError(
                source, f"does not work as a task of the kind {kind}", received=str(error), hint=_remedy(done)
            ) from error
        stack.enter_context(written(places.task, made.text))
        text = json.dumps(golden, ensure_ascii=False, indent=1) + "\n"
        stack.enter_context(written(places.golden, text))
    return done


def _with_canary_dims(done: Converted) -> Converted:
    """With the lengths of dimensions that a golden input cannot guess: those of the check, which runs.

    The site's build makes a canary of each ONNX file. Raises ConversionError where it would end there.
    """
    dims: dict[str, int] = {}
    for part in done.conversion.parts.values():
        for dtype, path in part.dtypes.items():
            model = done.folder / path
            try:
                canary.golden(model, dtype, dims)
                continue
            except BuildError:
                dims |= _lengths(part)
            try:
                canary.golden(model, dtype, dims)
            except BuildError as error:
                raise ConversionError(
                    path, "has no canary, without which no site is built", received=str(error)
                ) from error
    return replace(done, conversion=replace(done.conversion, canary_dims=dims)) if dims else done


def _lengths(part: Part) -> dict[str, int]:
    """Named dimensions as long as in the first run of the check."""
    feeds = part.reference.inputs[0]
    return {
        str(dim): length
        for spec in part.inputs
        for dim, length in zip(spec.dims, feeds[spec.name].shape, strict=False)
        if not isinstance(dim, int)
    }


def _config(done: Converted) -> dict[str, Any] | None:
    path = done.folder / "config.json"
    return dict(json.loads(path.read_bytes())) if path.is_file() else None


def _remedy(done: Converted) -> str:
    """What most often is missing."""
    if not (done.folder / "config.json").is_file():
        return (
            "The model needs its config.json beside it, with what else its kind takes: "
            "docs/models.md lists the files of each."
        )
    text = any(spec.name == "input_ids" for spec in done.conversion.inputs)
    if text and not (done.folder / "tokenizer.json").is_file():
        return "A text model needs tokenizer.json: AutoTokenizer.from_pretrained(X).save_pretrained(FOLDER)."
    return ""
