"""What becomes of a mask behind a layer, and the small layers that Keras 3 writes down to compute masks.

A mask is bool (batch, steps): false where a step is to be left out.

Source: `keras/src/layers/layer.py`, `layers/merging/base_merge.py` and `concatenate.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from onnx import TensorProto

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer

__all__ = ["UNKNOWN", "mask_after", "takes_masks_away"]

UNKNOWN = ""
"""The mask of a value behind layers of which nothing is known: who needs it refuses."""

#: Layers that leave steps apart: a mask stays what it was.
_STEPWISE = (
    *("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "Activation", "Dense"),
    *("ReLU", "LeakyReLU", "PReLU", "ELU", "BatchNormalization", "LayerNormalization", "TimeDistributed"),
)
#: Layers that say themselves what becomes of a mask.
_SEQUENCES = (
    *("LSTM", "GRU", "SimpleRNN", "Bidirectional", "Embedding", "Masking", "GlobalAveragePooling1D"),
    *("MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention"),
)
_MERGED = ("Add", "Subtract", "Average", "Multiply", "Maximum", "Minimum")
_BOOL, _FLOAT = TensorProto.BOOL, TensorProto.FLOAT


def mask_after(c: Layer, masks: Sequence[str | None]) -> str | None:
    """The mask of what a layer wrote, out of those of its inputs; None where there is none."""
    if c.kind in _SEQUENCES or not any(one is not None for one in masks):
        return None
    if c.kind in _STEPWISE and len(masks) == 1:
        return masks[0]
    if UNKNOWN in masks or c.keras < (3, 4):
        # Older ones put masks together in other ways.
        return UNKNOWN
    if c.kind in _MERGED:
        return None if None in masks else _either(c, [str(one) for one in masks])
    if c.kind == "Concatenate":
        return _side_by_side(c, masks)
    return UNKNOWN


def takes_masks_away(c: Layer) -> bool:
    """Whether what a layer was given has no mask any more, for all that comes after it.

    Keras says of it that "masks are handled at the level of the layer": in a sum of the layer's answer and
    what it was given, as in a transformer, there is no mask then.
    """
    return c.kind == "MultiHeadAttention" and c.keras >= (3, 8)


def _either(c: Layer, masks: Sequence[str]) -> str:
    """Steps that any of the masks keeps."""
    found = masks[0]
    for other in masks[1:]:
        found = found if other == found else c.op("Or", found, other)
    return found


def _side_by_side(c: Layer, masks: Sequence[str | None]) -> str | None:
    """Of inputs that are joined: along the last axis an input without a mask keeps every step."""
    axis = int(c.number("axis", -1))
    if axis in (-1, 2):
        return None if None in masks else _either(c, [str(one) for one in masks])
    if axis not in (1, -2):
        return UNKNOWN
    parts = [one or _all_steps(c, c.inputs[place]) for place, one in enumerate(masks)]
    return c.op("Concat", *parts, axis=1)


def _all_steps(c: Layer, value: str) -> str:
    shape = c.op("Shape", value, start=0, end=2)
    return c.op("Expand", c.op("Cast", c.scalar(1.0), to=_BOOL), shape)


def _not_equal(c: Layer) -> str:
    """bool: where the input is another number than the one that Keras wrote beside it."""
    values = c.config.get("values")
    numbers = [one for row in values for one in row] if isinstance(values, list) else []
    if len(numbers) != 1 or type(numbers[0]) not in (int, float):
        raise c.unsupported("of more than one number", "use an Embedding with mask_zero, or Masking")
    return c.op("Not", c.op("Equal", c.inputs[0], c.scalar(numbers[0])))


def _any(c: Layer) -> str:
    if c.config.get("axis") != -1 or c.config.get("keepdims"):
        raise c.unsupported("along other axes than the last", "use an Embedding with mask_zero, or Masking")
    found = c.op("ReduceMax", c.op("Cast", c.inputs[0], to=_FLOAT), c.ints(-1), keepdims=0)
    return c.op("Cast", found, to=_BOOL)


def _expand_dims(c: Layer) -> str:
    return c.op("Unsqueeze", c.inputs[0], c.ints(int(c.number("axis", -1))))


def _constant_like(c: Layer) -> str:
    """False or true everywhere; masks are all that Keras computes by it."""
    if c.config.get("dtype") != "bool":
        raise c.unsupported("of numbers", "leave it out of the model")
    shape = c.op("Shape", c.inputs[0])
    return c.op("Expand", c.op("Cast", c.scalar(float(c.kind == "OnesLike")), to=_BOOL), shape)


LAYERS.update(
    {
        "NotEqual": _not_equal,
        "Any": _any,
        "LogicalOr": lambda c: _either(c, c.inputs),
        "ConvertToTensor": lambda c: c.inputs[0],
        "ExpandDims": _expand_dims,
        **dict.fromkeys(("ZerosLike", "OnesLike"), _constant_like),
    }
)
