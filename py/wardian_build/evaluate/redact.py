"""What Redact finds in documents that were written for this, before any of them was tried.

`python build.py eval redact`. Documents stand below the group they are of, apart by `---`, with what is to be
found as `[[kind:text]]`. Names are of many origins; numbers are examples of public documentation and of no
one. Groups of decoys have what looks like something and is nothing.

The rules were mended after a first look at what they did with `redact_documents.txt`. `redact_unseen.txt` was
written after that, and nothing was changed for it: only its figures say what to expect.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wardian import pipeline
from wardian.pipelines.redacting import find_redactions
from wardian.postprocessing.redaction import KINDS, Redaction, Span
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson

__all__ = ["Document", "evaluate", "read_documents", "show"]

DOCUMENTS = {
    "unseen": Path(__file__).with_name("redact_unseen.txt"),
    "seen": Path(__file__).with_name("redact_documents.txt"),
}
_MARKED = re.compile(r"\[\[(\w+):(.*?)\]\]")


@dataclass(frozen=True)
class Document:
    group: str
    text: str
    spans: list[Span]


def read_documents(path: Path) -> list[Document]:
    """All documents, without their marks."""
    documents = []
    for part in re.split(r"(?m)^# ", path.read_text("utf-8"))[1:]:
        group, _, rest = part.partition("\n")
        documents += [_document(group, marked.strip("\n")) for marked in re.split(r"(?m)^---$", rest)]
    return documents


def _document(group: str, marked: str) -> Document:
    text, spans, done = "", [], 0
    for found in _MARKED.finditer(marked):
        text += marked[done : found.start()]
        spans.append(Span(len(text), len(text) + len(found.group(2)), found.group(1)))
        text += found.group(2)
        done = found.end()
    return Document(group, text + marked[done:], spans)


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """For each set and kind: what was found, what of it is right, and what stays readable."""
    sets = {}
    async with await pipeline(
        "named-entity-recognition", "en-core-web-sm", device="cpu", models_dir=models_dir
    ) as pipe:
        for name, path in DOCUMENTS.items():
            documents = read_documents(path)
            with progress.step(f"{len(documents)} documents"):
                pairs = [(one, await find_redactions(one.text, pipe)) for one in documents]
            sets[name] = _measured(pairs)
    return sets


def _measured(pairs: list[tuple[Document, list[Redaction]]]) -> dict[str, Any]:
    documents = [document for document, _ in pairs]
    return {
        "documents": len(documents),
        "characters": sum(len(one.text) for one in documents),
        "kinds": {kind: _figures(kind, pairs) for kind in KINDS},
        "all": _figures(None, pairs),
        "clean": asdict(wilson(sum(_is_hidden(one, made) for one, made in pairs), len(pairs))),
        "mistakes": [mistake for one, made in pairs for mistake in _mistakes(one, made)],
    }


def _figures(kind: str | None, pairs: list[tuple[Document, list[Redaction]]]) -> dict[str, Any]:
    """Shares of what is there: `recall`, found as its kind, in part at least; `hidden`, to the last letter
    and digit, as whatever. And of what was found: `precision`, of its kind; `personal`, of any kind."""
    counts: dict[str, int] = defaultdict(int)
    for document, made in pairs:
        for span in document.spans:
            if kind in (None, span.kind):
                counts["there"] += 1
                counts["found"] += any(one.kind == span.kind and _meet(one, span) for one in made)
                counts["hidden"] += not _readable(document.text, span, made)
        for one in made:
            if kind in (None, one.kind):
                counts["marked"] += 1
                counts["right"] += any(one.kind == span.kind and _meet(one, span) for span in document.spans)
                counts["personal"] += any(_meet(one, span) for span in document.spans)
    return {
        "recall": asdict(wilson(counts["found"], counts["there"])) if counts["there"] else None,
        "hidden": asdict(wilson(counts["hidden"], counts["there"])) if counts["there"] else None,
        "precision": asdict(wilson(counts["right"], counts["marked"])) if counts["marked"] else None,
        "personal": asdict(wilson(counts["personal"], counts["marked"])) if counts["marked"] else None,
    }


def _meet(one: Redaction, span: Span) -> bool:
    return one.start < span.end and span.start < one.end


def _readable(text: str, span: Span, made: list[Redaction]) -> str:
    """Letters and digits of a span that no redaction covers."""
    covered = {place for one in made for place in range(one.start, one.end)}
    return "".join(
        text[place] for place in range(span.start, span.end) if place not in covered and text[place].isalnum()
    )


def _is_hidden(document: Document, made: list[Redaction]) -> bool:
    return not any(_readable(document.text, span, made) for span in document.spans)


def _mistakes(document: Document, made: list[Redaction]) -> list[str]:
    text = document.text
    missed = [
        f"overlooked {span.kind} {text[span.start : span.end]!r} (readable: {rest!r})"
        for span in document.spans
        if (rest := _readable(text, span, made))
    ]
    wrong = [
        f"{one.kind} {text[one.start : one.end]!r} is none"
        for one in made
        if not any(_meet(one, span) for span in document.spans)
    ]
    return [f"{document.group}: {mistake}" for mistake in (*missed, *wrong)]


def show(result: dict[str, Any]) -> None:
    for name, figures in result.items():
        print(f"--- {name}: ", end="")
        _show(figures)


def _show(result: dict[str, Any]) -> None:
    print(f"{result['documents']} documents, {result['characters']:,} characters")
    print(f"documents in which nothing stays readable: {line(result['clean'])}")
    for kind, figures in [*result["kinds"].items(), ("all", result["all"])]:
        print(f"{kind}:")
        for name, value in figures.items():
            print(f"  {name}: {line(value) if value else 'none there'}")
    for mistake in result["mistakes"]:
        print(mistake)
