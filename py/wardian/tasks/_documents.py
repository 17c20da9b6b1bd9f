"""Documents that stay read for the tasks about them: a second question does not read a PDF again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from wardian.components import Document, GivenFile
from wardian.pipelines.document_search import DocumentIndex
from wardian.preprocessing.documents import read_document

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress

__all__ = ["document_input", "name_of", "read_index"]

#: Documents that stay read.
_KEPT = 2

_read: OrderedDict[str, DocumentIndex] = OrderedDict()


async def read_index(document: GivenFile | str, progress: Progress | None) -> DocumentIndex:
    """A document, read and cut; one of the last ones is not read again."""
    content = document.content if isinstance(document, GivenFile) else document
    given = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    key = f"{type(content).__name__} {hashlib.sha256(given).hexdigest()}"
    if key not in _read:
        _read[key] = DocumentIndex(await read_document(content, name_of(document), progress))
    _read.move_to_end(key)
    while len(_read) > _KEPT:
        _read.popitem(last=False)
    return _read[key]


def name_of(document: GivenFile | str) -> str:
    """The name of a file; empty for a text."""
    return document.name if isinstance(document, GivenFile) else ""


def document_input() -> Document:
    """Where a visitor gives the document: a file that he picks or drops, or a text that he pastes."""
    return Document(
        {"en": "Document", "zh": "文档"},
        hint={
            "en": "PDF, Word (.docx), HTML, Markdown or text. Also by dropping it here.",
            "zh": "PDF、Word (.docx)、HTML、Markdown 或纯文本，也可拖放到这里。",
        },
        placeholder={"en": "… or paste the text here", "zh": "……或在此粘贴文字"},
    )
