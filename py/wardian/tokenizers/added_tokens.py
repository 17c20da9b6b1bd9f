"""Added tokens: strings such as [MASK] that are found in the text before anything else happens to it.

There are two passes: tokens that are not `normalized` are looked for in the text as it is; the rest in the
normalized text between them (and they are normalized themselves). Of several that match at one place the
longest wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wardian.errors import ModelError
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.unicode_data import code_points

__all__ = ["AddedToken", "Found", "TokenFinder", "load_added_tokens"]


@dataclass(frozen=True, slots=True)
class AddedToken:
    """A token that the model's vocabulary or its user added.

    `single_word`: only where no word character touches it; `lstrip`, `rstrip`: takes the white space to its
    left or right along; `special`: `decode` may skip it.
    """

    content: str
    id: int
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text: an added token, or the text between (`token` is None)."""

    start: int
    end: int
    token: AddedToken | None


class TokenFinder:
    """Finds tokens in text: from the left, at each place the longest.

    A pattern finds places where a token may begin, by its first two characters; there the spellings of each
    length are looked up. Thousands of tokens are ready in milliseconds so.

    >>> finder = TokenFinder([("[MASK]", AddedToken("[MASK]", 103))])
    >>> [(found.start, found.end, found.token and found.token.id) for found in finder.split("a [MASK]!")]
    [(0, 2, None), (2, 8, 103), (8, 9, None)]
    """

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        # A token that normalizes to nothing is never found; with one, the reference's search may not end.
        self._by_spelling = {spelling: token for spelling, token in tokens if spelling}
        lengths: dict[str, set[int]] = {}
        for spelling in self._by_spelling:
            lengths.setdefault(spelling[0], set()).add(len(spelling))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._by_spelling)

    def split(self, text: str) -> list[Found]:
        """The text as a row of places; empty ones are left out.

        A token that took the white space behind it may overlap another one that begins in there.
        """
        found: list[Found] = []
        done = 0
        for start, end, token in self._matches(text):
            if token.single_word and _touches_word(text, start, end):
                continue
            if token.lstrip:
                start = _skip_space_back(text, start, done)
            if token.rstrip:
                end = _skip_space(text, end)
            if start > done:
                found.append(Found(done, start, None))
            if start < end:
                found.append(Found(start, end, token))
            done = end
        if done < len(text):
            found.append(Found(done, len(text), None))
        return found

    def _matches(self, text: str) -> Iterator[tuple[int, int, AddedToken]]:
        if not self._by_spelling:
            return
        find, lengths, by_spelling = self._candidates.search, self._lengths, self._by_spelling
        at = 0
        while candidate := find(text, at):
            start = candidate.start()
            at = start + 1
            for length in lengths[text[start]]:
                token = by_spelling.get(text[start : start + length])
                if token is not None:
                    # Near the end the slice is shorter than `length`: what was found is its own length.
                    at = start + len(text[start : start + length])
                    yield start, at, token
                    break

    @cached_property
    def _candidates(self) -> re.Pattern[str]:
        """Where a token may begin: by its first character, and the second where all tokens of it have one."""
        seconds: dict[str, set[str] | None] = {}
        for spelling in self._by_spelling:
            first = spelling[0]
            known = seconds.setdefault(first, set())
            if len(spelling) == 1:
                seconds[first] = None
            elif known is not None:
                known.add(spelling[1])
        firsts: dict[str, list[str]] = {}
        for first, known in seconds.items():
            after = "" if known is None else f"(?=[{CodePoints.of(known).character_class()}])"
            firsts.setdefault(after, []).append(first)
        if len(firsts) > _MOST_BRANCHES:
            firsts = {"": list(seconds)}
        return re.compile(
            "|".join(f"[{CodePoints.of(heads).character_class()}]{after}" for after, heads in firsts.items())
        )


_MOST_BRANCHES = 20
_SPACE = code_points(r"rust:\s")
_WORD = code_points(r"rust:\w")


def _touches_word(text: str, start: int, end: int) -> bool:
    """Whether a word character stands before or behind a range."""
    before = start > 0 and ord(text[start - 1]) in _WORD
    return before or (end < len(text) and ord(text[end]) in _WORD)


def _skip_space_back(text: str, start: int, stop: int) -> int:
    """Where the white space before `start` begins, not before `stop`."""
    while start > stop and ord(text[start - 1]) in _SPACE:
        start -= 1
    return max(start, stop)


def _skip_space(text: str, end: int) -> int:
    while end < len(text) and ord(text[end]) in _SPACE:
        end += 1
    return end


def load_added_tokens(items: Iterable[Mapping[str, Any]]) -> list[AddedToken]:
    """The `added_tokens` of `tokenizer.json`. Raises ModelError when one is broken."""
    try:
        return [
            AddedToken(
                content=str(item["content"]),
                id=int(item["id"]),
                **{
                    name: bool(item.get(name))
                    for name in ("single_word", "lstrip", "rstrip", "normalized", "special")
                },
            )
            for item in items
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError("An added token of the tokenizer is broken.", received=repr(error)) from error
