"""Words with what they weigh, for the page."""

from __future__ import annotations

from collections.abc import Sequence

from wardian.components import Highlight, Highlights
from wardian.postprocessing.attribution import WordScore

__all__ = ["marked"]

#: Words below this share of the strongest one are not marked.
_WEAK = 0.02


def marked(text: str, words: Sequence[WordScore]) -> Highlights:
    """The words of a text that weigh something.

    >>> [part.start for part in marked("good of", [WordScore(0, 4, 1.0), WordScore(5, 7, -0.01)]).parts]
    [0]
    """
    strongest = max((abs(word.score) for word in words), default=0.0)
    return Highlights(text, [Highlight(*word) for word in words if abs(word.score) > _WEAK * strongest])
