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
    "buckets",
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

_COST, _MOST, _SHORT = 256, 16, 8
"""Of a run: most tokens, padding included, and most texts. 300 texts of 15 words in the mean took MiniLM on
one core 1.60 s so, 1.65 s eight at a time, 1.78 s with 1,024 tokens and 2.5 s one by one: what a run works on
has to stay in the processor's cache. Texts of so few tokens are padded rather than run apart; of longer ones
no more than half is padding."""

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


def buckets(lengths: Sequence[int], size: int | None = None) -> Iterator[list[int]]:
    """Indices of texts in groups that are run together, shortest texts first, so that little is padded.

    A group has `size` texts. By default it is cut by what it costs, its texts times the tokens of the
    longest: at most _COST, and one text at least. Equal lengths keep their order.

    >>> list(buckets([9, 2, 700, 3], 2)), list(buckets([9, 2, 700, 3, 400]))
    ([[1, 3], [0, 2]], [[1, 3, 0], [4], [2]])
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    group: list[int] = []
    for index in order:
        full = len(group) >= size if size is not None else _is_dear(len(group), lengths, group, index)
        if group and full:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _is_dear(count: int, lengths: Sequence[int], group: Sequence[int], index: int) -> bool:
    """Whether one more text makes a group cost too much, by its size or by the padding of its shortest."""
    longest, shortest = lengths[index], lengths[group[0]] if group else 0
    return (count + 1) * longest > _COST or count >= _MOST or longest > 2 * max(shortest, _SHORT)


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
