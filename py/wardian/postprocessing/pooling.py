"""From token embeddings to one embedding per text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError

__all__ = ["POOLINGS", "last_token", "mean_pooling", "normalize", "pool", "pooling_of", "span_means"]

#: How one embedding is made of a text's tokens: names as in sentence-transformers and transformers.js.
POOLINGS = ("mean", "cls", "last_token")

#: Settings of sentence-transformers' `1_Pooling/config.json` that mean one of them.
_SETTINGS = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last_token",
}


def mean_pooling(hidden: NDArray[Any], attention_mask: NDArray[Any]) -> NDArray[np.float32]:
    """The mean over the tokens that the mask marks with 1.

    `hidden` is float (batch, tokens, features), `attention_mask` integer (batch, tokens) of 0 and 1; the
    result is float32 (batch, features). A text without any token gives zeros.
    Source: Reimers and Gurevych, "Sentence-BERT", arXiv:1908.10084.

    >>> hidden = np.float32([[[1, 2, 3], [3, 4, 5], [9, 9, 9]]])
    >>> mean_pooling(hidden, np.array([[1, 1, 0]])).tolist()
    [[2.0, 3.0, 4.0]]
    """
    weights = attention_mask.astype(np.float32)[:, None, :]
    # (batch, 1, tokens) @ (batch, tokens, features): no masked copy of `hidden` is made.
    sums = (weights @ hidden.astype(np.float32, copy=False))[:, 0, :]
    return np.asarray(sums / np.maximum(weights.sum(axis=2), 1e-9), np.float32)


def last_token(hidden: NDArray[Any], attention_mask: NDArray[Any]) -> NDArray[np.float32]:
    """The last token that the mask marks with 1, on whichever side the padding is.

    `hidden` is float (batch, tokens, features), `attention_mask` integer (batch, tokens) of 0 and 1; the
    result is float32 (batch, features). A text without any token gives the first position.

    >>> hidden = np.float32([[[1, 2], [3, 4], [9, 9]]])
    >>> last_token(hidden, np.array([[1, 1, 0]])).tolist()
    [[3.0, 4.0]]
    """
    tokens = attention_mask.shape[1]
    last = (attention_mask * np.arange(tokens)).argmax(axis=1)
    return np.asarray(hidden[np.arange(len(hidden)), last], np.float32)


def pool(hidden: NDArray[Any], attention_mask: NDArray[Any], pooling: str) -> NDArray[np.float32]:
    """One embedding per text by one of POOLINGS; with "none" the tokens as they are, padding as zeros.

    `hidden` is float (batch, tokens, features), `attention_mask` integer (batch, tokens) of 0 and 1; the
    result is float32 (batch, features), or (batch, tokens, features) for "none".

    >>> pool(np.float32([[[1, 2], [3, 4]]]), np.array([[1, 1]]), "cls").tolist()
    [[1.0, 2.0]]
    """
    if pooling == "mean":
        return mean_pooling(hidden, attention_mask)
    if pooling == "cls":
        return hidden[:, 0].astype(np.float32)
    if pooling == "last_token":
        return last_token(hidden, attention_mask)
    return np.where(attention_mask[:, :, None] == 1, hidden, 0).astype(np.float32, copy=False)


def span_means(
    hidden: NDArray[Any], offsets: NDArray[np.int64], spans: Sequence[tuple[int, int]]
) -> NDArray[np.float32]:
    """The mean of the tokens of each part of a text; a token belongs to the part that its middle lies in.

    `hidden` is float (tokens, features), `offsets` integer (tokens, 2): a token's first character and the one
    after its last, equal for special tokens; it may be shorter than `hidden`, whose rest is padding. The
    result is float32 (spans, features), zeros for a part without tokens.

    >>> hidden, offsets = np.float32([[9, 9], [1, 2], [3, 4]]), np.array([[0, 0], [0, 3], [4, 7]])
    >>> span_means(hidden, offsets, [(0, 7), (4, 7)]).tolist()
    [[2.0, 3.0], [3.0, 4.0]]
    """
    doubled, real = offsets.sum(axis=1), offsets[:, 1] > offsets[:, 0]
    members = [(doubled > 2 * start) & (doubled < 2 * end) & real for start, end in spans]
    weights = np.array(members, np.float32).reshape(len(spans), len(offsets))
    sums = weights @ hidden[: len(offsets)].astype(np.float32, copy=False)
    return np.asarray(sums / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9), np.float32)


def pooling_of(settings: Mapping[str, Any]) -> str:
    """The pooling that a model was trained with, from its `1_Pooling/config.json`.

    Raises ModelError for one that is not in `POOLINGS`, and for several at once.
    Source: sentence-transformers, `models/Pooling.py`.

    >>> pooling_of({"word_embedding_dimension": 384, "pooling_mode_cls_token": True})
    'cls'
    """
    named = settings.get("pooling_mode")
    chosen = (
        [named] if named else sorted(k for k, v in settings.items() if k.startswith("pooling_mode_") and v)
    )
    found = [_SETTINGS.get(str(name), str(name)) for name in chosen]
    if len(found) == 1:
        found = ["last_token" if found[0] == "lasttoken" else found[0]]
    if len(found) == 1 and found[0] in POOLINGS:
        return found[0]
    raise ModelError(
        "The pooling that this model was trained with is not known here.",
        value="1_Pooling/config.json",
        expected="one of " + ", ".join(POOLINGS),
        received=", ".join(map(str, chosen)) or "none",
        hint="Name a pooling in the call, if you know which one gives the same.",
    )


def normalize(vectors: NDArray[Any], axis: int = -1) -> NDArray[np.float32]:
    """Vectors scaled to Euclidean length 1 along `axis`; zeros stay zeros. float32, same shape.

    >>> normalize(np.float32([[3, 4], [0, 0]])).round(4).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    values = np.asarray(vectors, np.float32)
    lengths = np.sqrt(np.sum(values * values, axis=axis, keepdims=True))
    return np.asarray(values / np.maximum(lengths, 1e-12), np.float32)
