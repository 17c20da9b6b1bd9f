"""The loan model on loans that it never saw, and whom it treats how: `python build.py eval credit`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian import pipeline
from wardian_build.evaluate.accuracy import calibration_error
from wardian_build.train.credit_data import Loan, columns_of, is_held_out, load_loans

__all__ = ["area_under_curve", "evaluate", "show"]

#: Groups of the fairness table, by attributes that the model is not given.
GROUPS: dict[str, Callable[[Loan], bool]] = {
    "women": lambda loan: loan.protected["personal_status_and_sex"].startswith("female"),
    "men": lambda loan: loan.protected["personal_status_and_sex"].startswith("male"),
    "25 years and younger": lambda loan: int(loan.protected["age_in_years"]) <= 25,
    "older than 25": lambda loan: int(loan.protected["age_in_years"]) > 25,
    "foreign workers": lambda loan: loan.protected["foreign_worker"] == "yes",
    "others": lambda loan: loan.protected["foreign_worker"] == "no",
}


def area_under_curve(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """The area under the ROC curve: how often a good loan has the higher score than a bad one, ties half.

    >>> area_under_curve(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    good, bad = scores[truth][:, None], scores[~truth][None, :]
    return float(((good > bad) + 0.5 * (good == bad)).mean())


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """Figures on the held-out quarter, and the same by groups."""
    pipe = await pipeline("tabular-classification", "german-credit", device="cpu", models_dir=models_dir)
    loans = [loan for loan in load_loans() if is_held_out(loan)]
    answers = await pipe(columns_of(loans), top_k=None)
    scores = np.array([next(one["score"] for one in answer if one["label"] == "good") for answer in answers])
    truth = np.array([loan.good for loan in loans])
    groups = {}
    for name, belongs in GROUPS.items():
        inside = np.array([belongs(loan) for loan in loans])
        groups[name] = _figures(scores[inside], truth[inside])
    whole = _figures(scores, truth)
    whole["auc"] = area_under_curve(scores, truth)
    whole["brier"] = float(((scores - truth) ** 2).mean())
    whole["calibration_error"] = calibration_error(scores, truth)
    return {"held_out": whole, "groups": groups}


def _figures(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Counts and shares of one group; a share of nobody is None."""
    accepted = scores >= 0.5
    return {
        "loans": len(scores),
        "paid_back": _share(truth),
        "accepted": _share(accepted),
        "right": _share(accepted == truth),
        "good_accepted": _share(accepted[truth]),
        "bad_accepted": _share(accepted[~truth]),
        "mean_score": float(scores.mean()),
    }


def _share(found: NDArray[np.bool_]) -> float | None:
    return float(found.mean()) if len(found) else None


def show(result: dict[str, Any]) -> None:
    whole = result["held_out"]
    print(f"{whole['loans']} held-out loans: AUC {whole['auc']:.3f}, right {whole['right']:.1%}")
    print(f"Brier score {whole['brier']:.3f}, expected calibration error {whole['calibration_error']:.3f}")
    print("| | loans | paid back | accepted | of the good accepted | of the bad accepted | mean score |")
    print("|---|---|---|---|---|---|---|")
    for name, entry in {"all": whole, **result["groups"]}.items():
        shares = [entry[key] for key in ("paid_back", "accepted", "good_accepted", "bad_accepted")]
        cells = ["–" if share is None else f"{share:.0%}" for share in shares]
        print(f"| {name} | {entry['loans']} | {' | '.join(cells)} | {entry['mean_score']:.2f} |")
