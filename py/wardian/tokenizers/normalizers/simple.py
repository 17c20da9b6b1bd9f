"""Normalizers that look at one character at a time, or at the ends of a text."""

from __future__ import annotations

from typing import Any, ClassVar

from wardian.tokenizers.aligned import AlignedText, Rewriter
from wardian.tokenizers.byte_level import to_byte_level
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.normalizers.base import PlainNormalizer
from wardian.tokenizers.oniguruma import Characters
from wardian.tokenizers.unicode_data import code_points, mapping

__all__ = ["ByteLevel", "CharacterTable", "Lowercase", "Nmt", "Prepend", "Strip", "StripAccents", "lowercase"]


class CharacterTable(dict[int, str]):
    """A table for `str.translate` in which a character that is not listed stays.

    `str.translate` asks a plain dict by exceptions, which is slow; here the answer is kept.
    """

    def __missing__(self, code: int) -> str:
        self[code] = character = chr(code)
        return character


class Lowercase(PlainNormalizer):
    """Lower case, character by character: a final sigma is not special.

    >>> Lowercase().normalize(AlignedText("ΟΔΟΣ")).text
    'οδοσ'
    """

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        return lowercase(text)


#: What lower case is longer: İ alone.
_LONGER = {code: small for code, small in mapping("lower").items() if len(small) > 1}
_LOWER = CharacterTable({code: small for code, small in mapping("lower").items() if len(small) == 1})
_lower_longer = Rewriter(
    CodePoints((code, code) for code in _LONGER),
    lambda part: (_LONGER[ord(part)], [0] * len(_LONGER[ord(part)])),
    Characters(CodePoints((code, code) for code in _LONGER)),
)


def lowercase(aligned: AlignedText) -> AlignedText:
    """The text in lower case, as the reference's `char::to_lowercase` makes it."""
    text = aligned.text
    if text.isascii():
        return aligned.with_text(text.lower())
    # What the longer ones become is lower case already.
    return _lower_longer(aligned.with_text(text.translate(_LOWER)))


def _removal(points: CodePoints) -> Rewriter:
    return Rewriter(points, lambda part: ("", []))


class StripAccents(PlainNormalizer):
    """Removes all marks (M), without decomposing anything before.

    >>> StripAccents().normalize(AlignedText("e\\u0301é")).text
    'eé'
    """

    _remove: ClassVar[Rewriter] = _removal(code_points("M"))

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        return text if text.text.isascii() else self._remove(text)


class Nmt(PlainNormalizer):
    """Removes control characters and makes spaces of others, as Google's NMT does.

    >>> Nmt().normalize(AlignedText("a\\u200bb\\x01c\\n"))
    AlignedText(text='a bc ', starts=[0, 1, 2, 4, 5], ends=[1, 2, 3, 5, 6], base=0)
    """

    _remove: ClassVar[Rewriter] = _removal(code_points("nmt:removed"))
    _spaces: ClassVar[CharacterTable] = CharacterTable(dict.fromkeys(code_points("nmt:spaces"), " "))

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        text = self._remove(text)
        return text.with_text(text.text.translate(self._spaces))


class Strip:
    """Removes white space at the ends.

    >>> Strip(strip_right=False).normalize(AlignedText(" a "))
    AlignedText(text='a ', starts=None, ends=None, base=1)
    """

    independent_at_space: ClassVar[bool] = False
    _whitespace: ClassVar[str] = "".join(map(chr, code_points("rust:whitespace")))

    def __init__(self, *, strip_left: bool = True, strip_right: bool = True) -> None:
        self.strip_left = strip_left
        self.strip_right = strip_right

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        start, end = 0, len(text.text)
        if self.strip_left:
            start = end - len(text.text.lstrip(self._whitespace))
        if self.strip_right:
            end = max(start, len(text.text.rstrip(self._whitespace)))
        return text if end - start == len(text.text) else text.stripped(start, end)

    def to_config(self) -> dict[str, Any]:
        return {"type": "Strip", "strip_left": self.strip_left, "strip_right": self.strip_right}


class Prepend:
    """Puts a string before a text that is not empty; it shares the place of the first character.

    >>> Prepend("▁").normalize(AlignedText("ab"))
    AlignedText(text='▁ab', starts=[0, 0, 1], ends=[1, 1, 2], base=0)
    """

    independent_at_space: ClassVar[bool] = False

    def __init__(self, prepend: str) -> None:
        self.prepend = prepend

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        if not text.text or not self.prepend:
            return text
        return text.moved(self.prepend + text.text, [*[0] * len(self.prepend), *range(len(text.text))])

    def to_config(self) -> dict[str, Any]:
        return {"type": "Prepend", "prepend": self.prepend}


class ByteLevel(PlainNormalizer):
    """Each character as its bytes in UTF-8, in the alphabet of byte-level BPE.

    >>> ByteLevel().normalize(AlignedText("é a")).text
    'Ã©Ġa'
    """

    independent_at_space: ClassVar[bool] = False

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        return to_byte_level(text)
