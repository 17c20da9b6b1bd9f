"""Papers with their abstracts: documents of some thousand words, and what their authors say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wardian_build import vendor
from wardian_build.runtimes import Source

__all__ = ["Paper", "papers"]

#: 250 papers of the ACL Anthology (CC BY 4.0) as read from their PDFs, cut into three sets by the package's
#: makers. The package is MIT.
ACLSUM = Source("pypi", "aclsum", "0.1.2", "c75ffc48d3eabc5f37c68ea087943780a85950087957759e89746f21111f2213")
_FOLDER = "aclsum/dataset"

#: Words of an abstract or a body below which the PDF was not read well.
_SHORT_ABSTRACT, _SHORT_BODY = 50, 1000


@dataclass(frozen=True)
class Paper:
    """A paper: `text` is its body in Markdown, without the abstract."""

    id: str
    abstract: str
    text: str


def papers(part: Literal["train", "val", "test"]) -> Iterator[Paper]:
    """The papers of a set that have an abstract and a body."""
    lines = vendor.fetch_member(ACLSUM, f"{_FOLDER}/{part}.jsonl").decode().splitlines()
    names = [json.loads(line)["id"] for line in lines if line.strip()]
    members = vendor.members(ACLSUM, [f"{_FOLDER}/paper_jsons/{name}.json" for name in names])
    for name in names:
        paper = json.loads(members[f"{_FOLDER}/paper_jsons/{name}.json"].read_text("utf-8"))
        abstract = " ".join(one["text"] for one in paper["pdf_parse"]["abstract"])
        body = _markdown(paper["pdf_parse"]["body_text"])
        if len(abstract.split()) >= _SHORT_ABSTRACT and len(body.split()) >= _SHORT_BODY:
            yield Paper(name, abstract, body)


def _markdown(paragraphs: list[dict[str, Any]]) -> str:
    """Paragraphs under the headings of their sections.

    >>> _markdown([{"section": "Data", "text": "Some."}, {"section": "Data", "text": "More."}])
    '## Data\\n\\nSome.\\n\\nMore.'
    """
    parts, section = [], None
    for one in paragraphs:
        if one["section"] != section:
            section = one["section"]
            parts.append(f"## {section}")
        parts.append(" ".join(one["text"].split()))
    return "\n\n".join(parts)
