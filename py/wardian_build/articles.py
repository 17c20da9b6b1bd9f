"""The catalogue `vital-articles`: its items, taken from a package by its model card.

The items are a function of the package alone, so the card pins their hash; their embeddings are made by
`wardian_build/train/articles.py`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping

from wardian.preprocessing.catalogue import keywords

__all__ = ["TOPICS", "build_items", "plain"]

#: What the package calls the thousand subjects that Wikipedia counts as the most vital of all.
ESSENTIAL = "Uncategorized"
#: Topics of Wikipedia's list that one browses for pleasure, beside those; others are places and species.
TOPICS = ("Arts", "Everyday life", "History", "Philosophy and religion", ESSENTIAL)
#: A short description that others share is a tag ("Music genre"), if it is short.
_LONGEST_TAG = 30
#: How a name is said, in brackets: with a blank before it where Wikipedia's interface has left the speaker
#: symbol out, and one that nobody has closed.
_SAID = re.compile(r" \( [^()]*\)| \(IPA: \[[^]]*\][,)]")


def build_items(sources: Mapping[str, bytes]) -> bytes:
    """`items.json` from the package's summaries: title, description, tags and telling words of an article."""
    (content,) = sources.values()
    articles = [each for each in json.loads(content).values() if each["topic"] in TOPICS]
    articles.sort(key=lambda each: (TOPICS.index(each["topic"]), each["title"]))
    kinds = Counter(each["description"] for each in articles)
    texts = [plain(each["extract"]) for each in articles]
    words = keywords([f"{each['title']} {text}" for each, text in zip(articles, texts, strict=True)])
    items = []
    for article, text, telling in zip(articles, texts, words, strict=True):
        kind = article["description"]
        shared = [kind] if kind and kinds[kind] > 1 and len(kind) <= _LONGEST_TAG else []
        items.append(
            {
                "title": article["title"],
                "description": text,
                "tags": [*([] if article["topic"] == ESSENTIAL else [article["topic"]]), *shared],
                "keywords": telling,
            }
        )
    return json.dumps({"items": items}, ensure_ascii=False, separators=(",", ":")).encode()


def plain(extract: str) -> str:
    """An article's beginning in single spaces and without how its name is said.

    >>> plain("The viola ( vee-OH-lə, Italian: [ˈvjɔːla])  is a string instrument (of four).")
    'The viola is a string instrument (of four).'
    """
    return _SAID.sub("", " ".join(extract.split()))
