"""The normalizer of BERT."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Any, ClassVar

from wardian.tokenizers.aligned import AlignedText, Rewriter
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.normalizers.forms import NFD
from wardian.tokenizers.normalizers.simple import CharacterTable, lowercase
from wardian.tokenizers.oniguruma import Characters, Matcher
from wardian.tokenizers.unicode_data import code_points, combining_class, mapping

__all__ = ["BertNormalizer"]


class BertNormalizer:
    """The normalizer of BERT.

    1. `clean_text`: control characters are removed, every kind of space becomes " ";
    2. `handle_chinese_chars`: CJK ideographs get a space on each side, so that each becomes a word;
    3. `strip_accents` (None: as `lowercase`): canonical decomposition, then non-spacing marks are removed;
    4. `lowercase`: character by character, so a final sigma is not special.

    Source: `BertNormalizer` of Hugging Face tokenizers, after `BasicTokenizer` of google-research/bert.

    >>> BertNormalizer().normalize(AlignedText("Ünï\\tcafe\\u0301 中"))
    AlignedText(text='uni cafe  中 ', starts=[0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 10, 10], \
ends=[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 11, 11], base=0)
    """

    independent_at_space: ClassVar[bool] = True

    def __init__(
        self,
        *,
        clean_text: bool = True,
        handle_chinese_chars: bool = True,
        strip_accents: bool | None = None,
        lowercase: bool = True,
    ) -> None:
        self.clean_text = clean_text
        self.handle_chinese_chars = handle_chinese_chars
        self.strip_accents = strip_accents
        self.lowercase = lowercase

    def normalize(self, text: AlignedText | str) -> AlignedText:
        """Normalize a text."""
        aligned = AlignedText(text) if isinstance(text, str) else text
        if aligned.text.isascii() and not (self.clean_text and _ASCII_CHANGED.search(aligned.text)):
            return aligned.with_text(aligned.text.lower()) if self.lowercase else aligned
        if self._strips and _moving_mark().compiled(aligned.text).search(aligned.text):
            return self._steps(aligned)
        # Each character by itself: those that become none or several first, then the rest at once.
        aligned = self._resize(aligned)
        return aligned.with_text(aligned.text.translate(self._table))

    @property
    def _strips(self) -> bool:
        return self.lowercase if self.strip_accents is None else self.strip_accents

    def _steps(self, text: AlignedText) -> AlignedText:
        """The four steps as they are written above."""
        if self.clean_text:
            text = _remove("bert:removed")(text)
            text = text.with_text(text.text.translate(_SPACES))
        if self.handle_chinese_chars:
            text = _set_apart()(text)
        if self._strips:
            text = _remove("bert:Mn")(NFD().normalize(text))
        return lowercase(text) if self.lowercase else text

    @cached_property
    def _table(self) -> dict[int, str]:
        return _BertTable(self)

    @cached_property
    def _resize(self) -> Rewriter:
        """Rewrites runs of the characters that become none or several."""
        points = CodePoints()
        if self.clean_text:
            points |= code_points("bert:removed")
        if self.handle_chinese_chars:
            points |= code_points("bert:cjk")
        if self._strips:
            points |= code_points("bert:Mn") | _long_without_accents()
        if self.lowercase:
            points |= CodePoints.of("İ")

        def rewrite(part: str) -> tuple[str, list[int]]:
            new = self._steps(AlignedText(part))
            return new.text, list(range(len(part))) if new.starts is None else list(new.starts)

        return Rewriter(points, rewrite)

    def to_config(self) -> dict[str, Any]:
        return {
            "type": "BertNormalizer",
            "clean_text": self.clean_text,
            "handle_chinese_chars": self.handle_chinese_chars,
            "strip_accents": self.strip_accents,
            "lowercase": self.lowercase,
        }


class _BertTable(dict[int, str]):
    """What each character becomes that becomes one, computed when it is first met."""

    def __init__(self, rules: BertNormalizer) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, code: int) -> str:
        rules, new = self._rules, chr(code)
        if rules.clean_text and code in code_points("bert:spaces"):
            new = " "
        elif rules._strips and code in mapping("nfd"):
            marks = code_points("bert:Mn")
            new = "".join(part for part in mapping("nfd")[code] if ord(part) not in marks)
        if rules.lowercase:
            new = "".join(mapping("lower").get(ord(part), part) for part in new)
        # What becomes none or several has been rewritten before, and is here as a part of that.
        self[code] = new = new if len(new) == 1 else chr(code)
        return new


_SPACES = CharacterTable(dict.fromkeys(code_points("bert:spaces"), " "))
_ASCII_CHANGED = re.compile(r"[\x00-\x1f\x7f]")


@cache
def _long_without_accents() -> CodePoints:
    """What decomposes to no or several characters besides accents: Hangul syllables and a few others."""
    marks = code_points("bert:Mn")
    kept = {code: sum(ord(part) not in marks for part in parts) for code, parts in mapping("nfd").items()}
    return CodePoints([(0xAC00, 0xD7A3), *((code, code) for code, count in kept.items() if count != 1)])


@cache
def _moving_mark() -> Matcher:
    """Marks that stay in the text though canonical order moves them, and what has one inside."""
    marks = CodePoints((code, code) for code in combining_class()) - code_points("bert:Mn")
    holders = (code for code, parts in mapping("nfd").items() if any(ord(part) in marks for part in parts))
    return Matcher(Characters(marks | CodePoints((code, code) for code in holders)))


@cache
def _remove(name: str) -> Rewriter:
    return Rewriter(code_points(name), lambda part: ("", []))


@cache
def _set_apart() -> Rewriter:
    """Spaces around each ideograph, which share its place."""
    points = code_points("bert:cjk")
    return Rewriter(points, lambda c: (f" {c} ", [0, 0, 0]), Characters(points))
