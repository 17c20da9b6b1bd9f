"""Keras networks with attention, for `make_keras.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Numbers of words, of which 0 is none, and which weights may be.
MASKED = {
    "padded": np.array([[3, 1, 4, 1, 0, 0, 0], [0, 5, 9, 0, 2, 6, 0]], np.float32),
    "padded_too": np.array([[5, 3, 0, 5, 0], [8, 9, 7, 9, 3]], np.float32),
    "seen": np.array([np.eye(6) + np.eye(6, k=1), np.tri(6, k=2)], np.float32),
    "heads_seen": np.array([[np.tri(6), np.tri(6).T], [np.eye(6, k=1), np.ones((6, 6))]], np.float32),
}


def attention_networks() -> dict[str, Any]:
    import keras
    from keras import layers as kl

    made: dict[str, Any] = {}
    steps, other = keras.Input((5, 6), name="steps"), keras.Input((4, 7), name="other")
    value = kl.MultiHeadAttention(2, 3, value_dim=4, output_shape=6, dropout=0.2)(steps, other)
    value = kl.LayerNormalization()(kl.Add()([value, steps]))
    inner = kl.Dense(6)(kl.Dense(9, activation="gelu")(value))
    value = kl.LayerNormalization()(kl.Add()([value, inner]))
    shared = kl.MultiHeadAttention(3, 2, use_bias=False)
    value = shared(query=value, value=value, use_causal_mask=True)
    value = shared(value, steps, key=value)
    several = kl.MultiHeadAttention(2, 4)
    found, weights = several(query=value, value=other, return_attention_scores=True)
    made["heads"] = keras.Model([steps, other], [found, weights])
    short = kl.Dense(6)(other)
    dot = kl.Attention(use_scale=True)([steps, short])
    causal = kl.Attention()([dot, steps, dot], use_causal_mask=True)
    added, of_sum = kl.AdditiveAttention()([causal, short], return_attention_scores=True)
    plain = kl.AdditiveAttention(use_scale=False)([added, short, short])
    made["attended"] = keras.Model([steps, other], [causal, added, of_sum, plain])
    ids = keras.Input((7,), name="ids")
    words = kl.Embedding(11, 6)(ids)
    block = keras.Sequential([keras.Input((7, 6)), kl.Dense(5, activation="relu"), kl.Dense(6)], name="block")
    words = kl.Add()([words, block(kl.MultiHeadAttention(2, 4, name="self")(words, words))])
    label = kl.Dense(3, activation="softmax")(kl.GlobalAveragePooling1D()(words))
    made["classified"] = keras.Model(ids, label)
    return {**made, **masked_networks()}


def masked_networks() -> dict[str, Any]:
    """Masks of Embeddings on their way, masks as arguments, heads in groups, gates and windows."""
    import keras
    from keras import layers as kl

    made: dict[str, Any] = {}
    padded, other = keras.Input((7,), name="padded"), keras.Input((5,), name="padded_too")
    words = kl.Add()(
        [kl.Embedding(11, 6, mask_zero=True)(padded), kl.Embedding(11, 6, mask_zero=True)(padded)]
    )
    words = kl.LayerNormalization()(kl.Add()([words, kl.MultiHeadAttention(2, 4)(words, words)]))
    groups = kl.GroupQueryAttention(3, 4, 2)
    words = kl.Add()([words, groups(words, words, use_causal_mask=True)])
    across = kl.Embedding(11, 6, mask_zero=True)(other)
    found, weights = kl.MultiHeadAttention(2, 3)(words, across, key=across, return_attention_scores=True)
    dot = kl.Attention()([found, across])
    summed = kl.AdditiveAttention()([dot, across, across], use_causal_mask=True)
    wide = kl.Concatenate()([dot, summed])
    pooled = kl.GlobalAveragePooling1D()(wide)
    long = kl.Concatenate(axis=1)([wide, kl.Dense(12)(across), kl.RepeatVector(2)(pooled)])
    long = kl.GlobalAveragePooling1D()(long)
    made["padded"] = keras.Model([padded, other], [words, found, weights, summed, pooled, long])
    steps = keras.Input((6, 4), name="wide_steps")
    seen, heads_seen = keras.Input((6, 6), name="seen"), keras.Input((2, 6, 6), name="heads_seen")
    gated = kl.MultiHeadAttention(2, 3, use_gate=True, sliding_window=3)(steps, steps, attention_mask=seen)
    local = kl.GroupQueryAttention(3, 4, 1, use_gate=True, sliding_window=2, use_bias=False)
    gated = local(gated, steps, use_causal_mask=True)
    gated, each = kl.GroupQueryAttention(2, 2, 1, dropout=0.3)(
        gated, gated, attention_mask=heads_seen, return_attention_scores=True
    )
    made["windows"] = keras.Model([steps, seen, heads_seen], [gated, each])
    return made
