"""What pipelines over texts share: how long a text may be, the tensors of a batch, and order by length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.tokenizers import Encoding
from wardian.types import Tensor, TensorSpec

__all__ = [
    "INPUTS",
    "attention_mask",
    "batches",
    "check_count",
    "feeds_of",
    "longest_text",
    "require_text_inputs",
]

#: Inputs of encoders that a tokenizer can fill.
INPUTS = ("input_ids", "attention_mask", "token_type_ids")

#: Where nothing says how long a text may be.
_USUAL_LENGTH = 512

#: Hugging Face writes 1e30 for "no limit".
_NO_LIMIT = 1e9

#: Models that count positions from the padding id on: so many rows of their table are never used.
_POSITIONS_AFTER_PADDING = ("roberta", "xlm-roberta", "camembert")


def longest_text(config: Mapping[str, Any], tokenizer_config: Mapping[str, Any]) -> int:
    """The most tokens, special ones included, that a model takes: the least that `config.json`
    (`max_position_embeddings`) and `tokenizer_config.json` (`model_max_length`) say, else 512.

    >>> longest_text({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, {})
    512
    """
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and config.get("model_type") in _POSITIONS_AFTER_PADDING:
        positions -= int(config.get("pad_token_id") or 0) + 1
    limits = (positions, tokenizer_config.get("model_max_length"))
    return min(
        (int(n) for n in limits if isinstance(n, (int, float)) and n < _NO_LIMIT), default=_USUAL_LENGTH
    )


def require_text_inputs(inputs: Sequence[TensorSpec], model_id: str, kind: str) -> None:
    """Raises ModelError when a model wants something that a tokenizer does not give."""
    unknown = [spec.describe() for spec in inputs if spec.name not in INPUTS]
    if unknown:
        raise ModelError(
            f"The model {model_id!r} wants inputs that {kind} does not have.",
            expected="some of " + ", ".join(INPUTS),
            received="; ".join(unknown),
        )


def feeds_of(
    encodings: Sequence[Encoding], inputs: Sequence[TensorSpec], pad_id: int = 0
) -> dict[str, Tensor]:
    """The inputs of a batch, int (batch, tokens): padded on the right, ids with `pad_id`, others with 0."""
    longest = max(map(len, encodings))
    columns: dict[str, NDArray[np.int64]] = {}
    for name in INPUTS:
        columns[name] = np.full((len(encodings), longest), pad_id if name == "input_ids" else 0, np.int64)
    for row, encoding in enumerate(encodings):
        columns["input_ids"][row, : len(encoding)] = encoding.ids
        columns["attention_mask"][row, : len(encoding)] = encoding.attention_mask
        columns["token_type_ids"][row, : len(encoding)] = encoding.type_ids
    return {spec.name: columns[spec.name].astype(spec.dtype, copy=False) for spec in inputs}


def attention_mask(encodings: Sequence[Encoding]) -> NDArray[np.int64]:
    """1 for every token of a batch, 0 for padding: int64 (batch, tokens)."""
    lengths = np.array([len(encoding) for encoding in encodings])
    return (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)


def batches(encodings: Sequence[Encoding], size: int) -> Iterator[list[int]]:
    """Indices of encodings in groups of `size`, sorted by length, so that little is padded."""
    order = sorted(range(len(encodings)), key=lambda index: len(encodings[index]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def check_count(name: str, value: object, least: int, most: int) -> None:
    """Raises InputError when an option is neither None nor an integer from `least` to `most`.

    >>> check_count("batch_size", 0, 1, 4096)
    Traceback (most recent call last):
    wardian.errors.InputError: batch_size is wrong. Got 0; expected an integer from 1 to 4096.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(
            f"{name} is wrong.", value=repr(value), expected=f"an integer from {least} to {most}"
        )
