"""Keras networks with attention, for `make_keras.py`."""

from __future__ import annotations

from typing import Any


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
    return made
