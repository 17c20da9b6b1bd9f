"""Mend the grammar of a text with a tagger of edits, sentence by sentence, until nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wardian.errors import InputError, shorten
from wardian.postprocessing.edits import KEEP, Edit, TaggedSentence, require_edit_tags
from wardian.preprocessing.sentences import split_sentences

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.token_classification import TokenClassificationPipeline

__all__ = ["LEAST_PROBABILITY", "MOST_PASSES", "mend"]

#: A tag that is less probable changes nothing. The makers of quire-grammar-model chose it on text without
#: errors; it was not tuned here.
LEAST_PROBABILITY = 0.9

#: How often a sentence is tagged at most, as in GECToR.
MOST_PASSES = 4

#: Sentences of a run. The scales of quire-grammar are fixed: an answer does not depend on its neighbours.
_TOGETHER = 8


async def mend(
    text: str,
    pipe: TokenClassificationPipeline,
    *,
    least: float = LEAST_PROBABILITY,
    progress: Progress | None = None,
) -> list[Edit]:
    """What the tagger would change in a text, in characters of it, in order, without overlaps.

    Args:
        text: of any length; sentences are tagged each on its own, those without English words not at all.
        pipe: a tagger whose labels are edit tags.
        least: the probability from which on a tag is followed, 0 to 1.
        progress: called as `progress("mend", sentences done, sentences)`, `"mend_again"` for later passes.

    Raises:
        InputError: there is nothing that could be English.
        ModelError: the model's labels are no edit tags.
    """
    require_edit_tags(pipe.labels)
    sentences = [TaggedSentence(text, *span) for span in split_sentences(text)]
    pending = [sentence for sentence in sentences if sentence.is_english]
    if not pending:
        raise InputError(
            "There is no English sentence in this text.",
            value=shorten(text, 60),
            expected="words of the Latin alphabet",
        )
    for number in range(MOST_PASSES):
        if not pending:
            break
        told = None if progress is None else _renamed(progress, "mend" if number == 0 else "mend_again")
        tags = await _tags([sentence.words for sentence in pending], pipe, least, told)
        pending = [one for one, own in zip(pending, tags, strict=True) if one.apply(own) and one.words]
    return [edit for sentence in sentences for edit in sentence.edits()]


async def _tags(
    sentences: Sequence[list[str]],
    pipe: TokenClassificationPipeline,
    least: float,
    progress: Progress | None,
) -> list[list[str]]:
    """The tag of each word of each sentence: that of its first token, `$KEEP` where it is not sure enough."""
    answers: list[list[dict[str, Any]]] = await pipe(
        sentences, is_split_into_words=True, ignore_labels=(KEEP,), batch_size=_TOGETHER, progress=progress
    )
    found = []
    for words, tokens in zip(sentences, answers, strict=True):
        sure = {token["start"]: token["entity"] for token in tokens if token["score"] >= least}
        tags, start = [], 0
        for word in words:
            tags.append(sure.get(start, KEEP))
            start += len(word) + 1
        found.append(tags)
    return found


def _renamed(progress: Progress, stage: str) -> Progress:
    return lambda _, done, total: progress(stage, done, total)
