"""What every format is read to: one text, and where in it pages and headings begin."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["Document", "DocumentBuilder", "Heading"]

#: Characters of a heading that a place is named with.
_LONGEST_HEADING = 120

#: Control characters that show nothing, and halves of surrogate pairs, which no tokenizer takes.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
#: Letters that type setters tie together: nobody types them in a question.
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x85]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, the character where it begins, and its level from 1 (the whole) downwards."""

    start: int
    level: int
    text: str


@dataclass(frozen=True)
class Document:
    """A document's text. Paragraphs are divided by blank lines; places are in characters (code points)."""

    text: str
    #: "text", "markdown", "html", "docx" or "pdf".
    format: str
    #: Where pages begin, the first at 0; empty for a format without pages.
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()

    def page(self, position: int) -> int | None:
        """The page, from 1, of a character; None where there are no pages.

        >>> Document("One.\\n\\nTwo.", "pdf", pages=(0, 6)).page(7)
        2
        """
        return max(1, bisect_right(self.pages, position)) if self.pages else None

    def heading(self, position: int) -> str:
        """The headings above a character, outermost first; empty where there are none.

        >>> headings = (Heading(0, 1, "Tea"), Heading(10, 2, "Green"), Heading(20, 2, "Black"))
        >>> Document("…", "markdown", headings=headings).heading(25)
        'Tea › Black'
        """
        last = bisect_right(self.headings, position, key=lambda one: one.start)
        path: list[Heading] = []
        for heading in reversed(self.headings[:last]):
            if not path or heading.level < path[-1].level:
                path.append(heading)
                if heading.level <= 1:
                    break
        return " › ".join(heading.text for heading in reversed(path))


class DocumentBuilder:
    """Gathers paragraphs, headings and pages in their order.

    >>> builder = DocumentBuilder("html")
    >>> builder.heading("Tea", 1)
    >>> builder.paragraph(" Green  tea\\nis not fermented. ")
    >>> builder.build().text
    'Tea\\n\\nGreen  tea\\nis not fermented.'
    """

    def __init__(self, format: str) -> None:
        self._format = format
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._headings: list[Heading] = []

    def page(self) -> None:
        """What follows stands on the next page."""
        self._pages.append(self._length)

    def paragraph(self, text: str) -> None:
        """Add a paragraph; one without anything to read is left out."""
        cleaned = clean(text).strip()
        if cleaned:
            self._parts.append(cleaned)
            self._length += len(cleaned) + 2

    def heading(self, text: str, level: int) -> None:
        """Add a heading, which is also a paragraph."""
        title = " ".join(clean(text).split())
        if title:
            self._headings.append(Heading(self._length, level, title[:_LONGEST_HEADING]))
            self.paragraph(title)

    def build(self) -> Document:
        return Document("\n\n".join(self._parts), self._format, tuple(self._pages), tuple(self._headings))


def clean(text: str) -> str:
    """A text without what cannot be read: one kind of line end, no control characters, whole characters, and
    letters one by one.

    >>> clean("a\\x00b\\r\\nc\\ud800 \\ufb01g")
    'ab\\nc fig'
    """
    return _UNREADABLE.sub("", _LINE_END.sub("\n", text)).translate(_LIGATURES)
