"""Text that remembers which characters of the original each of its characters came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma import Characters, Matcher, Node, Repeat

__all__ = ["AlignedText", "Rewriter", "places_of"]


@dataclass(slots=True)
class AlignedText:
    """Text and, per character, the range of original characters it stands for.

    `starts` and `ends` are positions in the original. They are None where nothing moved: then character i
    came from the original's character `base + i`. `head` is where the text began before anything was
    stripped off it, None where nothing was. It is not changed once it is made.

    >>> AlignedText("ab", (0, 2), (1, 3)).original_span(1, 2)
    (2, 3)
    >>> AlignedText("ab", base=7).original_span(1, 2)
    (8, 9)
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None
    base: int = 0
    head: int | None = field(default=None, repr=False)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The range in the original of the non-empty range [start, end) of this text."""
        if self.starts is None or self.ends is None:
            return self.base + start, self.base + end
        return self.starts[start], self.ends[end - 1]

    def slice(self, start: int, end: int) -> AlignedText:
        """The characters [start, end) of this text.

        >>> AlignedText("abc").slice(1, 2)
        AlignedText(text='b', starts=None, ends=None, base=1)
        """
        if self.starts is None or self.ends is None:
            return AlignedText(self.text[start:end], None, None, self.base + start)
        return AlignedText(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def slices(self, spans: Iterable[tuple[int, int]]) -> list[AlignedText]:
        """The pieces at these ranges; empty ones are left out."""
        text, starts, ends, base = self.text, self.starts, self.ends, self.base
        if starts is None or ends is None:
            return [AlignedText(text[a:b], None, None, base + a) for a, b in spans if a < b]
        return [AlignedText(text[a:b], starts[a:b], ends[a:b]) for a, b in spans if a < b]

    @property
    def first(self) -> int:
        """Where the text began before anything was stripped off it."""
        if self.head is not None:
            return self.head
        return self.starts[0] if self.starts else self.base

    def stripped(self, start: int, end: int) -> AlignedText:
        """The characters [start, end) of this text, which remember where the whole of it began."""
        part = self.slice(start, end)
        part.head = self.first
        return part

    def with_text(self, text: str) -> AlignedText:
        """Another text whose character i comes from where character i of this one came from."""
        return self if text == self.text else AlignedText(text, self.starts, self.ends, self.base, self.head)

    def moved(self, text: str, places: Sequence[int]) -> AlignedText:
        """Another text whose character i comes from where character `places[i]` of this one came from.

        −1 stands for no character of the original: the empty range where the text began.

        >>> AlignedText("kg", base=5).moved("KG!", [0, 1, 1])
        AlignedText(text='KG!', starts=[5, 6, 6], ends=[6, 7, 7], base=0)
        """
        if self.starts is None or self.ends is None:
            base = self.base
            starts = [base + place for place in places] if base else list(places)
            ends = [start + 1 for start in starts]
        else:
            starts = [self.starts[place] for place in places]
            ends = [self.ends[place] for place in places]
        if -1 in places:
            for index, place in enumerate(places):
                if place < 0:
                    starts[index] = ends[index] = self.first
        return AlignedText(text, starts, ends, head=self.head)


def places_of(changes: Iterable[int]) -> list[int]:
    """Where characters come from, by what Hugging Face's `NormalizedString::transform` is told of each.

    0: it takes the place of the next old character; 1: it is new, and shares the place of the one before; −n:
    as 0, and the n old characters that follow are gone.

    >>> places_of([0, 1, 0, -2, 0])
    [0, 0, 1, 2, 5]
    """
    places, at = [], 0
    for change in changes:
        if change > 0:
            places.append(at - 1)
        else:
            places.append(at)
            at += 1 - change
    return places


class Rewriter:
    """Rewrites the parts of a text that have certain characters, each by itself; all else stays.

    `rewrite` gives a part's new spelling and for each of its characters the place in the old one. What it
    gave is kept, so it must depend on the part alone. The parts are the runs of the characters, or what a
    pattern finds, each with at least one of them.

    >>> rewriter = Rewriter(CodePoints.of("ae"), lambda part: (part.upper() * 2, [0, 0]))
    >>> rewriter(AlignedText("bed"))
    AlignedText(text='bEEd', starts=[0, 1, 1, 2], ends=[1, 2, 2, 3], base=0)
    """

    _KEPT = 20_000

    def __init__(
        self,
        points: CodePoints,
        rewrite: Callable[[str], tuple[str, list[int]]],
        parts: Node | None = None,
    ) -> None:
        # Most texts have none of them; `re` scans fastest for a class alone.
        self._any = Matcher(Characters(points))
        self._parts = Matcher(parts or Repeat(Characters(points), 1, None))
        self._rewrite = rewrite
        self._known: dict[str, tuple[str, list[int] | None]] = {}

    def __call__(self, aligned: AlignedText) -> AlignedText:
        text, done = aligned.text, 0
        found, seen = self._any.prepared(text)
        if not found.search(seen):
            return aligned
        parts, seen = self._parts.prepared(text)
        spelled: list[str] = []
        places: list[int] = []
        straight = True
        for match in parts.finditer(seen):
            start, end = match.span()
            part = text[start:end]
            known = self._known.get(part)
            if known is None:
                known = self._learn(part)
            new, moved = known
            if moved is None and new == part:
                continue
            spelled += (text[done:start], new)
            if moved is None:
                places.extend(range(done, end))
            else:
                straight = False
                places.extend(range(done, start))
                places.extend([start + place for place in moved])
            done = end
        if not spelled:
            return aligned
        spelled.append(text[done:])
        if straight:
            return aligned.with_text("".join(spelled))
        places.extend(range(done, len(text)))
        return aligned.moved("".join(spelled), places)

    def _learn(self, part: str) -> tuple[str, list[int] | None]:
        new, places = self._rewrite(part)
        known = new, (None if places == list(range(len(part))) else places)
        if len(self._known) >= self._KEPT:
            self._known.clear()
        self._known[part] = known
        return known
