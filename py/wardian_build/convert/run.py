"""One conversion from beginning to end: recognise, convert, make smaller dtypes, check, keep the folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

from wardian_build import progress
from wardian_build.convert.check import (
    LEAST_COSINE,
    Comparison,
    compare_runs,
    require,
    require_direction,
    run_onnx,
    table,
)
from wardian_build.convert.conversion import (
    CONVERTERS,
    DEFAULT_DTYPES,
    DTYPE_FILES,
    Arrays,
    Conversion,
    Options,
    onnx_path,
    require_absent,
    staged,
    writing,
)
from wardian_build.convert.dtypes import derive
from wardian_build.convert.sources import FORMATS, Source, recognise
from wardian_build.errors import CheckError, ConversionError, UnsupportedError

__all__ = ["Converted", "converted"]

_TOP1_FOR_DEFAULT = 1.0
"""A smaller dtype becomes the default only where every best answer of the check stayed the same."""


class Converter(Protocol):
    def convert(self, source: Source, options: Options) -> Conversion: ...


@dataclass(frozen=True)
class Converted:
    """A conversion that passed its check; `folder` is where its files lie for as long as the block runs."""

    source: Source
    conversion: Conversion
    folder: Path
    comparisons: dict[str, list[Comparison]]
    #: What was left out or is not proved, in sentences.
    notes: list[str]

    @property
    def report(self) -> str:
        """The table of the check with what it was compared with."""
        what = _what(self.conversion)
        return f"{what}\n\n{table(self.comparisons)}" if self.comparisons else what


@contextmanager
def converted(path: Path, target: Path, options: Options) -> Iterator[Converted]:
    """Convert `path` and check the result; when the block ends well it is at `target`, else nothing is.

    Raises ConversionError and its kinds.
    """
    require_absent(target)
    source = recognise(path)
    progress.say(f"[convert] {path}: {FORMATS[source.format]}")
    unknown = [dtype for dtype in options.dtypes if dtype not in DTYPE_FILES]
    if unknown:
        known = ", ".join(DTYPE_FILES)
        raise ConversionError(f"--dtype {','.join(unknown)}", "is not known", expected=f"some of {known}")
    with progress.step(f"convert {source.model.name}"):
        converter: Converter = import_module(CONVERTERS[source.format])
        made = converter.convert(source, options)
    with staged(made.files, target) as folder:
        done = _checked(source, made, folder, options)
        yield done


def _checked(source: Source, made: Conversion, folder: Path, options: Options) -> Converted:
    """Run every file of the folder, add the smaller dtypes, compare."""
    reference = made.reference
    notes: list[str] = []
    runs: dict[str, Sequence[Arrays]] = {}
    comparisons: dict[str, list[Comparison]] = {}
    for dtype, path in made.dtypes.items():
        with progress.step(f"run {path}"):
            runs[dtype] = run_onnx(folder / path, reference.inputs)
        base = made.derived.get(dtype)
        if base is not None:
            comparisons[f"{dtype} against {base}"] = compare_runs(runs[base], runs[dtype])
        elif reference.outputs is not None:
            comparisons[f"{dtype} against the source"] = compare_runs(reference.outputs, runs[dtype])
            require(comparisons[f"{dtype} against the source"], reference.tolerance)
    dtypes, derived = dict(made.dtypes), dict(made.derived)
    for dtype in _to_derive(made, options):
        try:
            with progress.step(f"make {dtype}"):
                path = onnx_path(dtype)
                content = derive(folder / made.dtypes["fp32"], dtype)
                with writing(folder / path):
                    (folder / path).write_bytes(content)
            found = compare_runs(runs["fp32"], run_onnx(folder / path, reference.inputs))
            require_direction(found, dtype)
        except (CheckError, ConversionError, UnsupportedError) as error:
            (folder / onnx_path(dtype)).unlink(missing_ok=True)
            if options.dtypes != DEFAULT_DTYPES:
                raise
            notes.append(f"{dtype} was left out: {error}")
            continue
        dtypes[dtype], derived[dtype] = path, "fp32"
        comparisons[f"{dtype} against fp32"] = found
    _drop_unwanted(options, folder, dtypes)
    if reference.outputs is None:
        notes.append(
            f"There was no reference ({reference.made_by}). Record inputs and outputs of the source and "
            "give them as --reference outputs.npz to have the numbers proved."
        )
    default = _default(made, comparisons)
    chosen = default if default in dtypes else next(iter(dtypes))
    made = replace(made, dtypes=dtypes, derived=derived, default_dtype=chosen)
    return Converted(source, made, folder, comparisons, notes)


def _to_derive(made: Conversion, options: Options) -> list[str]:
    """The dtypes that are wanted and not there yet. Raises ConversionError where nothing can make them."""
    missing = [dtype for dtype in options.dtypes if dtype not in made.dtypes]
    if "fp32" in made.dtypes:
        return missing
    if missing and options.dtypes != DEFAULT_DTYPES:
        raise ConversionError(
            f"--dtype {','.join(missing)}",
            "cannot be made: the source has no fp32 weights",
            expected=f"some of {', '.join(made.dtypes)}",
        )
    return []


def _drop_unwanted(options: Options, folder: Path, dtypes: dict[str, str]) -> None:
    """fp32 was only the way to what was asked for: it goes, with the weights beside it."""
    if "fp32" in options.dtypes or not set(options.dtypes) & set(dtypes):
        return
    path = dtypes.pop("fp32", None)
    if path is not None:
        for file in (folder / path).parent.glob(f"{Path(path).name}*"):
            file.unlink()


def _default(made: Conversion, comparisons: dict[str, list[Comparison]]) -> str:
    """q8 where it was made and all best answers stayed the same, else what the converter says."""
    found = comparisons.get("q8 against fp32", [])
    ranked = [one.top1 for one in found if one.top1 is not None]
    if ranked and min(ranked) >= _TOP1_FOR_DEFAULT and all(one.cosine >= LEAST_COSINE["q8"] for one in found):
        return "q8"
    return made.default_dtype


def _what(made: Conversion) -> str:
    if made.reference.outputs is None:
        return "No reference: the numbers of the fp32 model are not compared with anything."
    return f"Compared with {made.reference.made_by}:"
