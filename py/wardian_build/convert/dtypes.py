"""Smaller forms of an fp32 ONNX file, made by onnxruntime's own tools.

- `q8`: int8 weights of matrix products and embeddings, a scale for each column; activations are quantised
  while the model runs. The settings are those of the files that transformers.js loads. Weights keep to 7 bits
  (`reduce_range`), since processors without VNNI add pairs of 8-bit products in 16 bits and cut off the rest.
  A table of words that also scores them is quantised by rows, see `word_tables.py`.
- `fp16`: half precision throughout; inputs and outputs stay float32.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx

from wardian_build.convert.graph import taken_by
from wardian_build.convert.word_tables import quantize_word_tables
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["DERIVABLE", "derive"]

#: Convolutions stay as they are: WASM has no fast kernels for them in int8.
_QUANTISED = ["MatMul", "Gemm", "Gather"]
#: Operators past which onnxruntime moves DequantizeLinear, and those that it leaves out before.
_MOVING = ("MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Identity", "Dropout")


def derive(model: Path, dtype: str) -> bytes:
    """The ONNX file of a smaller dtype, from an fp32 file; what is made has all of its weights inside.

    Raises UnsupportedError for dtypes that nothing here makes, ConversionError when there is nothing in it to
    be made smaller, or onnxruntime's tools fail (what they make has to be smaller than 2 GB).
    """
    if dtype not in DERIVABLE:
        remedy = f"only {', '.join(DERIVABLE)} can be made from fp32 here"
        raise UnsupportedError(model.name, [(f"dtype {dtype!r}", remedy)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bytes(DERIVABLE[dtype](model).SerializeToString(deterministic=True))
        except ConversionError:
            raise
        except Exception as error:  # neither tool has exceptions of its own
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ConversionError(
                model.name,
                f"cannot be made {dtype} by onnxruntime's tools",
                received=line[:300],
                hint="Leave this dtype out: --dtype fp32.",
            ) from error


def _int8(model: Path) -> Any:
    """What `onnxruntime.quantization.quantize_dynamic` makes, without its two copies of the model on disk."""
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer
    from onnxruntime.quantization.quant_utils import QuantizationMode, add_infer_metadata

    source = onnx.load(model)
    _forget_weight_shapes(source.graph)
    done = [*quantize_word_tables(source), *_read_by_loops(source.graph)]
    loaded = onnx.shape_inference.infer_shapes(source)
    add_infer_metadata(loaded)
    quantizer = ONNXQuantizer(
        loaded,
        per_channel=True,
        reduce_range=True,
        mode=QuantizationMode.IntegerOps,
        static=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=None,
        nodes_to_quantize=[],
        nodes_to_exclude=done,
        op_types_to_quantize=_QUANTISED,
        extra_options={"MatMulConstBOnly": True},
    )
    with _quiet():
        quantizer.quantize_model()
    quantizer.model.topological_sort()
    made = quantizer.model.model
    if not any("quantize" in node.op_type.lower() for node in made.graph.node):
        raise ConversionError(
            model.name,
            "has nothing that q8 makes smaller",
            expected="matrix products or embeddings with constant weights",
            hint="Leave this dtype out: --dtype fp32.",
        )
    return made


def _forget_weight_shapes(graph: Any) -> None:
    """Leave out shapes beside weights, which torch writes: transposed weights have others."""
    weights = {tensor.name for tensor in graph.initializer}
    kept = [value for value in graph.value_info if value.name not in weights]
    del graph.value_info[:]
    graph.value_info.extend(kept)


def _read_by_loops(graph: Any) -> list[str]:
    """Gathers whose rows a loop or a branch takes, as they are or turned and reshaped: they stay float32.

    onnxruntime 1.30.0 moves DequantizeLinear past what turns them and then ends the process: it takes a
    tensor that an inner graph reads from outside for one of the node's own inputs. Of rows as they are, its
    tools lose the float32 form, which no node outside reads.
    """
    readers: dict[str, list[Any]] = {}
    inner: set[str] = set()
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
        if any(one.HasField("g") or one.graphs for one in node.attribute):
            inner |= taken_by(node)
    found = []
    for index, node in enumerate(graph.node):
        reached = list(node.output) if node.op_type == "Gather" else []
        for name in reached:
            reached += [one.output[0] for one in readers.get(name, ()) if one.op_type in _MOVING]
        if inner.intersection(reached):
            node.name = node.name or f"gather_{index}"
            found.append(node.name)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Without onnxruntime's warnings of tensors that it leaves as they are, such as those in loops."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _half(model: Path) -> Any:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(onnx.load(model), keep_io_types=True)


#: dtype → how it is made.
DERIVABLE = {"q8": _int8, "fp16": _half}
