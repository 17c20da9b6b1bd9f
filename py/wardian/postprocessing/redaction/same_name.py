"""Which names mean the same: the whole name, the surname alone, a given name alone, initials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["PARTICLES", "group_names", "words_of_name"]

PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "da",
        "di",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "ter",
        "y",
    ]
)
_WORD = re.compile(r"[^\W\d_](?:['’.-]?[^\W\d_])*")
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "mx",
        "miss",
        "dr",
        "prof",
        "professor",
        "doctor",
        "sir",
        "madam",
        "rev",
        "capt",
        "sgt",
        "lt",
        "judge",
        "nurse",
    ]
)

#: Where more names than these share a word, it says nothing; and nobody compares each with each.
_MOST_OTHERS = 100


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a name without titles, for comparison; "Chen, Mei" is "Mei Chen".

    >>> words_of_name("Dr. Anna-Maria O’Neil"), words_of_name("CHEN, Mei")
    (('anna-maria', "o'neil"), ('mei', 'chen'))
    """
    surname, comma, given = name.partition(",")
    turned = f"{given} {surname}" if comma else name
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(turned)]
    return tuple(word for word in words if word not in _TITLES) or tuple(words)


def group_names(names: Iterable[str]) -> dict[str, int]:
    """Names by the person that they mean, numbered from 0 by first appearance.

    A surname, a given name or initials belong to the one longer name that has them; where several have them,
    nobody can tell, and they stay a person of their own.

    >>> group_names(["Maria Lopez", "Tom Reed", "Ms Lopez", "M. Lopez", "Tom", "Anna Reed", "Reed"])
    {'Maria Lopez': 0, 'Tom Reed': 1, 'Ms Lopez': 0, 'M. Lopez': 0, 'Tom': 1, 'Anna Reed': 2, 'Reed': 3}
    """
    given = {name: words_of_name(name) for name in dict.fromkeys(names)}
    whole = list(dict.fromkeys(words for words in given.values() if len(words) > 1))
    by_word: dict[str, list[tuple[str, ...]]] = {}
    for words in whole:
        for word in dict.fromkeys(words):
            by_word.setdefault(word, []).append(words)
    owners = {words: _owner(words, by_word) for words in dict.fromkeys(given.values())}
    numbers: dict[tuple[str, ...], int] = {}
    return {
        name: numbers.setdefault(_last_owner(words, owners), len(numbers)) for name, words in given.items()
    }


def _last_owner(words: tuple[str, ...], owners: dict[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """ "Reed" belongs to "T. Reed", who is "Tom Reed"."""
    while owners.get(words, words) != words:
        words = owners[words]
    return words


def _owner(words: tuple[str, ...], by_word: dict[str, list[tuple[str, ...]]]) -> tuple[str, ...]:
    """The one longer or fuller name that `words` are a part of; `words` where there is none, or several."""
    if not words:
        return words
    others = by_word.get(words[-1], ())
    if len(others) > _MOST_OTHERS:
        return words
    fitting = {other for other in others if other != words and _is_part(words, other)}
    # "Anna Lopez" is a part of "Anna Maria Lopez", too: the fullest of a chain is the one.
    fullest = [one for one in fitting if not any(other != one and _is_part(one, other) for other in fitting)]
    return fullest[0] if len(fullest) == 1 else words


def _is_part(words: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all words, or initials of words, are in the other name in this order."""
    if len(words) > len(other) or (len(words) == len(other) and _letters(words) >= _letters(other)):
        return False
    if len(words) == 1:
        # A single word is a given name or the surname, not a middle name or a particle.
        return words[0] in (other[0], other[-1]) and words[0] not in PARTICLES
    rest = iter(other)
    return all(
        any(word == one or (len(word) == 1 and one.startswith(word)) for one in rest) for word in words
    )


def _letters(words: Sequence[str]) -> int:
    return sum(map(len, words))
