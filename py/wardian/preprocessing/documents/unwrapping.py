"""Lines that the width of a page ended, as plain text and PDF files have them, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["line_width", "unwrap"]

#: A line that begins like this begins an item of a list, or a line of code or of a dialogue with a computer.
_ITEM = re.compile(r"\s*(?:[-*+•‣▪◦–—]\s|\(?[0-9]{1,3}[.)]\s|\(?[a-z][.)]\s|>>>|\.\.\.\s|[$#>|]\s)")
_CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_WIDE = re.compile(rf"[{_CJK}]")
_BETWEEN_WIDE = re.compile(rf"(?<=[{_CJK}])\n(?=[{_CJK}])")
#: A word that was cut at the end of a line and goes on at the start of the next.
_CUT_WORD = re.compile(r"(?<=[^\W\d_][^\W\d_])[-\u2010\u00ad]\n(?=[^\W\d_])")

#: A line shorter than this share of the width was ended by its author.
_FULL = 0.7

#: A width below this, in characters of the Latin alphabet, is that of verses, code or columns.
_NARROW = 36


def line_width(lines: Iterable[str]) -> int:
    """The width to which lines were set, in characters of the Latin alphabet: that of the widest tenth."""
    widths = sorted(_width_of(line) for line in lines if line and not line.isspace())
    return widths[len(widths) * 9 // 10] if widths else 0


def unwrap(lines: Sequence[str], width: int | None = None) -> str:
    """Lines as paragraphs, one a line; a blank line stays one, several become one.

    A line is put to the one before it if that one was about as wide as `width` (by default that of these
    lines), or if it goes on with a small letter. Words that were cut at a line's end are mended.

    >>> wrapped = ["A paragraph that was cut into lines of about the same width by a wide-", "spread press."]
    >>> print(unwrap([*wrapped, "The next one begins here: the line before it was short.", "- an item"]))
    A paragraph that was cut into lines of about the same width by a widespread press.
    The next one begins here: the line before it was short.
    - an item
    """
    width = line_width(lines) if width is None else width
    text, before = [], ""
    for line in lines:
        stripped = line.strip()
        if not stripped:
            text.append("" if before else None)
        elif before and not _ITEM.match(line) and _goes_on(before, stripped, width):
            text[-1] = _put_together(str(text[-1]), stripped)
        else:
            text.append(stripped)
        before = stripped
    return "\n".join(line for line in text if line is not None).strip()


def _goes_on(before: str, line: str, width: int) -> bool:
    return line[:1].islower() or (width >= _NARROW and _width_of(before) >= _FULL * width)


def _put_together(text: str, line: str) -> str:
    """Two lines as one: a word that was cut becomes whole, and between ideographs there is no space."""
    end = text[-3:] + "\n" + line[:1]
    if _CUT_WORD.search(end):
        # Before a capital the hyphen is the word's own: "WAISTCOAT-POCKET", "anti-American".
        return (text[:-1] if line[:1].islower() else text) + line
    return text + ("" if _BETWEEN_WIDE.search(end) else " ") + line


def _width_of(line: str) -> int:
    return len(line.strip()) + len(_WIDE.findall(line))
