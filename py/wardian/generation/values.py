"""Single settings of a generation: each of the right type and in its range, or an error that names it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wardian.errors import InputError, shorten

__all__ = ["Reader", "flag", "ids", "integer", "number", "optional", "strings", "token", "words"]

#: Takes a field's name and value, gives the value as the configuration keeps it.
Reader = Callable[[str, Any], Any]


def _wrong(name: str, value: object, expected: str, hint: str | None = None) -> InputError:
    return InputError(f"{name} is wrong.", value=shorten(value), expected=expected, hint=hint)


def _is_integer(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def optional(read: Reader) -> Reader:
    """The same, or None."""
    return lambda name, value: None if value is None else read(name, value)


def flag(name: str, value: Any) -> bool:
    """
    >>> flag("do_sample", True)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise _wrong(name, value, "true or false")
    return bool(value)


def integer(low: int) -> Reader:
    """An integer of at least `low`.

    >>> integer(1)("num_beams", 4)
    4
    """

    def read(name: str, value: Any) -> int:
        if not _is_integer(value) or value < low:
            raise _wrong(name, value, f"an integer ≥ {low}")
        return int(value)

    return read


def number(expected: str, holds: Callable[[float], bool], hint: str | None = None) -> Reader:
    """A finite number for which `holds` is true.

    >>> number("a number > 0", lambda value: value > 0)("temperature", 1)
    1.0
    """

    def read(name: str, value: Any) -> float:
        real = _is_integer(value) or isinstance(value, (float, np.floating))
        if not real or not math.isfinite(value) or not holds(float(value)):
            raise _wrong(name, value, expected, hint)
        return float(value)

    return read


def token(name: str, value: Any) -> int:
    """The id of a token.

    >>> token("pad_token_id", 0)
    0
    """
    if not _is_integer(value) or value < 0:
        raise _wrong(name, value, "a token's id: an integer ≥ 0")
    return int(value)


def ids(name: str, value: Any) -> tuple[int, ...]:
    """Ids of tokens: one, a list, or none.

    >>> ids("eos_token_id", 2), ids("eos_token_id", [2, 7])
    ((2,), (2, 7))
    """
    if _is_integer(value):
        value = [value]
    if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, (str, bytes)):
        raise _wrong(name, value, "a token's id, or a list of them")
    return tuple(dict.fromkeys(token(name, one) for one in value))


def words(name: str, value: Any) -> tuple[tuple[int, ...], ...]:
    """Words as their tokens' ids.

    >>> words("bad_words_ids", [[5], [6, 7]])
    ((5,), (6, 7))
    """
    expected = "a list of words, each a list of at least one token's id"
    if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, (str, bytes)):
        raise _wrong(name, value, expected)
    for one in value:
        if not isinstance(one, (Sequence, np.ndarray)) or isinstance(one, (str, bytes)) or not len(one):
            raise _wrong(name, one, expected)
    return tuple(dict.fromkeys(tuple(token(name, index) for index in one) for one in value))


def strings(name: str, value: Any) -> tuple[str, ...]:
    """Strings of at least one character: one, or a list.

    >>> strings("stop_strings", "END")
    ('END',)
    """
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence) or not all(isinstance(one, str) and one for one in given):
        raise _wrong(name, value, "a string of at least one character, or a list of them")
    return tuple(dict.fromkeys(given))
