"""What every normalizer is."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from wardian.tokenizers.aligned import AlignedText

__all__ = ["Normalizer"]


class Normalizer(Protocol):
    """Maps text to cleaner text whose characters know where they came from.

    The fields of `tokenizer.json` are attributes of the same names.
    """

    #: Whether what is between spaces and newlines can be normalized by itself, and these stay white space.
    @property
    def independent_at_space(self) -> bool: ...

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        ...

    def to_config(self) -> dict[str, Any]:
        """The normalizer as `tokenizer.json` has it."""
        ...


class PlainNormalizer:
    """A normalizer without fields."""

    independent_at_space: ClassVar[bool] = True

    def to_config(self) -> dict[str, Any]:
        return {"type": type(self).__name__}
