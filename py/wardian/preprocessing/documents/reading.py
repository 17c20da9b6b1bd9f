"""Any document that a visitor gives: its format by its content, then its text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from wardian.errors import InputError, shorten
from wardian.preprocessing.documents.document import Document
from wardian.preprocessing.documents.docx import read_docx
from wardian.preprocessing.documents.html import looks_like_html, read_html
from wardian.preprocessing.documents.pdf import read_pdf
from wardian.preprocessing.documents.plain import read_plain
from wardian.preprocessing.text_encoding import decode_text

__all__ = ["read_document"]

Progress = Callable[[str, int, int], None]

#: Beginnings of files that people take for documents, what they are, and how to get one that can be read.
_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word, Excel or PowerPoint file, or an encrypted one"),
    (b"{\\rtf", "rich text (RTF)"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%!PS", "PostScript"),
)
#: Members by which archives tell what they are.
_ARCHIVES = (
    ("xl/workbook.xml", "an Excel table"),
    ("ppt/presentation.xml", "PowerPoint slides"),
    ("META-INF/container.xml", "an e-book (EPUB)"),
    ("content.xml", "an OpenDocument file"),
)


async def read_document(source: str | bytes, name: str = "", progress: Progress | None = None) -> Document:
    """The text of a document with its pages and headings: PDF, Word (docx), HTML, Markdown or plain text.

    What `source` begins with decides, not its name, which errors alone mention. A string may be the source
    of a page of HTML, too. Calls `progress("read", pages done, pages)` for formats with pages.

    >>> import asyncio
    >>> asyncio.run(read_document(b"<h1>Tea</h1><p>Hot.")).headings[0].text
    'Tea'

    Raises InputError for a format that cannot be read, for a file that is broken, and for one without text.
    """
    if isinstance(source, str):
        document = _from_text(source)
    elif b"%PDF-" in source[:1024]:
        document = await read_pdf(source, progress)
    elif source.startswith(b"PK\x03\x04"):
        document = read_docx(_require_docx(source, name))
    else:
        for beginning, kind in _OTHERS:
            if source.startswith(beginning):
                raise _unknown(kind, name)
        if b"\0" in source[:4096] and source[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            raise _unknown("no text", name)
        document = _from_text(decode_text(source))
    if not document.text:
        raise InputError(
            "There is nothing to read in the document.",
            value=shorten(name) if name else None,
            expected="some text",
            received="none",
        )
    return document


def _from_text(text: str) -> Document:
    return read_html(text) if looks_like_html(text) else read_plain(text)


def _require_docx(content: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        members = {"word/document.xml"} if b"word/" in content else set()
    if "word/document.xml" not in members:
        raise _unknown(
            next((kind for member, kind in _ARCHIVES if member in members), "an archive (zip)"), name
        )
    return content


def _unknown(kind: str, name: str) -> InputError:
    return InputError(
        "This kind of file cannot be read here.",
        value=shorten(name) if name else None,
        expected="PDF, Word (.docx), HTML, Markdown or plain text",
        received=kind,
        hint="Save it as PDF or .docx, or paste its text.",
    )
