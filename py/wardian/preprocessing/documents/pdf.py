"""PDF files, read by pypdf: the text of each page, put together from its lines."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wardian import _platform
from wardian.errors import InputError, ModelError
from wardian.preprocessing.documents.document import Document, DocumentBuilder, clean
from wardian.preprocessing.documents.unwrapping import line_width, unwrap

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["read_pdf"]

Progress = Callable[[str, int, int], None]

#: A page of one's own at the head or foot of a third of all pages is no part of the text.
_REPEATED = 3
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
#: Dots that lead the eye to a page's number, in tables of contents.
_LEADERS = re.compile(r"(?:\s?\.){5,}")
_MOST_PAGES = 10_000
_SAVE = "Open it in a PDF viewer, and print it to a new PDF."


async def read_pdf(content: bytes, progress: Progress | None = None) -> Document:
    """The text of a PDF file, page by page; lines that stand on every page (titles, numbers) are left out.

    Who cancels is heard between two pages. Calls `progress("read", pages done, pages)`.

    Raises InputError for a file that is encrypted, is broken, or has no text but perhaps images of it.
    """
    reader = await _open(content)
    pages: list[list[str]] = []
    total = _count(reader)
    failed: Exception | None = None
    for number in range(total):
        if progress is not None:
            progress("read", number, total)
        await asyncio.sleep(0)
        try:
            text = reader.pages[number].extract_text()
        except Exception as error:
            # One broken page is no reason to give up the others. pypdf raises whatever Python does.
            text, failed = "", error
        pages.append(_LEADERS.sub(" …", clean(text)).split("\n"))
    if not any(line.strip() for page in pages for line in page):
        if failed is not None:
            raise _broken(failed) from failed
        raise _no_text(reader, total)
    return _document(pages)


async def _open(content: bytes) -> PdfReader:
    if _platform.IN_PYODIDE and find_spec("pypdf") is None:
        await _platform.load_packages(["pypdf"])
    try:
        import pypdf
    except ImportError as error:
        raise ModelError(
            "PDF files need the Python package pypdf.",
            expected="pypdf",
            received="none",
            hint="pip install pypdf",
        ) from error
    # It warns of every oddity that it mends.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted and not reader.decrypt("")
    except pypdf.errors.DependencyError as error:
        raise _encrypted("AES encryption, which cannot be undone here") from error
    except Exception as error:
        raise _broken(error) from error
    if locked:
        raise _encrypted("a password for reading")
    return reader


def _count(reader: PdfReader) -> int:
    from pypdf.errors import DependencyError

    try:
        count = len(reader.pages)
    except DependencyError as error:
        raise _encrypted("AES encryption, which cannot be undone here") from error
    except Exception as error:
        raise _broken(error) from error
    if not 0 < count <= _MOST_PAGES:
        raise InputError(
            "The PDF file has a wrong number of pages.",
            expected=f"1 to {_MOST_PAGES:,}",
            received=f"{count:,}",
        )
    return count


def _encrypted(kind: str) -> InputError:
    return InputError(
        "The PDF file is encrypted.",
        expected="a PDF that opens without a password",
        received=kind,
        hint=_SAVE,
    )


def _broken(error: Exception) -> InputError:
    reason = str(error).strip() or type(error).__name__
    return InputError(
        "The PDF file is broken.", expected="a PDF that opens", received=reason[:200], hint=_SAVE
    )


def _no_text(reader: PdfReader, pages: int) -> InputError:
    """Why nothing was found: of scanned pages there are images alone."""
    has_images = False
    for number in range(min(pages, 5)):
        try:
            has_images = has_images or "/XObject" in reader.pages[number].get("/Resources", {}).get_object()
        except Exception:
            continue
    return InputError(
        "The PDF file has images alone, no text." if has_images else "The PDF file is empty.",
        expected="pages with text",
        received=f"{pages:,} pages without",
        hint="Have the text recognised first (OCR), and give the new PDF." if has_images else None,
    )


def _document(pages: Sequence[list[str]]) -> Document:
    repeated = _repeated(pages)
    kept = [
        [line for index, line in enumerate(page) if not _is_margin(page, index, repeated)] for page in pages
    ]
    width = line_width(line for page in kept for line in page)
    builder = DocumentBuilder("pdf")
    for page in kept:
        builder.page()
        builder.paragraph(unwrap(page, width))
    return builder.build()


def _repeated(pages: Sequence[list[str]]) -> set[str]:
    """What stands first or last on at least a third of the pages, whatever its numbers."""
    if len(pages) < _REPEATED:
        return set()
    counts = Counter(
        shape
        for page in pages
        for shape in {_shape(line) for line in (*page[:2], *page[-2:]) if line.strip()}
    )
    return {shape for shape, count in counts.items() if count >= max(_REPEATED, len(pages) / 3)}


def _is_margin(page: Sequence[str], index: int, repeated: set[str]) -> bool:
    return (index < 2 or index >= len(page) - 2) and _shape(page[index]) in repeated


def _shape(line: str) -> str:
    return _NUMBER.sub("0", line.strip().lower())
