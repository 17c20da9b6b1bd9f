"""Features of a transformer's hidden states that are always large, found by running it on texts.

`int8_rows` leaves them out of what it rounds to int8. Which they are is a property of the weights, so they
are found once and kept by their places in `known_outliers.py`: the build then needs neither texts nor luck.
To find them again:

    python -m wardian_build.convert.outliers MODEL.onnx TOKENIZER.json TEXTS.txt
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.session._native import native_options

__all__ = ["COUNT", "find_outliers"]

COUNT = 8
"""Of all features of a value. Cosine of MiniLM's q8 with the same weights and float32 activations, in the
mean of 25 texts: 0.9962 with none, 0.9997 with 4, 0.99974 with 8, 0.99979 with 32."""

_SPARED = "attention.joined"
"""What comes out of attention has none: rounded alone it costs a cosine of 0.00001."""

Feeds = Mapping[str, NDArray[np.int64]]


def find_outliers(model: Any, runs: Iterable[Feeds], count: int = COUNT) -> dict[str, list[int]]:
    """The features with the largest numbers, of each value that is multiplied with a constant matrix.

    Args:
        model: a ModelProto with float32 weights.
        runs: inputs of the model, int64 (batch, tokens) by name, without padding.
        count: how many features of each value.
    """
    import onnxruntime
    from onnx import ModelProto, helper

    constants = {tensor.name for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in constants]
    values = sorted({node.input[0] for node in products if not node.input[0].endswith(_SPARED)})
    watched = ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, 1, None) for name in values)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), native_options())
    largest: dict[str, NDArray[np.float32]] = {}
    for feeds in runs:
        for name, value in zip(values, session.run(values, dict(feeds)), strict=True):
            most = np.abs(value).max(axis=(0, 1))
            largest[name] = np.maximum(largest.get(name, most), most)
    return {name: sorted(np.argsort(-most)[:count].tolist()) for name, most in largest.items()}


def main(model: Path, tokenizer: Path, texts: Path) -> None:
    import onnx

    from wardian.tokenizers import Tokenizer

    encoder = Tokenizer.from_file(tokenizer)
    encoder.no_padding()
    proto = onnx.load(str(model))
    wanted = {value.name for value in proto.graph.input}
    runs = []
    for line in texts.read_text("utf-8").splitlines():
        ids = np.asarray(encoder.encode(line).ids, np.int64)[None]
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        runs.append({name: value for name, value in feeds.items() if name in wanted})
    print(json.dumps(find_outliers(proto, runs)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
