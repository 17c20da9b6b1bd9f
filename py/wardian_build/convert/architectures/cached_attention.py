"""What decoders that stand alone have in common: their inputs and outputs, the mask, and attention to what
was computed before.

    input_ids, position_ids              int64 (batch_size, sequence_length)
    attention_mask                       int64 (batch_size, total_sequence_length), 0 for padding on the left
    num_logits_to_keep                   int64 (): logits of so many last tokens, 0 for all
    past_key_values.N.key / .value       float32 (batch_size, heads, past_sequence_length, width)
    → logits                             float32 (batch_size, kept, vocabulary)
    → present.N.key / .value             float32 (batch_size, heads, … , width)

These are the names of files exported for transformers.js. There are two forms:

- *whole cache*, for WebGPU and for transformers.js: `present` is past and new, so that it goes back in as
  it is. On the GPU both are buffers that never leave it.
- *slices*, for WASM: `present` holds the new tokens alone, and nothing in the graph puts past and new
  together: scores and sums are taken over each of them. onnxruntime-web copies inputs and outputs between
  JavaScript and its heap on every run; so the past is copied in once, and neither copied out, nor
  concatenated, nor allocated anew. Who runs the graph appends the slices to a buffer of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wardian_build.convert.architectures.layers import LOWEST
from wardian_build.convert.graph import GraphBuilder

__all__ = ["Ports", "attend", "causal_mask", "first_kept", "ports"]

_BOOL = 9
"""ONNX's number for bool."""

Port = tuple[str, Sequence[int | str]]
Ports = dict[str, Port]


def ports(layers: int, heads: int, width: int, vocabulary: int, whole: bool) -> tuple[Ports, Ports]:
    """Inputs and outputs of a decoder; `heads` are those of keys."""
    caches = [(layer, part) for layer in range(layers) for part in ("key", "value")]
    past: Port = ("float32", ["batch_size", heads, "past_sequence_length", width])
    length = "total_sequence_length" if whole else "sequence_length"
    present: Port = ("float32", ["batch_size", heads, length, width])
    tokens: Port = ("int64", ["batch_size", "sequence_length"])
    inputs: Ports = {
        "input_ids": tokens,
        "attention_mask": ("int64", ["batch_size", "total_sequence_length"]),
        "position_ids": tokens,
        "num_logits_to_keep": ("int64", []),
        **{f"past_key_values.{layer}.{part}": past for layer, part in caches},
    }
    outputs: Ports = {
        "logits": ("float32", ["batch_size", "num_logits", vocabulary]),
        **{f"present.{layer}.{part}": present for layer, part in caches},
    }
    return inputs, outputs


def first_kept(g: GraphBuilder) -> str:
    """Where the last tokens begin, as many as `num_logits_to_keep` says: what `Slice` takes as its start."""
    return g.op("Reshape", g.op("Neg", "num_logits_to_keep", name="minus_kept"), g.ints([1]), name="first")


def causal_mask(g: GraphBuilder, groups: int = 1, window: int | None = None) -> str:
    """0 where a token may look, the lowest float where not: (batch, 1, groups · sequence, total).

    With a `window` a token sees itself and the window − 1 before it: places are then counted without those
    that `attention_mask` hides, as `position_ids` are.
    """
    seen = _seen(g)
    ending = ""
    if window is not None:
        ending = ".near"
        count = g.op("CumSum", "attention_mask", g.constant("along", np.int64(1)), name="key_count")
        reach = g.op("Sub", "position_ids", g.constant("window", np.int64(window - 1)), name="reach")
        keys = g.op("Unsqueeze", count, g.ints([1, 2]), name="counted_keys")
        column = g.op("Unsqueeze", reach, g.ints([1, 3]), name="reach_column")
        # The first token is counted 1, and its position is 0.
        near = g.op("Greater", keys, column, name="near")
        seen = g.op("And", seen, near, name="seen.near")
    nothing, lowest = g.constant("nothing", np.float32(0)), g.constant("lowest", LOWEST)
    mask = g.op("Where", seen, nothing, lowest, name=f"mask{ending}")
    return mask if groups == 1 else g.op("Concat", *[mask] * groups, name=f"group_mask{ending}", axis=2)


def _seen(g: GraphBuilder) -> str:
    """Whether a key is that of a real token, and not of a later one: (batch, 1, sequence, total)."""
    if g.has("seen"):
        return "seen"
    whole = g.op("Shape", "attention_mask", name="total_length", start=1, end=2)
    new = g.op("Shape", "input_ids", name="new_length", start=1, end=2)
    none, one = g.constant("zero", np.int64(0)), g.constant("one", np.int64(1))
    total, count = g.op("Squeeze", whole, name="total"), g.op("Squeeze", new, name="count")
    keys = g.op("Range", none, total, one, name="key_places")
    g.op("Sub", whole, new, name="past_length")
    queries = g.op("Range", g.op("Sub", total, count, name="past"), total, one, name="query_places")
    column = g.op("Unsqueeze", queries, g.ints([1]), name="query_column")
    causal = g.op("LessOrEqual", keys, column, name="causal")
    real = g.op("Cast", "attention_mask", name="real", to=_BOOL)
    real = g.op("Unsqueeze", real, g.ints([1, 2]), name="real_keys")
    return g.op("And", real, causal, name="seen")


def attend(
    g: GraphBuilder, layer: int, prefix: str, states: tuple[str, str, str], mask: str, whole: bool
) -> str:
    """softmax(Q Kᵀ + mask) V over past and new; writes the outputs `present.N`.

    `states` are query, key and value, (batch, heads, sequence, width), the query's already scaled.
    """
    return (_attend_whole if whole else _attend_parts)(g, layer, prefix, *states, mask)


def _attend_whole(
    g: GraphBuilder, layer: int, prefix: str, query: str, key: str, value: str, mask: str
) -> str:
    """Past and new put together, which are also the outputs."""
    past = f"past_key_values.{layer}"
    keys = g.op("Concat", f"{past}.key", key, name=f"present.{layer}.key", axis=2)
    values = g.op("Concat", f"{past}.value", value, name=f"present.{layer}.value", axis=2)
    scores = g.op("MatMul", query, _transposed(g, keys), name=f"{prefix}.scores")
    masked = g.op("Add", scores, mask, name=f"{prefix}.masked")
    weights = g.op("Softmax", masked, name=f"{prefix}.weights", axis=-1)
    return g.op("MatMul", weights, values, name=f"{prefix}.context")


def _attend_parts(
    g: GraphBuilder, layer: int, prefix: str, query: str, key: str, value: str, mask: str
) -> str:
    """The same without putting them together: only scores are joined, which are small."""
    past = f"past_key_values.{layer}"
    parts = [(f"{past}.key", f"{past}.value"), (key, value)]
    g.op("Identity", key, name=f"present.{layer}.key")
    g.op("Identity", value, name=f"present.{layer}.value")
    scores = [g.op("MatMul", query, _transposed(g, k), name=f"{prefix}.scores.{k}") for k, _ in parts]
    joined = g.op("Concat", *scores, name=f"{prefix}.scores", axis=-1)
    masked = g.op("Add", joined, mask, name=f"{prefix}.masked")
    weights = g.op("Softmax", masked, name=f"{prefix}.weights", axis=-1)
    if not g.has("lengths"):
        g.op("Concat", "past_length", "new_length", name="lengths", axis=0)
    halves = g.ops(
        "Split", weights, "lengths", names=[f"{prefix}.weights.past", f"{prefix}.weights.new"], axis=-1
    )
    context = [
        g.op("MatMul", w, v, name=f"{prefix}.context.{v}") for w, (_, v) in zip(halves, parts, strict=True)
    ]
    return g.op("Add", *context, name=f"{prefix}.context")


def _transposed(g: GraphBuilder, keys: str) -> str:
    return g.op("Transpose", keys, name=f"{keys}.transposed", perm=[0, 1, 3, 2])
