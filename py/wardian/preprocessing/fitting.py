"""Texts cut and put together so that each fits a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wardian.preprocessing.sentences import split_sentences

__all__ = ["cut_to_fit", "join_to_fit"]

Fits = Callable[[str], bool]


def cut_to_fit(text: str, fits: Fits) -> list[str]:
    """A text in parts that fit, in order: its sentences, and where one alone is too long, its words, and
    where a word is, its characters.

    >>> cut_to_fit("One. Two and three. Four.", lambda part: len(part) <= 9)
    ['One.', 'Two and', 'three.', 'Four.']
    """
    return [part for start, end in split_sentences(text) for part in _halves(text[start:end], fits)]


def join_to_fit(parts: Iterable[str], fits: Fits, separator: str = " ") -> list[str]:
    """As few texts as possible of neighbouring parts that still fit; parts that do not are cut before.

    >>> join_to_fit(["One.", "Two.", "Three."], lambda part: len(part) <= 10)
    ['One. Two.', 'Three.']
    """
    found: list[str] = []
    for part in parts:
        for piece in [part] if fits(part) else cut_to_fit(part, fits):
            if found and fits(joined := found[-1] + separator + piece):
                found[-1] = joined
            else:
                found.append(piece)
    return found


def _halves(text: str, fits: Fits) -> list[str]:
    """A text as it is, or the parts of its halves; a character that does not fit alone stays."""
    if len(text) < 2 or fits(text):
        return [text]
    spaces = [place for place, letter in enumerate(text) if letter.isspace() and 0 < place < len(text) - 1]
    middle = len(text) // 2
    place = min(spaces, key=lambda one: abs(one - middle), default=middle)
    halves = text[:place].rstrip(), text[place:].lstrip()
    return [part for half in halves if half for part in _halves(half, fits)]
