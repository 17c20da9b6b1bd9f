"""A BERT encoder against a hand-written one in float64, and its bytes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from wardian_build.convert.architectures.bert import build_minilm, convert_bert

CONFIG = {
    "hidden_act": "gelu",
    "hidden_size": 12,
    "intermediate_size": 20,
    "layer_norm_eps": 1e-12,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "position_embedding_type": "absolute",
}

Weights = dict[str, NDArray[Any]]


def random_weights() -> Weights:
    """Every axis of another length: 30 words, 9 positions, 2 types, 12 features, 20 inner features."""
    generator = np.random.default_rng(7)

    def normal(*shape: int) -> NDArray[np.float32]:
        return (0.4 * generator.standard_normal(shape)).astype(np.float32)

    weights: Weights = {
        "embeddings.word_embeddings.weight": normal(30, 12),
        "embeddings.position_embeddings.weight": normal(9, 12),
        "embeddings.token_type_embeddings.weight": normal(2, 12),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        prefix = f"encoder.layer.{layer}"
        for name, outputs, inputs in (
            ("attention.self.query", 12, 12),
            ("attention.self.key", 12, 12),
            ("attention.self.value", 12, 12),
            ("attention.output.dense", 12, 12),
            ("intermediate.dense", 20, 12),
            ("output.dense", 12, 20),
        ):
            weights[f"{prefix}.{name}.weight"], weights[f"{prefix}.{name}.bias"] = (
                normal(outputs, inputs),
                normal(outputs),
            )
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = 1 + normal(12), normal(12)
    return weights


def safetensors(tensors: Weights) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, tensor in tensors.items():
        data = tensor.astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": tensor.shape,
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def reference(
    weights: Weights, ids: NDArray[np.int64], types: NDArray[np.int64], mask: NDArray[np.int64]
) -> NDArray[Any]:
    """BERT's encoder in float64, one text and one head at a time, from the paper."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def dense(name: str, x: NDArray[Any]) -> NDArray[Any]:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(name: str, x: NDArray[Any]) -> NDArray[Any]:
        centred = x - x.mean(axis=-1, keepdims=True)
        return (
            centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True)) * w[f"{name}.weight"]
            + w[f"{name}.bias"]
        )

    rows = []
    for row in range(len(ids)):
        x = (
            w["embeddings.word_embeddings.weight"][ids[row]]
            + w["embeddings.token_type_embeddings.weight"][types[row]]
        )
        x = norm("embeddings.LayerNorm", x + w["embeddings.position_embeddings.weight"][: len(x)])
        for layer in range(2):
            prefix, context = f"encoder.layer.{layer}", np.zeros_like(x)
            q, k, v = (dense(f"{prefix}.attention.self.{part}", x) for part in ("query", "key", "value"))
            for head in range(3):
                part = slice(4 * head, 4 * head + 4)
                scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(4)) * mask[row]
                context[:, part] = scores / scores.sum(axis=1, keepdims=True) @ v[:, part]
            x = norm(
                f"{prefix}.attention.output.LayerNorm", x + dense(f"{prefix}.attention.output.dense", context)
            )
            inner = dense(f"{prefix}.intermediate.dense", x)
            gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
            x = norm(f"{prefix}.output.LayerNorm", x + dense(f"{prefix}.output.dense", gelu))
        rows.append(x)
    return np.stack(rows)


def test_bert_equals_a_hand_written_encoder() -> None:
    weights = random_weights()
    data = build_minilm(
        {"a/config.json": json.dumps(CONFIG).encode(), "a/model.safetensors": safetensors(weights)}
    )
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data)
    generator = np.random.default_rng(8)
    ids, types = generator.integers(0, 30, (5, 7)), generator.integers(0, 2, (5, 7))
    mask = (np.arange(7) < np.array([7, 1, 3, 6, 5])[:, None]).astype(np.int64)
    feeds = {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}
    found = session.run(["last_hidden_state"], feeds)[0]
    assert found.shape == (5, 7, 12)
    # float32 against float64 through two layers: 1e-6 relative each step, on values of order 1.
    np.testing.assert_allclose(found, reference(weights, ids, types, mask), rtol=0, atol=2e-5)


def test_the_same_weights_give_the_same_bytes() -> None:
    assert convert_bert(CONFIG, random_weights()) == convert_bert(CONFIG, random_weights())
