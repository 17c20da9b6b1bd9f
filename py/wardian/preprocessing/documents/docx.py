"""Word documents (.docx, Office Open XML): paragraphs and headings of the main text.

The source is ECMA-376, part 1, §17: `word/document.xml` has paragraphs `w:p` of runs of text `w:t`; a style
whose name is "heading N" or that has an outline level makes a heading.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from wardian.errors import InputError
from wardian.preprocessing.documents.document import Document, DocumentBuilder

__all__ = ["read_docx"]

#: A document of a million words has about 100 MB of XML; a bomb of some kilobytes would have more.
_LARGEST_XML = 200 << 20
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main|"
#: The same names in files that were saved as "Strict Open XML".
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main|"
_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|标题)\s*([1-9])", re.IGNORECASE)
_HINT = "Open it in the program that wrote it, and save it as .docx or as PDF once more."


def read_docx(content: bytes) -> Document:
    """The text of a Word document, as its last version reads: what was deleted is left out.

    Raises InputError for a file that is broken, encrypted, or far larger than its text can be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            styles = _heading_styles(_member(archive, "word/styles.xml")) if _has_styles(archive) else {}
            body = _member(archive, "word/document.xml")
    except (
        zipfile.BadZipFile,
        KeyError,
        EOFError,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise _broken(str(error).strip("\"'")) from error
    builder = DocumentBuilder("docx")
    for text, level in _Paragraphs(styles).read(body):
        if level:
            builder.heading(text, level)
        else:
            builder.paragraph(text)
    return builder.build()


def _has_styles(archive: zipfile.ZipFile) -> bool:
    return "word/styles.xml" in archive.namelist()


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's content. What the archive says of its size is not believed."""
    with archive.open(name) as stream:
        content = stream.read(_LARGEST_XML + 1)
    if len(content) > _LARGEST_XML:
        raise InputError(
            "The Word document is larger than a text can be.",
            value=name,
            expected=f"at most {_LARGEST_XML >> 20} MB of XML",
            received="more",
            hint="Give a part of it, or its text.",
        )
    return content


def _broken(reason: str) -> InputError:
    return InputError(
        "The Word document is broken.", expected="a .docx file that opens", received=reason[:200], hint=_HINT
    )


def _parser() -> expat.XMLParserType:
    """A parser that refuses document types: they alone can define entities, which grow without bounds."""
    parser = expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _broken("it defines XML entities, which no Word document does")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parse(parser: expat.XMLParserType, content: bytes) -> None:
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise _broken(f"XML: {error}") from error


def _heading_styles(content: bytes) -> dict[str, int]:
    """Ids of styles that make headings, with their levels."""
    found: dict[str, int] = {}
    style = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal style
        name, values = _local(name), {_local(key): value for key, value in attributes.items()}
        if name == "style":
            style = values.get("styleId", "")
        elif name == "name" and style and (match := _HEADING_NAME.fullmatch(values.get("val", ""))):
            found.setdefault(style, int(match[1]))
        elif name == "name" and style and values.get("val", "").lower() == "title":
            found.setdefault(style, 1)
        elif name == "outlineLvl" and style and (level := _outline_level(values.get("val", ""))):
            found.setdefault(style, level)

    parser = _parser()
    parser.StartElementHandler = start
    _parse(parser, content)
    return found


def _outline_level(value: str) -> int:
    """The level of a heading; 0 for that of a text's body, which Word calls 9, and for what is no level."""
    return int(value) + 1 if value in tuple("012345678") else 0


def _local(name: str) -> str:
    """A name without its namespace; empty for one of another than Word's."""
    for namespace in (_W, _STRICT):
        if name.startswith(namespace):
            return name[len(namespace) :]
    return ""


class _Paragraphs:
    """Collects paragraphs; those inside of others (text boxes) come after them."""

    def __init__(self, styles: dict[str, int]) -> None:
        self._styles = styles
        self._found: list[tuple[str, int]] = []
        #: Words and level of the paragraphs that are open.
        self._open: list[tuple[list[str], list[int]]] = []
        self._in_text = False
        #: Inside what stands for a drawing where a program does not know it: the same text once more.
        self._fallbacks = 0

    def read(self, content: bytes) -> Iterator[tuple[str, int]]:
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        _parse(parser, content)
        return iter(self._found)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._fallbacks += name.endswith("|Fallback")
        tag = "" if self._fallbacks else _local(name)
        if tag == "p":
            self._open.append(([], []))
        elif not self._open:
            return
        elif tag == "t":
            self._in_text = True
        elif tag == "tab":
            self._open[-1][0].append("\t")
        elif tag in ("br", "cr"):
            self._open[-1][0].append("\n")
        elif tag == "noBreakHyphen":
            self._open[-1][0].append("-")
        elif tag == "pStyle":
            level = self._styles.get(next(iter(attributes.values()), ""), 0)
            self._open[-1][1].extend([level] if level else [])
        elif tag == "outlineLvl":
            level = _outline_level(next(iter(attributes.values()), ""))
            self._open[-1][1].extend([level] if level else [])

    def _end(self, name: str) -> None:
        tag = "" if self._fallbacks else _local(name)
        self._fallbacks -= name.endswith("|Fallback")
        if tag == "t":
            self._in_text = False
        elif tag == "p" and self._open:
            words, levels = self._open.pop()
            self._found.append(("".join(words), levels[0] if levels else 0))

    def _text(self, data: str) -> None:
        if self._in_text:
            self._open[-1][0].append(data)
