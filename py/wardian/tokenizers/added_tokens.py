"""Added tokens: strings such as [MASK] that are found in the text before anything else happens to it.

There are two passes: tokens that are not `normalized` are looked for in the text as it is; the rest in the
normalized text between them (and they are normalized themselves). Of several that match at one place the
longest wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wardian.errors import ModelError

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
    """Finds tokens in text.

    >>> finder = TokenFinder([("[MASK]", AddedToken("[MASK]", 103))])
    >>> [(found.start, found.end, found.token and found.token.id) for found in finder.split("a [MASK]!")]
    [(0, 2, None), (2, 8, 103), (8, 9, None)]
    """

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        self._by_spelling = {spelling: token for spelling, token in tokens if spelling}
        # Longest first: a regular expression takes the first alternative that matches.
        spellings = sorted(self._by_spelling, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, spellings))) if spellings else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def split(self, text: str) -> list[Found]:
        """The text as a row of places without gaps; empty ones are left out."""
        if self._pattern is None:
            return [Found(0, len(text), None)] if text else []
        found: list[Found] = []
        done = 0
        for match in self._pattern.finditer(text):
            token = self._by_spelling[match[0]]
            start, end = match.span()
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            if token.lstrip:
                start = len(text[:start].rstrip(_WHITESPACE))
                start = max(start, done)
            if token.rstrip:
                end = len(text) - len(text[end:].lstrip(_WHITESPACE))
            if start > done:
                found.append(Found(done, start, None))
            found.append(Found(start, end, token))
            done = end
        if done < len(text):
            found.append(Found(done, len(text), None))
        return found


#: `\s` of the reference: Unicode's White_Space, which has no \x1c to \x1f, unlike Python's `str.isspace`.
_WHITESPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


#: General categories of `\\w` in the reference's regular expressions: letters, marks, digits, connectors.
_WORD_CATEGORIES = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"))


def _is_word(character: str) -> bool:
    """Whether this is a character (not "" at the end of a text) that words are made of."""
    if not character:
        return False
    if unicodedata.category(character) in _WORD_CATEGORIES:
        return True
    # Join_Control, and the circled and squared letters of Other_Alphabetic.
    return (
        character in "\u200c\u200d"
        or "\u24b6" <= character <= "\u24e9"
        or ("\U0001f130" <= character <= "\U0001f189" and character not in _NO_LETTERS)
    )


_NO_LETTERS = frozenset(map(chr, (*range(0x1F14A, 0x1F150), *range(0x1F16A, 0x1F170))))


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
