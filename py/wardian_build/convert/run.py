"""One conversion from beginning to end: recognise, convert, make smaller dtypes, check, keep the folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    Reference,
    onnx_path,
    require_absent,
    staged,
    writing,
)
from wardian_build.convert.dtypes import derive
from wardian_build.convert.extras import FRAMEWORKS, WITH_DATA
from wardian_build.convert.rounding import require_or_rounding
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
    _refuse_idle(source, options)
    with progress.step(f"convert {source.model.name}"):
        converter: Converter = import_module(CONVERTERS[source.format])
        made = converter.convert(source, options)
    with staged(made.files, target) as folder:
        done = _checked(source, made, folder, options)
        yield done


def _refuse_idle(source: Source, options: Options) -> None:
    """An option that a source has no use for is a mistake of somebody, and not passed over."""
    given = {
        "--extra": (options.extras, FRAMEWORKS),
        "--python": (options.python, FRAMEWORKS),
        "--data": (options.data, WITH_DATA),
    }
    for name, (value, formats) in given.items():
        if value and source.format not in formats:
            raise ConversionError(
                name,
                f"is of no use for {FORMATS[source.format]}",
                expected="; ".join(FORMATS[one] for one in formats),
                hint="Recorded inputs and outputs are given with --reference." if name == "--data" else "",
            )


def _checked(source: Source, made: Conversion, folder: Path, options: Options) -> Converted:
    """Run every file of the folder, add the smaller dtypes, compare."""
    notes: list[str] = []
    runs: dict[str, dict[str, Sequence[Arrays]]] = {}
    comparisons: dict[str, list[Comparison]] = {}
    for name, part in made.parts.items():
        runs[name] = _run(part.dtypes, part.reference, folder)
        for dtype, found in runs[name].items():
            base = made.derived.get(dtype)
            label = _label(made, name, f"{dtype} against {base or 'the source'}")
            if base is not None:
                comparisons[label] = compare_runs(runs[name][base], found)
            elif part.reference.outputs is not None:
                comparisons[label] = compare_runs(part.reference.outputs, found)
            # Another form of the same numbers must give the same; what was rounded on purpose cannot.
            if label in comparisons and (base is None or dtype.startswith(f"{base}_")):
                path = folder / part.dtypes[dtype]
                notes += require_or_rounding(path, part.reference, comparisons[label], found)
    dtypes = {name: dict(part.dtypes) for name, part in made.parts.items()}
    derived = dict(made.derived)
    for dtype in _to_derive(made, options):
        try:
            found_by_part = _derived(made, dtype, folder, runs)
        except (CheckError, ConversionError, UnsupportedError) as error:
            for name in made.parts:
                (folder / onnx_path(dtype, name)).unlink(missing_ok=True)
            if options.dtypes != DEFAULT_DTYPES:
                raise
            notes.append(f"{dtype} was left out: {error}")
            continue
        for name in made.parts:
            dtypes[name][dtype] = onnx_path(dtype, name)
        derived[dtype] = "fp32"
        comparisons |= found_by_part
    for paths in dtypes.values():
        _drop_unwanted(options, folder, paths)
    if made.reference.outputs is None and not any(p.reference.outputs for p in made.others.values()):
        notes.append(
            f"There was no reference ({made.reference.made_by}). Record inputs and outputs of the source and "
            "give them as --reference outputs.npz to have the numbers proved."
        )
    default = _default(made, comparisons)
    chosen = default if default in dtypes[made.name] else next(iter(dtypes[made.name]))
    others = {name: replace(part, dtypes=dtypes[name]) for name, part in made.others.items()}
    made = replace(made, dtypes=dtypes[made.name], others=others, derived=derived, default_dtype=chosen)
    return Converted(source, made, folder, comparisons, notes)


def _run(dtypes: Mapping[str, str], reference: Reference, folder: Path) -> dict[str, Sequence[Arrays]]:
    """What the file of each dtype gives, but for caches, which show in what is computed from them."""
    found: dict[str, Sequence[Arrays]] = {}
    for dtype, path in dtypes.items():
        with progress.step(f"run {path}"):
            runs = run_onnx(folder / path, reference.inputs)
        found[dtype] = [
            {name: value for name, value in run.items() if not name.startswith("present.")} for run in runs
        ]
    return found


def _derived(
    made: Conversion, dtype: str, folder: Path, runs: Mapping[str, Mapping[str, Sequence[Arrays]]]
) -> dict[str, list[Comparison]]:
    """Make all parts in a smaller dtype and compare them with fp32. Raises ConversionError and its kinds."""
    comparisons: dict[str, list[Comparison]] = {}
    for name, part in made.parts.items():
        path = onnx_path(dtype, name)
        with progress.step(f"make {path}"):
            content = derive(folder / part.dtypes["fp32"], dtype)
            with writing(folder / path):
                (folder / path).write_bytes(content)
        found = compare_runs(runs[name]["fp32"], _run({dtype: path}, part.reference, folder)[dtype])
        require_direction(found, dtype)
        comparisons[_label(made, name, f"{dtype} against fp32")] = found
    return comparisons


def _label(made: Conversion, part: str, what: str) -> str:
    """A row of the table; of a model with several files it begins with the file's name."""
    return f"{part}: {what}" if made.others else what


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
    """fp32 was only the way to what was asked for: all its forms go, with the weights beside them."""
    if "fp32" in options.dtypes or not set(options.dtypes) & set(dtypes):
        return
    for dtype in [dtype for dtype in dtypes if dtype.partition("_")[0] == "fp32"]:
        path = dtypes.pop(dtype)
        for file in (folder / path).parent.glob(f"{Path(path).name}*"):
            file.unlink()


def _default(made: Conversion, comparisons: dict[str, list[Comparison]]) -> str:
    """q8 where it was made and all best answers stayed the same, else what the converter says.

    Best answers are those of the outputs that are scores, where there are any.
    """
    found = [one for label, rows in comparisons.items() if "q8 against fp32" in label for one in rows]
    scores = [one for one in found if "logits" in one.output] or found
    ranked = [one.top1 for one in scores if one.top1 is not None]
    if ranked and min(ranked) >= _TOP1_FOR_DEFAULT and all(one.cosine >= LEAST_COSINE["q8"] for one in found):
        return "q8"
    return made.default_dtype


def _what(made: Conversion) -> str:
    if all(part.reference.outputs is None for part in made.parts.values()):
        return "No reference: the numbers of the fp32 model are not compared with anything."
    return f"Compared with {made.reference.made_by}:"
