"""A document cut into passages of about a model's length, and these into sentences."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from wardian.preprocessing.documents.document import Document
from wardian.preprocessing.sentences import split_sentences
from wardian.preprocessing.text import count_words, split_passages

__all__ = ["DocumentPassage", "cut_passages"]

Span = tuple[int, int]

#: Words of a passage: of 60 and 100, `build.py eval ask` found answers more often with 100.
MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class DocumentPassage:
    """The characters `start` to `end` of a document, and the ranges of its sentences within `text`."""

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]


def cut_passages(document: Document, max_words: int = MOST_WORDS) -> list[DocumentPassage]:
    """Cut a document into passages of whole sentences, in order, of at most `max_words` words.

    Short paragraphs go together; a heading begins a passage, and its words are not counted.

    >>> from wardian.preprocessing.documents.plain import read_plain
    >>> document = read_plain("# Tea\\n\\nGreen. Not fermented.\\n\\nBlack.\\n\\n# Coffee\\n\\nBrown.")
    >>> [passage.text for passage in cut_passages(document)]
    ['Tea\\n\\nGreen. Not fermented.\\n\\nBlack.', 'Coffee\\n\\nBrown.']
    """
    headings = {heading.start for heading in document.headings}
    spans: list[Span] = []
    words = 0
    for start, end in split_passages(document.text, max_words):
        heads = start in headings
        count = 0 if heads else count_words(document.text, start, end)
        # A heading below a heading has nothing between them to be found.
        if spans and (words == 0 or (not heads and words + count <= max_words)):
            spans[-1] = (spans[-1][0], end)
            words += count
        else:
            spans.append((start, end))
            words = count
    return [_passage(document.text, span, headings) for span in spans]


def _passage(text: str, span: Span, headings: Set[int]) -> DocumentPassage:
    """A passage with its sentences; headings are none, unless there is nothing else."""
    part = text[span[0] : span[1]]
    sentences = split_sentences(part)
    below = [sentence for sentence in sentences if span[0] + sentence[0] not in headings]
    return DocumentPassage(*span, part, tuple(below or sentences))
