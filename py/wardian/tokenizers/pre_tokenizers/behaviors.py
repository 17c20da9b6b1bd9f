"""What becomes of a delimiter: the five behaviors of Hugging Face tokenizers.

Splitting "the-final--countdown" at "-":

| behavior | pieces |
|---|---|
| Removed | the, final, countdown |
| Isolated | the, -, final, -, -, countdown |
| MergedWithPrevious | the-, final-, -, countdown |
| MergedWithNext | the, -final, -, -countdown |
| Contiguous | the, -, final, --, countdown |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias, get_args

from wardian.errors import ModelError, shorten
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma import Alternation, Characters, Matcher, Node, Repeat, Row

__all__ = ["Behavior", "Span", "character_matcher", "check_behavior", "split_at"]

Behavior: TypeAlias = Literal["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
Span: TypeAlias = tuple[int, int]


def check_behavior(behavior: object) -> Behavior:
    """The behavior if it is one of the five. Raises ModelError."""
    for known in get_args(Behavior):
        if behavior == known:
            return known  # type: ignore[no-any-return]
    raise ModelError(
        "There is no such behavior of a split.",
        value=shorten(behavior),
        expected="one of " + ", ".join(get_args(Behavior)),
    )


def split_at(length: int, matches: list[Span], behavior: Behavior, invert: bool = False) -> list[Span]:
    """The pieces of a text of `length` characters, cut at the matches (`invert`: the rest are delimiters).

    >>> split_at(4, [(1, 2), (2, 3)], "MergedWithPrevious")
    [(0, 2), (2, 3), (3, 4)]
    """
    if behavior == "Removed":
        return [span for span in (matches if invert else _between(length, matches)) if span[0] < span[1]]
    rows = _cover(length, matches, invert)
    if behavior == "Isolated":
        return [span for span, _ in rows if span[0] < span[1]]
    if behavior == "Contiguous":
        pieces = _join(rows, lambda is_match, before: is_match == before)
    elif behavior == "MergedWithPrevious":
        pieces = _join(rows, lambda is_match, before: is_match and not before)
    else:
        pieces = _join(reversed(rows), lambda is_match, before: is_match and not before)
        pieces.reverse()
    return [span for span in pieces if span[0] < span[1]]


def _between(length: int, matches: list[Span]) -> list[Span]:
    starts = [0, *(end for _, end in matches)]
    ends = [*(start for start, _ in matches), length]
    return list(zip(starts, ends, strict=True))


def _cover(length: int, matches: list[Span], invert: bool) -> list[tuple[Span, bool]]:
    """Matches and what is between them, each with whether it is a delimiter."""
    rows: list[tuple[Span, bool]] = []
    done = 0
    for start, end in matches:
        if done != start:
            rows.append(((done, start), invert))
        rows.append(((start, end), not invert))
        done = end
    if done != length:
        rows.append(((done, length), invert))
    return rows


def _join(rows: Iterable[tuple[Span, bool]], joins: Callable[[bool, bool], bool]) -> list[Span]:
    """Join each row to the piece before it where `joins` says so of its flag and the flag before."""
    pieces: list[Span] = []
    before = False
    for (start, end), is_match in rows:
        if joins(is_match, before) and pieces:
            last = pieces[-1]
            pieces[-1] = min(start, last[0]), max(end, last[1])
        else:
            pieces.append((start, end))
        before = is_match
    return pieces


def character_matcher(points: CodePoints, behavior: Behavior) -> Matcher:
    """Finds the pieces of a text that is cut at each character of a set: one scan does all.

    >>> character_matcher(CodePoints.of("-"), "MergedWithNext").spans("a--b")
    [(0, 1), (1, 2), (2, 4)]
    """
    one, other = Characters(points), Characters(points.complement())
    rest = Repeat(other, 1, None)
    maybe = Repeat(one, 0, 1)
    trees: dict[Behavior, Node] = {
        "Removed": rest,
        "Isolated": Alternation((rest, one)),
        "MergedWithPrevious": Alternation((Row((rest, maybe)), one)),
        "MergedWithNext": Alternation((Row((maybe, rest)), one)),
        "Contiguous": Alternation((rest, Repeat(one, 1, None))),
    }
    return Matcher(trees[behavior])
