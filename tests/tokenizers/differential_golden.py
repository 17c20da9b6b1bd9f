"""The share of the texts whose results are kept as digests: for where the reference cannot run, in Pyodide.

Each tokenizer takes a part of its own, so that all of them together take every text and every code point.
"""

from __future__ import annotations

from typing import Any

from differential import catalogue
from differential_compare import calls, columns, decode_all, digest, encode_all

from tokenizers_texts import CODE_POINTS, code_point_texts, many_texts

__all__ = ["GOLDEN", "RUNS", "digests", "of_characters", "some_digests"]

GOLDEN = "tokenizers.json"
#: More than 150 tokenizers times 140 are more than 20,000.
SHARE = 140
#: So many calls make one digest.
RUN = SHARE // 10
RUNS = SHARE // RUN

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
    return [one for one in some_digests(name, tokenizer, range(RUNS)) if one is not None]


def some_digests(name: str, tokenizer: Any, runs: range) -> list[str | None]:
    """As `digests`, of these runs alone; None for the others, and for what all runs decode to.

    Without the first run there are no code points, either.
    """
    wanted = calls(texts_for(name), RUN)
    encodings = {
        run: [columns(one) for one in encode_all(tokenizer, wanted[run * RUN : (run + 1) * RUN])]
        for run in runs
    }
    found = [digest(encodings[run]) if run in encodings else None for run in range(RUNS)]
    ids = [one[0] if one else [] for run in encodings.values() for one in run]
    found.append(digest(decode_all(tokenizer, ids)) if len(runs) == RUNS else None)
    if characters := characters_for(name):
        each = tokenizer.encode_batch(characters) if 0 in runs else None
        found.append(None if each is None else digest([columns(one) for one in each]))
    return found
