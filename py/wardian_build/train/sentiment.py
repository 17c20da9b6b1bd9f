"""Train the sentiment classifier of `static/models/sentiment-en-zh`: linear, on groups of words.

`python build.py train sentiment --extra sklearn` fits all reviews but the held-out ones, and converts the
result as it would anybody's pipeline; `--validate` fits fewer and reports the accuracy on the others, which
is how every setting below was chosen. Only `python build.py eval sentiment` touches the held-out reviews.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wardian_build import cache, paths, progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import converted
from wardian_build.train import reviews
from wardian_build.train.reviews import LANGUAGES, Review, load_reviews, of_part

__all__ = ["Settings", "main"]

MODEL_FOLDER = paths.STATIC / "models" / "sentiment-en-zh"


@dataclass(frozen=True)
class Language:
    """How the terms of one language are chosen; see `sentiment_fit.py`."""

    #: Words (Chinese: characters) in the longest term.
    longest: int
    #: Reviews in which a term must stand to be looked at.
    least: int
    #: Terms that are kept.
    terms: int
    #: The inverse strength of regularisation.
    c: float


@dataclass(frozen=True)
class Settings:
    """`c` is that of the last fit, with the terms of all languages."""

    #: Words, Chinese characters, and marks right after either.
    token_pattern: str = r"[a-zà-ÿ0-9]+(?:['’][a-z]+)?|[㐀-鿿]|(?<=[a-zà-ÿ0-9㐀-鿿])[！？!?…，。,.~～、；;]+"
    c: float = 8.0
    languages: Mapping[str, Language] = field(
        default_factory=lambda: {"en": Language(2, 3, 27_000, 10.0), "zh": Language(3, 2, 20_000, 4.0)}
    )


def fitted(validate: bool, python: Path, out: Path) -> dict[str, Any]:
    """Fit with scikit-learn elsewhere; the pickled pipeline goes to `out`. Returns the script's answer."""
    fitting, checking = {}, {}
    for language in LANGUAGES:
        everything = load_reviews(language)
        parts = ("fitting",) if validate else ("fitting", "validation")
        fitting[language] = _columns(of_part(everything, *parts))
        checking[language] = _columns(of_part(everything, "validation") if validate else [])
    request = {
        "settings": asdict(Settings()),
        "fitting": fitting,
        "checking": checking,
    }
    with (
        progress.step("fit with scikit-learn"),
        extras.run_script(python, "sentiment_fit", out, request, package="wardian_build.train") as answer,
    ):
        shutil.copyfile(answer.folder / "model.pkl", out)
        return {**answer.table, "reviews": {name: len(table["texts"]) for name, table in fitting.items()}}


def _columns(found: Sequence[Review]) -> dict[str, Any]:
    return {
        "texts": [review.text for review in found],
        "positive": [review.positive for review in found],
        "source": [review.source for review in found],
    }


def _record(answer: dict[str, Any]) -> str:
    """What was done, as JSON."""
    about = {
        "command": "python build.py train sentiment --extra sklearn",
        "python": platform.python_version(),
        "scikit-learn": answer["version"],
        "data": [reviews.ENGLISH.label, reviews.CHINESE.label],
        "reviews": answer["reviews"],
        "settings": asdict(Settings()),
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train sentiment`."""
    parser = argparse.ArgumentParser(prog="build.py train sentiment", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--out", type=Path, default=MODEL_FOLDER, help="model folder to write (default: %(default)s)"
    )
    parser.add_argument("--extra", action="append", default=[], help="sklearn: fetch scikit-learn for this")
    parser.add_argument("--python", type=Path, help="an interpreter that has scikit-learn")
    parser.add_argument(
        "--validate", action="store_true", help="hold back a tenth of the reviews; write no model"
    )
    options = parser.parse_args(arguments)
    chosen = Options(extras=tuple(options.extra), python=options.python, trust=True, dtypes=("fp32",))
    python = extras.interpreter(extras.EXTRAS["sklearn"], Path("build.py train sentiment"), chosen)
    with tempfile.TemporaryDirectory(prefix="wardian-train-") as folder:
        pickled = Path(folder) / "sentiment.pkl"
        answer = fitted(options.validate, python, pickled)
        if options.validate:
            for language, by_source in answer["accuracy"].items():
                for source, (right, total) in by_source.items():
                    print(f"{language} {source}: {right} of {total} = {right / total:.2%}")
            return 0
        with converted(pickled, Path(folder) / "made", chosen) as done:
            print(done.report)
            for name in ("onnx/model.onnx", "config.json", "vectorizer.json"):
                cache.write(options.out / name, (done.folder / name).read_bytes())
    cache.write(options.out / "training.json", _record(answer).encode())
    print(f"{options.out}: put the new sha256 and figures on the card")
    return 0
