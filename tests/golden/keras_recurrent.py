"""Keras networks with recurrent layers, for `make_keras.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

#: What inputs hold where a wave would not do: numbers of words, of which 0 stands for none.
WORDS = np.float32([[0, 0, 3, 4, 5, 6], [8, 0, 1, 0, 2, 0], [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0]])
GIVEN = {"words": WORDS, "spoken": WORDS[:3], "answered": WORDS[2::-1]}


def recurrent_networks() -> dict[str, Any]:
    import keras
    from keras import layers as kl

    made: dict[str, Any] = {}
    steps = keras.Input((5, 3), name="steps")
    value = kl.LSTM(4, return_sequences=True, dropout=0.3)(steps)
    value = kl.GRU(3, return_sequences=True, go_backwards=True)(value)
    value = kl.GRU(4, return_sequences=True, reset_after=False, recurrent_activation="hard_sigmoid")(value)
    value = kl.SimpleRNN(5, return_sequences=True, activation="relu", use_bias=False)(value)
    last = kl.LSTM(3, activation="softsign", go_backwards=True)(value)
    made["recurrent"] = keras.Model(steps, [value, last])
    steps = keras.Input((5, 3), name="steps")
    value = kl.Bidirectional(kl.LSTM(3, return_sequences=True), merge_mode="sum")(steps)
    value = kl.Bidirectional(kl.GRU(2, return_sequences=True), merge_mode="ave")(value)
    other = kl.SimpleRNN(3, return_sequences=True, go_backwards=True, name="other")
    value = kl.Bidirectional(kl.LSTM(3, return_sequences=True), "mul", backward_layer=other)(value)
    several = kl.Bidirectional(kl.GRU(2, return_state=True), merge_mode=None)(value)
    made["directions"] = keras.Model(steps, [kl.Bidirectional(kl.LSTM(2))(value), *several])
    words = keras.Input((6,), name="words")
    value = kl.Embedding(9, 4, mask_zero=True)(words)
    value = kl.Bidirectional(kl.LSTM(3, return_sequences=True))(value)
    back = kl.GRU(3, return_sequences=True, go_backwards=True)(kl.SpatialDropout1D(0.2)(value))
    each = kl.TimeDistributed(kl.Dense(2))(kl.SimpleRNN(3, return_sequences=True)(value))
    made["masked"] = keras.Model(words, [back, each, kl.LSTM(4)(value)])
    steps = keras.Input((6, 3), name="noisy")
    value = kl.Masking(0.5)(steps)
    made["left_out"] = keras.Model(steps, [kl.LSTM(3)(value), kl.GRU(2, return_sequences=True)(value)])
    spoken, answered = keras.Input((6,), name="spoken"), keras.Input((6,), name="answered")
    value = kl.Embedding(9, 3, mask_zero=True)(spoken)
    mean = kl.GlobalAveragePooling1D()(kl.Dense(3, activation="relu")(value))
    _, hidden, cell = kl.LSTM(4, return_state=True)(value)
    value = kl.Embedding(9, 2, mask_zero=True)(answered)
    value = kl.LSTM(4, return_sequences=True)(value, initial_state=[hidden, cell])
    # Here the mask is used, and with given states it is not.
    value = kl.Dense(5, activation="softmax")(kl.GRU(3, return_sequences=True)(value))
    made["translated"] = keras.Model([spoken, answered], [value, mean])
    made["chain_of_steps"] = keras.Sequential(
        [
            keras.Input((5, 3), name="steps"),
            keras.Sequential([kl.LSTM(4, return_sequences=True), kl.LSTM(3)], name="inside"),
            kl.RepeatVector(4),
            kl.Bidirectional(kl.LSTM(2, return_sequences=True)),
            kl.TimeDistributed(kl.Dense(3)),
        ]
    )
    return made
