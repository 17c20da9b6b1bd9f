"""The share of the texts whose results are kept as digests: for where the reference cannot run, in Pyodide.

Each tokenizer takes a part of its own, so that all of them together take every text and every code point.
"""

from __future__ import annotations

from typing import Any

from differential import catalogue
from differential_compare import calls, columns, decode_all, digest, encode_all

from tokenizers_texts import CODE_POINTS, code_point_texts, many_texts

__all__ = ["GOLDEN", "digests", "of_characters"]

GOLDEN = "tokenizers.json"
#: More than 150 tokenizers times 140 are more than 20,000.
SHARE = 140
#: So many calls make one digest.
RUN = SHARE // 10

TEXTS = many_texts(20_000)
CHARACTERS = code_point_texts(CODE_POINTS)


def of_characters() -> list[str]:
    """The tokenizers that decide what happens to a character."""
    return [name for name in catalogue() if name.startswith(("normalizer", "pre_tokenizer", "split {'Regex"))]


def texts_for(name: str) -> list[str]:
    start = list(catalogue()).index(name) * SHARE % len(TEXTS)
    texts = [*TEXTS, *TEXTS[:SHARE]][start : start + SHARE]
    return [text[:150] for text in texts] if "truncation" in name else texts


def characters_for(name: str) -> list[str]:
    """The tokenizer's part of the code points; none for those that do not look at characters."""
    names = of_characters()
    return CHARACTERS[names.index(name) :: len(names)] if name in names else []


def digests(name: str, tokenizer: Any) -> list[str]:
    """What a tokenizer, ours or the reference's, makes of its share.

    A digest a run of calls, one of what they decode to, and one of code points where it has a part of them.
    """
    wanted = calls(texts_for(name), RUN)
    encodings = [columns(encoding) for encoding in encode_all(tokenizer, wanted)]
    found = [digest(encodings[start : start + RUN]) for start in range(0, len(wanted), RUN)]
    found.append(digest(decode_all(tokenizer, [one[0] if one else [] for one in encodings])))
    characters = characters_for(name)
    if characters:
        found.append(digest([columns(one) for one in tokenizer.encode_batch(characters)]))
    return found
