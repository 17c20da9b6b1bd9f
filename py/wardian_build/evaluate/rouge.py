"""ROUGE: how many words, pairs of words and words in order a summary shares with a reference.

Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries". Words are as in the package
`rouge-score` without stemming: runs of the letters a to z and digits, in small letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["MEASURES", "rouge"]

MEASURES = ("rouge1", "rouge2", "rougeL")

_WORD = re.compile(r"[a-z0-9]+")


def rouge(summary: str, reference: str) -> dict[str, float]:
    """The F1 of each measure, from 0 to 1.

    Worked by hand: of "the cat sat" and "the cat was here, the cat", 2 words are shared of 3 and of 6
    (precision 2/3, recall 2/6: F1 4/9), 1 pair of 2 and of 5 (F1 2/7), and "the cat" is the longest common
    subsequence (F1 4/9).

    >>> {name: round(value, 4) for name, value in rouge("The cat sat.", "The cat was here, the cat.").items()}
    {'rouge1': 0.4444, 'rouge2': 0.2857, 'rougeL': 0.4444}
    """
    found, wanted = _WORD.findall(summary.lower()), _WORD.findall(reference.lower())
    shared = {f"rouge{n}": _shared(found, wanted, n) for n in (1, 2)}
    scores = {name: _f1(count, *sizes) for name, (count, *sizes) in shared.items()}
    return {**scores, "rougeL": _f1(_longest_common(found, wanted), len(found), len(wanted))}


def _shared(found: Sequence[str], wanted: Sequence[str], n: int) -> tuple[int, int, int]:
    """How many n-grams both have, as often as both have them; and how many each has."""
    ours, theirs = (Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in (found, wanted))
    return (ours & theirs).total(), ours.total(), theirs.total()


def _longest_common(found: Sequence[str], wanted: Sequence[str]) -> int:
    """The length of the longest common subsequence.

    >>> _longest_common("abcde", "xacye")
    3
    """
    row = [0] * (len(wanted) + 1)
    for word in found:
        before = 0
        for place, other in enumerate(wanted, 1):
            above = row[place]
            row[place] = before + 1 if word == other else max(above, row[place - 1])
            before = above
    return row[-1]


def _f1(shared: int, found: int, wanted: int) -> float:
    return 2 * shared / (found + wanted) if shared else 0.0
