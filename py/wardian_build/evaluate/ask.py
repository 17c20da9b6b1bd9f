"""How often a document's passages answer questions about it: `python build.py eval ask`.

The questions (`ask_questions.json`) were written for this in words of our own, all but four before any
ranking was tried; each has texts one of which a passage must hold to answer. The documents come from source
packages of PyPI: a manual as PDF, a novel as text, and the proceedings of a workshop, which are made a Word
document of here.
"""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from wardian import pipeline
from wardian.pipelines.document_search import DocumentIndex, FoundPassage, find_passages
from wardian.preprocessing.documents import Document, read_document
from wardian_build import progress, vendor
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.runtimes import Source

__all__ = ["as_docx", "evaluate", "show"]

QUESTIONS = Path(__file__).with_name("ask_questions.json")

#: How far down the list an answer counts for the mean reciprocal rank.
DEPTH = 10

BIOPYTHON = Source(
    "sdist", "biopython", "1.78", "1ee0a0b6c2376680fea6642d5080baa419fd73df104a62d58a8baf7a8bbe4564"
)
BROTLI = Source(
    "sdist", "brotli", "1.2.0", "e310f77e41941c13340a95976fe66a8a95b01e783d430eeaf7a2f87e0a57dd0a"
)
#: Package and member. The manual is under the Biopython License, the other two are in the public domain.
DOCUMENTS = {
    "alice": (BROTLI, "brotli-1.2.0/tests/testdata/alice29.txt"),
    "biopython": (BIOPYTHON, "biopython-1.78/Doc/Tutorial.pdf"),
    "workshop": (BROTLI, "brotli-1.2.0/tests/testdata/lcet10.txt"),
}


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """Where the first answering passage stood for every question, and whether its marked sentence answers."""
    questions = json.loads((data or QUESTIONS).read_text("utf-8"))
    result: dict[str, Any] = {"documents": {}, "questions": []}
    async with await pipeline(
        "feature-extraction", "all-MiniLM-L6-v2", device="cpu", models_dir=models_dir
    ) as pipe:
        for name in DOCUMENTS:
            document = await load(name)
            index = DocumentIndex(document)
            result["documents"][name] = {
                "format": document.format,
                "pages": len(document.pages),
                "characters": len(document.text),
                "passages": len(index.passages),
            }
            asked = [one for one in questions if one["document"] == name]
            with progress.step(f"{len(asked)} questions about {name}, {len(index.passages)} passages"):
                for one in asked:
                    found = await find_passages(index, one["question"], pipe, top_k=DEPTH)
                    result["questions"].append({**one, **_judged(found, index, one["answers"])})
    return result


async def load(name: str) -> Document:
    """A document of the evaluation, read as a visitor's file is."""
    source, member = DOCUMENTS[name]
    content = vendor.fetch_member(source, member)
    return await read_document(as_docx(content.decode()) if name == "workshop" else content)


def as_docx(text: str) -> bytes:
    """A Word document with a paragraph for each of a text.

    >>> import asyncio
    >>> asyncio.run(read_document(as_docx("One\\nline.\\n\\nTwo & three."))).text
    'One line.\\n\\nTwo & three.'
    """
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    body = "".join(f"<w:p><w:r><w:t>{escape(part)}</w:t></w:r></w:p>" for part in parts if part.isprintable())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {namespace}><w:body>{body}</w:body></w:document>")
    return buffer.getvalue()


def _judged(found: Sequence[FoundPassage], index: DocumentIndex, answers: Sequence[str]) -> dict[str, Any]:
    """The rank of the first passage that answers (None: it is not found), and what its sentence is worth.

    Raises ValueError where no passage answers at all: then the question is wrong.
    """
    wanted = [plain(answer) for answer in answers]
    if not any(answer in plain(passage.text) for passage in index.passages for answer in wanted):
        raise ValueError(f"no passage has {answers}")
    for rank, one in enumerate(found, 1):
        text = plain(one.passage.text)
        if any(answer in text for answer in wanted):
            sentence = plain(one.passage.text[slice(*one.sentence)])
            # An answer may take more than one sentence.
            marked = any(answer in sentence or sentence in answer for answer in wanted)
            return {"rank": rank, "marked": marked}
    return {"rank": None, "marked": None}


def plain(text: str) -> str:
    """A text as it is compared: compatible letters, single spaces, small."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def _figures(questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ranks = [one["rank"] for one in questions]
    marked = [bool(one["marked"]) for one in questions if one["rank"] is not None]
    return {
        **{
            f"recall@{k}": asdict(wilson(sum(rank is not None and rank <= k for rank in ranks), len(ranks)))
            for k in (1, 3, DEPTH)
        },
        "mrr": float(np.mean([1 / rank if rank else 0.0 for rank in ranks])),
        "marked": asdict(wilson(sum(marked), len(marked))),
    }


def show(result: dict[str, Any]) -> None:
    for name, facts in result["documents"].items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))
    groups = defaultdict(list)
    for one in result["questions"]:
        groups[one["document"]].append(one)
    for name, questions in {"all": result["questions"], **groups}.items():
        figures = _figures(questions)
        print(f"{name}: {len(questions)} questions, MRR@{DEPTH} {figures['mrr']:.3f}")
        for key in ("recall@1", "recall@3", f"recall@{DEPTH}"):
            print(f"  {key}: {line(figures[key])}")
        print(f"  marked sentence answers, where the passage was found: {line(figures['marked'])}")
    for one in result["questions"]:
        if one["rank"] is None or one["rank"] > 3:
            print(f"  {one['rank'] or '–'}: {one['question']}")
