"""HTML: what a reader sees of a page, with its headings."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from wardian.preprocessing.documents.document import Document, DocumentBuilder

__all__ = ["looks_like_html", "read_html"]

#: What holds nothing that a reader reads.
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "svg", "math", "head", "title", "nav", "button", "select")
)
#: Elements without an end.
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "ol", "p",
     "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul")
)  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACE = re.compile(r"\s+")
#: The beginning of a page, or of a part of one that was pasted.
_BEGINS = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|h[1-6]|p|div|article|section|main|table|ul|ol)"
    r"(?:\s[^>]*)?>",
    re.IGNORECASE | re.DOTALL,
)


def looks_like_html(text: str) -> bool:
    """Whether a text begins as a page of HTML, or as a part of one.

    >>> looks_like_html("<!DOCTYPE html>\\n<p>Hello"), looks_like_html("a < b and b > c")
    (True, False)
    """
    return _BEGINS.match(text[:4096]) is not None


def read_html(text: str) -> Document:
    """The paragraphs and headings of a page; scripts, styles and menus are left out.

    >>> read_html("<title>T</title><h2>Tea</h2><p>Green\\n tea &amp; black<br>tea<script>x</script>").text
    'Tea\\n\\nGreen tea & black\\ntea'
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._builder = DocumentBuilder("html")
        self._words: list[str] = []
        self._level = 0
        #: The element that is left out, and how many of its name are open.
        self._unseen: tuple[str, int] | None = None
        self._preserved = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen is not None:
            name, count = self._unseen
            self._unseen = (name, count + (tag == name))
        elif tag in _UNSEEN:
            self._unseen = (tag, 1)
        elif tag in _HEADINGS:
            self._end_paragraph()
            self._level = _HEADINGS[tag]
        elif tag in _BLOCKS:
            # An end tag that is missing: what follows is no heading any more.
            self._end_paragraph()
            self._preserved += tag == "pre"
        elif tag == "br":
            self._words.append("\n")
        elif tag in ("td", "th"):
            self._words.append(" ")
        elif tag == "img":
            self._words.append(dict(attrs).get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen is not None:
            name, count = self._unseen
            left = count - (tag == name)
            # A page whose head has no end begins with its body all the same.
            self._unseen = (name, left) if left else None
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._end_paragraph()
            self._preserved -= tag == "pre" and self._preserved > 0

    def handle_data(self, data: str) -> None:
        if self._unseen is None:
            self._words.append(data if self._preserved else _SPACE.sub(" ", data))

    def _end_paragraph(self) -> None:
        lines = "".join(self._words).split("\n")
        text = "\n".join(line if self._preserved else " ".join(line.split()) for line in lines)
        if self._level:
            self._builder.heading(text, self._level)
        else:
            self._builder.paragraph(text)
        self._words.clear()
        self._level = 0

    def finish(self) -> Document:
        self._end_paragraph()
        return self._builder.build()
