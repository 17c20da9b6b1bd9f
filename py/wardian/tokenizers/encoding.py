"""What a tokenizer gives: ids and everything that runs beside them; truncation and padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError

__all__ = ["Encoding", "Padding", "Pieces", "Truncation", "pad_all", "truncate"]

Offsets = tuple[int, int]


@dataclass(slots=True)
class Pieces:
    """The tokens of one text, before special tokens: parallel lists."""

    ids: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    offsets: list[Offsets] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def cut(self, length: int, direction: str) -> Pieces:
        """The first `length` tokens, or the last for direction "left"."""
        if len(self.ids) <= length:
            return self
        part = slice(0, length) if direction == "right" else slice(len(self.ids) - length, None)
        return Pieces(self.ids[part], self.tokens[part], self.offsets[part])


@dataclass(slots=True)
class Encoding:
    """An encoded text, or pair of texts.

    `ids`, `type_ids`, `attention_mask` and `special_tokens_mask` are int64 (tokens); `tokens` are their
    spellings; `offsets` their half-open ranges in characters of the text they came from ((0, 0) for special
    tokens and padding).
    """

    ids: NDArray[np.int64]
    type_ids: NDArray[np.int64]
    tokens: list[str]
    offsets: list[Offsets]
    special_tokens_mask: NDArray[np.int64]
    attention_mask: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Truncation:
    """At most `max_length` tokens, special ones included.

    `strategy` says which text of a pair is cut: "longest_first", "only_first" or "only_second"; `direction`
    which end is dropped: "right" or "left".
    """

    max_length: int
    strategy: str = "longest_first"
    direction: str = "right"

    def __post_init__(self) -> None:
        _check_choice("strategy", self.strategy, ("longest_first", "only_first", "only_second"))
        _check_choice("direction", self.direction, ("right", "left"))
        _check_length("max_length", self.max_length, 1)


@dataclass(frozen=True, slots=True)
class Padding:
    """Pad to `length` tokens, or to the longest of the batch for None, then up to a multiple."""

    length: int | None = None
    direction: str = "right"
    pad_id: int = 0
    pad_type_id: int = 0
    pad_token: str = "[PAD]"
    pad_to_multiple_of: int | None = None

    def __post_init__(self) -> None:
        _check_choice("direction", self.direction, ("right", "left"))
        for name in ("length", "pad_to_multiple_of"):
            if getattr(self, name) is not None:
                _check_length(name, getattr(self, name), 1)


def truncate(
    first: Pieces, second: Pieces | None, rule: Truncation, special: int
) -> tuple[Pieces, Pieces | None]:
    """Cut one text or a pair so that, with `special` special tokens, `rule.max_length` is kept.

    "longest_first" takes from the longer text until both are equal, then from both; the odd token stays with
    the longer one. Source: `truncate_encodings` of Hugging Face tokenizers.

    Raises InputError when the wanted length cannot be reached.
    """
    room = rule.max_length - special
    if room < 0:
        raise InputError(
            "There is no room for the special tokens.",
            value=f"max_length={rule.max_length}",
            expected=f"at least {special}",
        )
    if room == 0:  # the reference's way out for every strategy
        return Pieces(), None if second is None else Pieces()
    if second is None:
        if rule.strategy == "only_second" and len(first) > room:
            raise InputError("There is no second text to cut.", value="strategy='only_second'")
        return first.cut(room, rule.direction), None
    if rule.strategy == "longest_first":
        lengths = _longest_first(len(first), len(second), room)
        return first.cut(lengths[0], rule.direction), second.cut(lengths[1], rule.direction)
    excess = len(first) + len(second) - room
    if excess <= 0:
        return first, second
    target, other = (first, second) if rule.strategy == "only_first" else (second, first)
    if excess >= len(target):
        raise InputError(
            "The text is too short to be cut so far.",
            value=f"strategy={rule.strategy!r}, max_length={rule.max_length}",
            expected=f"a text of more than {excess} tokens",
            received=f"{len(target)} tokens beside {len(other)}",
        )
    cut = target.cut(len(target) - excess, rule.direction)
    return (cut, second) if rule.strategy == "only_first" else (first, cut)


def _longest_first(first: int, second: int, room: int) -> tuple[int, int]:
    short, long = sorted((first, second))
    long = short if short > room else max(short, room - short)
    if short + long > room:
        short, long = room // 2, room // 2 + room % 2
    return (long, short) if first > second else (short, long)


def pad_all(encodings: Sequence[Encoding], rule: Padding) -> list[Encoding]:
    """Pad a batch to one length (longer ones stay as they are)."""
    length = rule.length or max((len(encoding) for encoding in encodings), default=0)
    if rule.pad_to_multiple_of:
        length += -length % rule.pad_to_multiple_of
    return [_pad(encoding, length, rule) for encoding in encodings]


def _pad(encoding: Encoding, length: int, rule: Padding) -> Encoding:
    missing = length - len(encoding)
    if missing <= 0:
        return encoding
    right = rule.direction == "right"

    def column(values: NDArray[np.int64], fill: int) -> NDArray[np.int64]:
        return np.pad(values, (0, missing) if right else (missing, 0), constant_values=fill)

    def row(values: list[Any], fill: object) -> list[Any]:
        return values + [fill] * missing if right else [fill] * missing + values

    return Encoding(
        ids=column(encoding.ids, rule.pad_id),
        type_ids=column(encoding.type_ids, rule.pad_type_id),
        tokens=row(encoding.tokens, rule.pad_token),
        offsets=row(encoding.offsets, (0, 0)),
        special_tokens_mask=column(encoding.special_tokens_mask, 1),
        attention_mask=column(encoding.attention_mask, 0),
    )


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(
            f"The {name} is unknown.", value=repr(value), expected="one of " + ", ".join(choices)
        )


def _check_length(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name} is wrong.", value=repr(value), expected=f"an integer ≥ {least}")
