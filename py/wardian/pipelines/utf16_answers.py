"""Places in answers as JavaScript counts them: in UTF-16 units, where Python counts characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.pipelines.question_answering import pairs_of
from wardian.pipelines.token_classification import texts_of
from wardian.tokenizers.utf16 import utf16_positions

__all__ = ["in_utf16"]


def in_utf16(kind: str, inputs: Any, options: Mapping[str, Any], answer: Any) -> Any:
    """The answer of a pipeline to `inputs`, with every `start` and `end` in UTF-16 units.

    >>> entity = {"entity": "MISC", "word": "b", "start": 1, "end": 2}
    >>> in_utf16("token-classification", "😀b", {}, [entity])
    [{'entity': 'MISC', 'word': 'b', 'start': 2, 'end': 3}]
    """
    if kind == "question-answering":
        pairs = pairs_of(inputs, options.get("question"), options.get("context"))
        texts = [context for _, context in pairs]
        many = len(texts) > 1
    elif kind in ("token-classification", "named-entity-recognition"):
        split = bool(options.get("is_split_into_words", False))
        many, given = texts_of(inputs, split)
        texts = [str(options.get("delimiter", " ")).join(words) for words in given] if split else given
    else:
        return answer
    if not many:
        return _converted(answer, texts[0])
    return [_converted(one, text) for one, text in zip(answer, texts, strict=True)]


def _converted(answer: Any, text: str) -> Any:
    positions = utf16_positions(text)
    if positions is None:
        return answer

    def convert(value: Any) -> Any:
        if isinstance(value, list):
            return [convert(one) for one in value]
        return value | {name: int(positions[value[name]]) for name in ("start", "end")}

    return convert(answer)
