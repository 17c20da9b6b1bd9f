"""spaCy's tokenizer, from the rules that its packages carry.

A text is cut at white space; from what is between, prefixes and suffixes are taken off until an exception or
nothing of the kind is left, then it is cut at infixes. At last runs of tokens that spell an exception become
that exception's tokens.

Source: `spacy/tokenizer.pyx` of spaCy 3.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wardian.errors import ModelError

__all__ = ["Piece", "SpacyTokenizer", "Tokens"]

#: A token's text, and the norm that an exception gives it.
Piece = tuple[str, str | None]
#: Tokens, and the character that each begins at.
Tokens = tuple[list[Piece], list[int]]

#: The first space behind a word belongs to no token; all other white space is one.
_RUNS = re.compile(r"\s+|\S+")
#: What is longer without white space is no word: it is cut, because rules take the square of its length.
_LONGEST = 500
#: No suffix of any language looks farther back, but for a row of dots.
_SUFFIX_REACH = 40
#: Tokens between two looks at the clock.
_BLOCK = 5_000


class SpacyTokenizer:
    """Cuts texts as spaCy does.

    >>> rules = {"prefix": "^[(]", "suffix": "[).,]$", "infix": "-", "url": "^https?://",
    ...          "exceptions": {"don't": [["do", None], ["n't", "not"]]}}
    >>> pieces, starts = SpacyTokenizer(rules)("I (don't) co-operate.")
    >>> [text for text, _ in pieces]
    ['I', '(', 'do', "n't", ')', 'co', '-', 'operate', '.']
    >>> starts
    [0, 2, 3, 5, 8, 10, 12, 13, 20]
    """

    def __init__(self, rules: Mapping[str, Any]) -> None:
        """Raises ModelError when the rules are not complete."""
        try:
            self._prefix = re.compile(rules["prefix"])
            self._suffix = re.compile(rules["suffix"])
            self._infix = re.compile(rules["infix"])
            self._url = re.compile(rules["url"])
            exceptions = {
                text: tuple((part, norm) for part, norm in parts)
                for text, parts in rules["exceptions"].items()
            }
        except (KeyError, TypeError, ValueError, re.error) as error:
            raise ModelError(
                "The tokenizer's rules cannot be read.",
                expected="prefix, suffix, infix, url and exceptions",
                received=f"{type(error).__name__}: {error}",
            ) from error
        self._exceptions: dict[str, tuple[Piece, ...]] = exceptions
        self._cache: dict[str, tuple[Piece, ...]] = {}
        self._spelled = self._runs_of_tokens()

    def __call__(self, text: str) -> Tokens:
        """The tokens of a text, and the character that each begins at."""
        *_, (tokens, _) = self.blocks(text)
        return tokens

    def blocks(self, text: str) -> Iterator[tuple[Tokens, int]]:
        """The same, with a stop every few thousand tokens: the tokens so far, and the characters done.

        Only the last, when all characters are done, has the tokens as they stay.
        """
        pieces: list[Piece] = []
        starts: list[int] = []
        rest = _BLOCK
        for run in _RUNS.finditer(text):
            place, span = run.start(), run.group()
            if place and span[0] == " ":
                place, span = place + 1, span[1:]
                if not span:
                    continue
            for piece in self._cache.get(span) or self._chunk(span):
                pieces.append(piece)
                starts.append(place)
                place += len(piece[0])
            rest -= 1
            if not rest:
                rest = _BLOCK
                yield (pieces, starts), run.end() - 1
        yield self._with_exceptions(text, pieces, starts), len(text)

    def _chunk(self, span: str) -> tuple[Piece, ...]:
        if len(span) > _LONGEST:
            return tuple(piece for part in _parts(span) for piece in self._chunk(part))
        found = self._exceptions.get(span) or tuple(self._split(span, True))
        self._cache[span] = found
        return found

    def _split(self, span: str, with_exceptions: bool) -> list[Piece]:
        """One run without white space, or of white space, cut by the rules."""
        exceptions = self._exceptions if with_exceptions else {}
        before: list[Piece] = []
        behind: list[Piece] = []
        length = 0
        while span and len(span) != length:
            if span in exceptions:
                break
            length = len(span)
            start = self._prefix_length(span)
            if start and span[start:] in exceptions:
                before.append((span[:start], None))
                span = span[start:]
                break
            end = self._suffix_length(span[start:])
            if end and span[:-end] in exceptions:
                behind.append((span[-end:], None))
                span = span[:-end]
                break
            if start:
                before.append((span[:start], None))
            if end:
                behind.append((span[-end:], None))
            span = span[start : len(span) - end]
        return [*before, *self._middle(span, exceptions), *reversed(behind)]

    def _middle(self, span: str, exceptions: Mapping[str, tuple[Piece, ...]]) -> Sequence[Piece]:
        """What has neither prefix nor suffix."""
        if not span:
            return ()
        if span in exceptions:
            return exceptions[span]
        if self._url.match(span):
            return ((span, None),)
        made: list[Piece] = []
        start = 0
        for infix in self._infix.finditer(span):
            if infix.start() == 0:
                continue
            if infix.start() > start:
                made.append((span[start : infix.start()], None))
            if infix.group():
                made.append((infix.group(), None))
            start = infix.end()
        if start < len(span):
            made.append((span[start:], None))
        return made

    def _prefix_length(self, span: str) -> int:
        found = self._prefix.search(span)
        return found.end() - found.start() if found else 0

    def _suffix_length(self, span: str) -> int:
        reach = min(len(span) - _SUFFIX_REACH, len(span.rstrip(".")))
        found = self._suffix.search(span, max(0, reach))
        return found.end() - found.start() if found else 0

    def _runs_of_tokens(self) -> dict[str, list[tuple[str, ...]]]:
        """Exceptions that other rules would cut, by the first of the tokens that they would be cut to."""
        runs: dict[str, list[tuple[str, ...]]] = {}
        for text in self._exceptions:
            if (
                " " in text
                or self._prefix.search(text)
                or self._infix.search(text)
                or self._suffix.search(text)
            ):
                cut = tuple(part for run in _RUNS.findall(text) for part, _ in self._split(run, False))
                runs.setdefault(cut[0], []).append(cut)
        return runs

    def _with_exceptions(self, text: str, pieces: list[Piece], starts: list[int]) -> Tokens:
        """Runs of tokens that spell an exception become its tokens: of overlapping runs the longest, then
        the first. A run that only looks like one, with white space inside, stays, and still keeps others
        away.
        """
        found = [
            (index, index + len(cut))
            for index, (first, _) in enumerate(pieces)
            for cut in self._spelled.get(first, ())
            if tuple(word for word, _ in pieces[index : index + len(cut)]) == cut
        ]
        found.sort(key=lambda run: (run[0] - run[1], run[0]))
        taken: set[int] = set()
        changed: dict[int, tuple[int, tuple[Piece, ...]]] = {}
        for start, end in found:
            if start not in taken and end - 1 not in taken:
                spelled = text[starts[start] : starts[end - 1] + len(pieces[end - 1][0])]
                if spelled in self._exceptions:
                    changed[start] = (end, self._exceptions[spelled])
            taken.update(range(start, end))
        return _replaced(pieces, starts, changed) if changed else (pieces, starts)


def _replaced(
    pieces: list[Piece], starts: list[int], changed: Mapping[int, tuple[int, tuple[Piece, ...]]]
) -> Tokens:
    """The tokens with runs of them, by where these begin, replaced by others of the same spelling."""
    made: list[Piece] = []
    places: list[int] = []
    done = 0
    for start in sorted(changed):
        end, others = changed[start]
        made += [*pieces[done:start], *others]
        places += starts[done:start]
        place = starts[start]
        for text, _ in others:
            places.append(place)
            place += len(text)
        done = end
    return [*made, *pieces[done:]], [*places, *starts[done:]]


def _parts(span: str) -> Iterator[str]:
    """A run that is too long, cut behind the last character of a part that is neither letter nor digit."""
    while len(span) > _LONGEST:
        end = next((at for at in range(_LONGEST, _LONGEST // 2, -1) if not span[at - 1].isalnum()), _LONGEST)
        yield span[:end]
        span = span[end:]
    yield span
