"""Plain text and Markdown: paragraphs, headings, and what is left of the marks between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.preprocessing.documents.document import Document, DocumentBuilder, clean
from wardian.preprocessing.documents.unwrapping import line_width, unwrap

__all__ = ["read_plain"]

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}([=\-~^*+\"'`:.#_])\1{2,}[ \t]*$")
_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)[^`]*$")
_LINK = re.compile(r"!?\[([^\]\n]{0,500})\]\((?:[^()\s]|\([^()\s]*\)){0,2000}(?:\s+\"[^\"\n]*\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*\*|\*\*|\*|___|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?![\w*])")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

#: Headings of books, in capitals: "CHAPTER I", "III. THE RETURN".
_LONGEST_CAPITALS = 80
_LONGEST_TITLE = 100
_SENTENCE_END = re.compile(r"[.!?,;:…。！？]$")


def read_plain(text: str) -> Document:
    """Text as one pastes it, Markdown or not: wrapped lines are put together, links become words.

    Headings are those of Markdown (`# …`, or underlined) and short paragraphs of capitals.

    >>> document = read_plain("# Tea\\n\\nGreen tea is **not** fermented, [they](https://a.example) say.\\n")
    >>> document.format, document.headings[0].text, document.text
    ('markdown', 'Tea', 'Tea\\n\\nGreen tea is not fermented, they say.')
    """
    lines = clean(text).split("\n")
    marked = any(_ATX.match(line) or _FENCE.match(line) for line in lines)
    if marked:
        lines = _COMMENT.sub("", "\n".join(lines)).split("\n")
    builder = DocumentBuilder("markdown" if marked else "text")
    width = line_width(lines)
    for level, block in _blocks(lines):
        words = "\n".join(block) if level < 0 else unwrap(block, width)
        if marked and level >= 0:
            words = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", words))
        if level > 0:
            builder.heading(words, level)
        elif level == 0 and _is_capitals(words):
            builder.heading(words, 2)
        else:
            builder.paragraph(words)
    return builder.build()


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(level of a heading, 0 of a paragraph, -1 of code), and its lines."""
    levels = {"=": 1, "-": 2}
    block: list[str] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence or mark:
            if not fence and mark:
                yield 0, block
                block, fence = [], mark[1]
            elif mark and mark[1] == fence:
                yield -1, block
                block, fence = [], ""
            else:
                block.append(line)
        elif heading := _ATX.match(line):
            yield 0, block
            yield len(heading[1]), [heading[2]]
            block = []
        elif (under := _UNDERLINE.match(line)) and _is_title(block, line):
            yield 0, block[:-1]
            yield levels.setdefault(under[1], len(levels) + 1), block[-1:]
            block = []
        elif line.strip() and not _UNDERLINE.match(line):
            block.append(line)
        else:
            yield 0, block
            block = []
    yield (-1 if fence else 0), block


def _is_title(block: list[str], underline: str) -> bool:
    """Whether the last line of a block is a heading that the line below it underlines."""
    if len(block) != 1 or _FENCE.match(block[0]):
        return False
    # Markdown underlines with as few marks as one likes, reStructuredText with as many as there are letters.
    longest = _LONGEST_TITLE if underline.strip()[0] in "=-" else len(underline.strip()) + 2
    return 0 < len(block[0].strip()) <= longest


def _is_capitals(text: str) -> bool:
    return (
        len(text) <= _LONGEST_CAPITALS
        and text.isupper()
        and sum(letter.isalpha() for letter in text) >= 3
        and not _SENTENCE_END.search(text)
    )
