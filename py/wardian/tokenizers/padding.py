"""Padding: all encodings of a batch to one length, those that overflowed too.

Source: `utils/padding.rs` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardian.tokenizers.truncation import DIRECTIONS, check_choice, check_count

if TYPE_CHECKING:
    from wardian.tokenizers.encoding import Encoding

__all__ = ["Padding", "pad_encodings"]


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
        check_choice("direction", self.direction, DIRECTIONS)
        for name in ("length", "pad_to_multiple_of"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_count("pad_id", self.pad_id)
        check_count("pad_type_id", self.pad_type_id)


def pad_encodings(encodings: Sequence[Encoding], rule: Padding) -> None:
    """Pad a batch, in place, to one length; longer ones stay as they are.

    The longest is looked for among the encodings themselves, not among those that overflowed.
    """
    length = rule.length
    if length is None:
        length = max(map(len, encodings), default=0)
    if rule.pad_to_multiple_of:
        length += -length % rule.pad_to_multiple_of
    for encoding in encodings:
        encoding.pad(length, rule.direction, rule.pad_id, rule.pad_type_id, rule.pad_token)
