"""Train the loan model of `static/models/german-credit`: a logistic regression over twelve answers.

`python build.py train credit --extra sklearn` fits three quarters of the loans with scikit-learn; the
result is converted as anybody's would be. Only `python build.py eval credit` touches the other quarter.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wardian_build import cache, paths, progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import converted
from wardian_build.train.command import parser_for
from wardian_build.train.credit_data import NUMBERS, SOURCE, TEXTS, Loan, columns_of, is_held_out, load_loans

__all__ = ["main"]

MODEL_FOLDER = paths.STATIC / "models" / "german-credit"
C = 0.3
"""The inverse strength of regularisation; 0.1 and 1 came out alike in cross-validation."""
BACKGROUND = 16
"""Loans that stand for all others where reasons are computed."""


def background(fitting: Sequence[Loan]) -> dict[str, Any]:
    """Every so-manieth of the fitted loans, by column."""
    return columns_of([fitting[number * len(fitting) // BACKGROUND] for number in range(BACKGROUND)])


def with_ranges(config: dict[str, Any]) -> dict[str, Any]:
    """A number outside of what the model has seen is refused, and not extrapolated."""
    for column in config["columns"]:
        if column["name"] in NUMBERS:
            column["minimum"], column["maximum"] = NUMBERS[column["name"]]
    return config


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train credit`."""
    parser = parser_for("credit", MODEL_FOLDER, "sklearn", __doc__.split("\n\n")[0])
    options = parser.parse_args(arguments)
    chosen = Options(extras=tuple(options.extra), python=options.python, trust=True, dtypes=("fp32",))
    python = extras.interpreter(extras.EXTRAS["sklearn"], Path("build.py train credit"), chosen)
    fitting = [loan for loan in load_loans() if not is_held_out(loan)]
    request = {
        "columns": columns_of(fitting),
        "labels": ["good" if loan.good else "bad" for loan in fitting],
        "texts": list(TEXTS),
        "numbers": list(NUMBERS),
        "c": C,
    }
    with tempfile.TemporaryDirectory(prefix="wardian-train-") as folder:
        pickled = Path(folder) / "credit.pkl"
        with (
            progress.step("fit with scikit-learn"),
            extras.run_script(
                python, "credit_fit", pickled, request, package="wardian_build.train"
            ) as answer,
        ):
            shutil.copyfile(answer.folder / "model.pkl", pickled)
            table = answer.table
        with converted(pickled, Path(folder) / "made", chosen) as done:
            print(done.report)
            cache.write(options.out / "onnx/model.onnx", (done.folder / "onnx/model.onnx").read_bytes())
            config = with_ranges(json.loads((done.folder / "config.json").read_text("utf-8")))
    record = {
        "command": "python build.py train credit --extra sklearn",
        "python": platform.python_version(),
        "scikit-learn": table["version"],
        "data": SOURCE.label,
        "loans": len(fitting),
        "c": C,
        "cross_validated_auc": table["auc"],
    }
    for name, content in (("config", config), ("background", background(fitting)), ("training", record)):
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        cache.write(options.out / f"{name}.json", text.encode())
    print(f"AUC in cross-validation {table['auc'][0]:.3f} ± {table['auc'][1]:.3f}")
    print(f"{options.out}: put the new sha256 and figures on the card")
    return 0
