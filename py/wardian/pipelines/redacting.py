"""Redaction of a text: a tagger's names and the finders' patterns, put together."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from wardian.postprocessing.redaction import Redaction, Span, redactions
from wardian.postprocessing.redaction.finders import FINDERS
from wardian.postprocessing.redaction.tagged import LABELS

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.named_entity_recognition import NamedEntityRecognitionPipeline

__all__ = ["find_redactions"]

#: Between the fields of a table a tagger that learned from sentences sees one long word.
_SEPARATOR = re.compile(r"[;|\t](?=\S)")

#: From so many characters on finders take a time that is worth telling.
_LONG = 20_000


async def find_redactions(
    text: str, pipe: NamedEntityRecognitionPipeline, *, progress: Progress | None = None
) -> list[Redaction]:
    """What to redact in a text, by its place: see `wardian.postprocessing.redaction.redactions`.

    Args:
        text: of any length.
        pipe: a tagger with the labels of OntoNotes.
        progress: as the pipeline calls it; then `progress("patterns", finders done, finders)`.
    """
    lines = _SEPARATOR.sub("\n", text)
    labels = [label for label in LABELS if label in pipe.labels]
    entities = await pipe(lines, labels=labels, progress=progress)
    patterns: list[Span] = []
    for number, find in enumerate(FINDERS, 1):
        patterns += find(text)
        if progress is not None and len(text) > _LONG:
            progress("patterns", number, len(FINDERS))
        # Who cancels is heard between two finders.
        await asyncio.sleep(0)
    return redactions(text, entities, patterns)
