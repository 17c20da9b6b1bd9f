"""Rows of measurements, as a table and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median

__all__ = ["Row", "as_json", "as_table", "row"]


@dataclass(frozen=True)
class Row:
    """One measured quantity: the median of ours, of the peer's, and their spread."""

    suite: str
    what: str
    variant: str
    milliseconds: float
    low: float
    high: float
    rounds: int


def row(suite: str, what: str, variant: str, samples: list[float]) -> Row:
    """Summarise samples in milliseconds: median, and the quartiles as the spread.

    >>> row("overhead", "call", "ours", [3.0, 1.0, 2.0]).milliseconds
    2.0
    """
    ordered = sorted(samples)
    quarter = len(ordered) // 4
    return Row(suite, what, variant, median(ordered), ordered[quarter], ordered[-1 - quarter], len(ordered))


def as_json(rows: list[Row]) -> list[dict[str, object]]:
    return [asdict(entry) for entry in rows]


def as_table(rows: list[Row]) -> str:
    """A table with the ratio of each row to the first row of the same quantity (ours)."""
    lines = [f"{'what':<44} {'variant':<34} {'median':>10} {'quartiles':>19} {'ratio':>7}"]
    ours: dict[tuple[str, str], float] = {}
    for entry in rows:
        base = ours.setdefault((entry.suite, entry.what), entry.milliseconds)
        ratio = f"{base / entry.milliseconds:.2f}" if entry.milliseconds else "–"
        spread = f"{entry.low:.1f} – {entry.high:.1f}"
        lines.append(
            f"{entry.what:<44} {entry.variant:<34} {entry.milliseconds:>7.1f} ms {spread:>19} {ratio:>7}"
        )
    lines.append("ratio: ours ÷ this row; below 1 ours is faster")
    return "\n".join(lines)
