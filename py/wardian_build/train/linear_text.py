"""Linear models of texts, from two heaps of texts to a model folder: what `sentiment` and `spam` share."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from wardian_build import cache, progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import converted
from wardian_build.train.command import parser_for

__all__ = ["Labelled", "Language", "Part", "Settings", "of_part", "part_of", "train_command"]

Part = Literal["held_out", "validation", "fitting"]


@dataclass(frozen=True)
class Labelled:
    """A text, whether it is of the second label, and the kind of place where it stood.

    Texts with the same `key` (by default the text) belong to the same part.
    """

    text: str
    positive: bool
    source: str
    key: str = ""

    @property
    def part(self) -> Part:
        return part_of(self.key or self.text)


@dataclass(frozen=True)
class Language:
    """How the terms of one language are chosen; see `linear_text_fit.py`."""

    #: Words (Chinese: characters) in the longest term.
    longest: int
    #: Texts in which a term must stand to be looked at.
    least: int
    #: Terms that are kept.
    terms: int
    #: The inverse strength of regularisation.
    c: float


@dataclass(frozen=True)
class Settings:
    """`c` is that of the last fit, with the terms of all languages; of `labels` the second is positive."""

    token_pattern: str
    labels: tuple[str, str]
    c: float
    languages: Mapping[str, Language]


def part_of(text: str) -> Part:
    """Which part a text belongs to: 20 % held out, 10 % for choosing settings, the rest for fitting.

    By the hash of the text, so that no order, no version of a library and no seed can mix them.

    >>> part_of("A wonderful film.")
    'fitting'
    """
    first = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0]
    return "held_out" if first < 51 else "validation" if first < 77 else "fitting"


def of_part(texts: Sequence[Labelled], *parts: Part) -> list[Labelled]:
    return [text for text in texts if text.part in parts]


def train_command(
    name: str,
    folder: Path,
    corpora: Mapping[str, Sequence[Labelled]],
    settings: Settings,
    data: Sequence[str],
    arguments: Sequence[str] | None,
) -> int:
    """`python build.py train NAME`: fit with scikit-learn elsewhere, convert, write the model's files.

    `corpora` are the texts by language, `data` the labels of the packages they come from.
    """
    parser = parser_for(name, folder, "sklearn")
    parser.add_argument(
        "--validate", action="store_true", help="hold back a tenth of the texts; write no model"
    )
    options = parser.parse_args(arguments)
    chosen = Options(extras=tuple(options.extra), python=options.python, trust=True, dtypes=("fp32",))
    python = extras.interpreter(extras.EXTRAS["sklearn"], Path(f"build.py train {name}"), chosen)
    with tempfile.TemporaryDirectory(prefix="wardian-train-") as temporary:
        pickled = Path(temporary) / f"{name}.pkl"
        answer = _fitted(corpora, settings, options.validate, python, pickled)
        if options.validate:
            for language, by_source in answer["accuracy"].items():
                for source, (right, total) in by_source.items():
                    print(f"{language} {source}: {right} of {total} = {right / total:.2%}")
            return 0
        with converted(pickled, Path(temporary) / "made", chosen) as done:
            print(done.report)
            for file in ("onnx/model.onnx", "config.json", "vectorizer.json"):
                cache.write(options.out / file, (done.folder / file).read_bytes())
    about = {
        "command": f"python build.py train {name} --extra sklearn",
        "python": platform.python_version(),
        "scikit-learn": answer["version"],
        "data": list(data),
        "texts": answer["texts"],
        "settings": asdict(settings),
    }
    record = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    cache.write(options.out / "training.json", record.encode())
    print(f"{options.out}: put the new sha256 and figures on the card")
    return 0


def _fitted(
    corpora: Mapping[str, Sequence[Labelled]], settings: Settings, validate: bool, python: Path, out: Path
) -> dict[str, Any]:
    """Fit with scikit-learn elsewhere; the pickled pipeline goes to `out`. Returns the script's answer."""
    fitting, checking = {}, {}
    parts: tuple[Part, ...] = ("fitting",) if validate else ("fitting", "validation")
    for language, texts in corpora.items():
        fitting[language] = _columns(of_part(texts, *parts))
        checking[language] = _columns(of_part(texts, "validation") if validate else [])
    request = {"settings": asdict(settings), "fitting": fitting, "checking": checking}
    script = "linear_text_fit"
    with (
        progress.step("fit with scikit-learn"),
        extras.run_script(python, script, out, request, package="wardian_build.train") as answer,
    ):
        shutil.copyfile(answer.folder / "model.pkl", out)
        return {**answer.table, "texts": {name: len(table["texts"]) for name, table in fitting.items()}}


def _columns(found: Sequence[Labelled]) -> dict[str, Any]:
    return {
        "texts": [one.text for one in found],
        "positive": [one.positive for one in found],
        "source": [one.source for one in found],
    }
