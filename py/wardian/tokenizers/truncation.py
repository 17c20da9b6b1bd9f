"""Truncation: at most so many tokens, with what was cut away as further, overlapping windows.

Source: `utils/truncation.rs` and `Encoding::truncate` of Hugging Face tokenizers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardian.errors import InputError

if TYPE_CHECKING:
    from wardian.tokenizers.encoding import Encoding

__all__ = ["Truncation", "check_choice", "check_count", "truncate_encodings", "windows"]

STRATEGIES = ("longest_first", "only_first", "only_second")
DIRECTIONS = ("right", "left")


@dataclass(frozen=True, slots=True)
class Truncation:
    """At most `max_length` tokens, special ones included.

    `strategy` says which text of a pair is cut: "longest_first", "only_first" or "only_second"; `direction`
    which end is dropped: "right" or "left". What is dropped is in `Encoding.overflowing`, in windows that
    share `stride` tokens with their neighbour.
    """

    max_length: int
    stride: int = 0
    strategy: str = "longest_first"
    direction: str = "right"

    def __post_init__(self) -> None:
        check_choice("strategy", self.strategy, STRATEGIES)
        check_choice("direction", self.direction, DIRECTIONS)
        check_count("max_length", self.max_length)
        check_count("stride", self.stride)


def windows(length: int, max_length: int, stride: int, direction: str) -> list[tuple[int, int]]:
    """The half-open ranges that `length` tokens are cut into; the first is the one that stays.

    Neighbours share `stride` tokens; the last window reaches the far end and may be shorter.

    >>> windows(5, 2, 0, "right")
    [(0, 2), (2, 4), (4, 5)]
    >>> windows(5, 3, 1, "left")
    [(2, 5), (0, 3)]

    Raises InputError unless stride < max_length.
    """
    if stride >= max_length:
        raise InputError(
            "The stride is as long as what is left of a text.",
            value=f"stride={stride}",
            expected=f"less than {max_length}: the maximal length without the special tokens",
        )
    step = max_length - stride
    found = []
    if direction == "right":
        for start in range(0, length, step):
            stop = min(start + max_length, length)
            found.append((start, stop))
            if stop == length:
                break
    else:
        for stop in range(length, 0, -step):
            start = max(stop - max_length, 0)
            found.append((start, stop))
            if start == 0:
                break
    return found


def truncate_encodings(first: Encoding, second: Encoding | None, rule: Truncation, special: int) -> None:
    """Cut one encoding or a pair, in place, so that with `special` special tokens `max_length` is kept.

    "longest_first" takes from the longer text until both are equal, then from both; the odd token stays with
    the longer one. Where no room is left at all, both become empty whatever the strategy.

    Raises InputError when the wanted length cannot be reached.
    """
    room = rule.max_length - special
    if room < 0:
        raise InputError(
            "There is no room for the special tokens.",
            value=f"max_length={rule.max_length}",
            expected=f"at least {special}",
        )
    total = len(first) + (0 if second is None else len(second))
    if room and total <= room:
        return
    if room == 0:
        lengths = (0, 0)
    elif rule.strategy == "longest_first":
        lengths = (room, 0) if second is None else _longest_first(len(first), len(second), room)
    else:
        lengths = _one_of_two(first, second, rule.strategy, total - room)
    first.truncate(lengths[0], rule.stride, rule.direction)
    if second is not None:
        second.truncate(lengths[1], rule.stride, rule.direction)


def _longest_first(first: int, second: int, room: int) -> tuple[int, int]:
    short, long = sorted((first, second))
    long = short if short > room else max(short, room - short)
    if short + long > room:
        short, long = room // 2, room // 2 + room % 2
    return (long, short) if first > second else (short, long)


def _one_of_two(first: Encoding, second: Encoding | None, strategy: str, excess: int) -> tuple[int, int]:
    other = 0 if second is None else len(second)
    if strategy == "only_second" and second is None:
        raise InputError("There is no second text to cut.", value="strategy='only_second'")
    target = len(first) if strategy == "only_first" else other
    if target <= excess:
        raise InputError(
            "The text is too short to be cut so far.",
            value=f"strategy={strategy!r}",
            expected=f"a text of more than {excess} tokens",
            received=f"{target} tokens",
        )
    return (target - excess, other) if strategy == "only_first" else (len(first), target - excess)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raises InputError for a value that is none of the choices."""
    if value not in choices:
        raise InputError(
            f"The {name} is unknown.", value=repr(value), expected="one of " + ", ".join(choices)
        )


def check_count(name: str, value: object, least: int = 0) -> None:
    """Raises InputError for a value that is no integer ≥ `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name} is wrong.", value=repr(value), expected=f"an integer ≥ {least}")
