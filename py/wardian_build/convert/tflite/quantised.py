"""Tensors that are int8 or uint8 while the model runs: between operators they are the numbers they stand for.

After each operator its result is rounded to the tensor's steps (QuantizeLinear and back), so that what comes
out differs from TensorFlow Lite's integer kernels by a step where they round otherwise, and never drifts.
"""

from __future__ import annotations

import numpy as np

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.tflite import Tensor, TFLiteModel

__all__ = ["STEPS", "from_steps", "runs_in_steps", "to_steps"]

STEPS = ("int8", "uint8")


def runs_in_steps(model: TFLiteModel) -> list[Tensor]:
    """Tensors that are computed, or given, in whole numbers that stand for others."""
    numbers = [*model.inputs, *(number for one in model.operators for number in one.outputs)]
    return [model.tensors[number] for number in numbers if model.tensors[number].quantised]


def to_steps(graph: GraphBuilder, tensor: Tensor, value: str, name: str) -> str:
    """float32 to the tensor's whole numbers, rounded and cut."""
    return graph.op("QuantizeLinear", value, *_settings(graph, tensor), name=name)


def from_steps(graph: GraphBuilder, tensor: Tensor, value: str, name: str) -> str:
    """The tensor's whole numbers to float32."""
    return graph.op("DequantizeLinear", value, *_settings(graph, tensor), name=name)


def _settings(graph: GraphBuilder, tensor: Tensor) -> list[str]:
    scale, zero = float(tensor.scale[0]), int(tensor.zero[0])
    return [
        graph.constant(f"scale {scale!r}", np.float32(scale)),
        graph.constant(f"{tensor.dtype} {zero}", np.array(zero, tensor.dtype)),
    ]
