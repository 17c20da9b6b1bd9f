"""Tables as Markdown: the one form in which commands print figures of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["table"]


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table.

    >>> print(table(["", "output"], [["fp32", "logits"]]))
    | | output |
    |---|---|
    | fp32 | logits |
    """
    lines = [_line(header), "|" + "---|" * len(header)]
    return "\n".join(lines + [_line(row) for row in rows])


def _line(cells: Sequence[object]) -> str:
    # An empty cell is one space wide, and no cell may end its row or its column.
    texts = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "|" + "|".join(f" {text} " if text else " " for text in texts) + "|"
