"""Keras' own description of a network, as TensorFlow.js has it: references between layers, names of weights.

TensorFlow.js wrote down what Keras 2 did, so the writers of its layers serve for both; what Keras computes
otherwise than TensorFlow.js gets another name here.

Source: `keras/src/saving/saving_lib.py`, `legacy/saving/legacy_h5_format.py` and `models/functional.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.keras.nested import MODELS, flattened
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["topology_of", "weights_by_name", "weights_by_order"]

_DEEPEST = 24
_MOST_HELD = 2

#: Class → the names of its variables in their order; in brackets the setting that leaves one out.
_VARIABLES = {
    **dict.fromkeys(("Dense", "Conv1D", "Conv2D", "Conv2DTranspose"), "kernel bias[use_bias]"),
    "DepthwiseConv2D": "depthwise_kernel bias[use_bias]",
    "SeparableConv2D": "depthwise_kernel pointwise_kernel bias[use_bias]",
    "BatchNormalization": "gamma[scale] beta[center] moving_mean moving_variance",
    "LayerNormalization": "gamma[scale] beta[center]",
    "Embedding": "embeddings",
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), "kernel recurrent_kernel bias[use_bias]"),
    "PReLU": "alpha",
    **dict.fromkeys(("MultiHeadAttention", "GroupedQueryAttention"), "kernel bias[use_bias]"),
    **dict.fromkeys(("Attention", "AdditiveAttention"), "scale[use_scale]"),
    # Where they are not given as settings.
    "Normalization": "mean[adapted] variance[adapted]",
}


def _parts_of_attention(before: str) -> tuple[tuple[str, str, str], ...]:
    """Keras calls the parts by its own attributes, one of which has the underscore everywhere."""
    parts = [(f"{before}{one}_dense", "", f"{one}/") for one in ("query", "key", "value")]
    return (*parts, ("_gate_dense", "", "gate/"), (f"{before}output_dense", "", "attention_output/"))


#: Layers that keep their variables in what they hold: where, which setting describes it, and what the
#: names of the variables begin with.
_HELD = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), (("cell", "", ""),)),
    "Bidirectional": (
        ("forward_layer/cell", "layer", "forward/"),
        ("backward_layer/cell", "backward_layer", "backward/"),
    ),
    "TimeDistributed": (("layer", "layer", ""),),
    "MultiHeadAttention": _parts_of_attention(""),
    "GroupedQueryAttention": _parts_of_attention("_"),
}

#: Layers that are given several tensors by name: what they are called where they are not named.
_NAMED = {
    **dict.fromkeys(("Attention", "AdditiveAttention"), ("query", "value", "key")),
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupedQueryAttention"),
        ("query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask"),
    ),
}


def topology_of(path: Path, table: Any, version: str) -> dict[str, Any]:
    """One Functional model, with layers whose `inbound_nodes` are lists of [name, node, output, …].

    Raises ConversionError for a malformed description, UnsupportedError for models of other classes.
    """
    if not isinstance(table, dict) or table.get("class_name") not in MODELS:
        what = str(table.get("class_name"))[:60] if isinstance(table, dict) else "no object"
        raise UnsupportedError(
            path, [(f"a model of the class {what}", "save a Functional or Sequential model")]
        )
    keras = _version(version)
    flat = flattened(path, table, lambda where, row: _layer(where, row, keras))
    config = {"layers": flat.layers, "input_layers": flat.inputs, "output_layers": flat.outputs}
    return {"class_name": "Functional", "config": config}


def _version(text: str) -> tuple[int, int]:
    """Major and minor.

    >>> _version("3.15.1"), _version("3"), _version("")
    ((3, 15), (3, 0), (2, 0))
    """
    parts = [int(part) for part in text.split(".")[:2] if part.isdigit()]
    return (parts[0], parts[1] if len(parts) > 1 else 0) if parts else (2, 0)


def _layer(path: Path, row: Mapping[str, Any], version: tuple[int, int]) -> dict[str, Any]:
    config = row.get("config")
    if not isinstance(config, dict):
        raise ConversionError(path, "describes a layer badly", received=f"{row!r:.120}")
    config = _settings(str(row.get("class_name")), config, version)
    nodes = row.get("inbound_nodes", [])
    found = {**row, "config": config, "name": row.get("name", config.get("name"))}
    if isinstance(nodes, list) and any(isinstance(node, dict) for node in nodes):
        if row.get("class_name") == "NotEqual":
            # Keras 3 writes down what makes a mask: what a step is compared with stands among the arguments.
            config["values"] = [node.get("args", [])[1:] for node in nodes if isinstance(node, dict)]
        if row.get("class_name") in _NAMED:
            config["calls"] = [_call(path, node, _NAMED[str(row["class_name"])]) for node in nodes]
        found["inbound_nodes"] = [_tensors(path, node) for node in nodes]
    return found


def _call(path: Path, node: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The names of a call's tensors, in the order of `_tensors`, and its other arguments."""
    arguments = node.get("args") if isinstance(node, dict) else None
    arguments = arguments if isinstance(arguments, list) else []
    # The older layers take all of them as one list.
    arguments = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
    named = node.get("kwargs") if isinstance(node, dict) else None
    rows = [*zip(names, arguments, strict=False), *(named.items() if isinstance(named, dict) else ())]
    found = [(name, one) for name, value in rows for one in _tensors(path, value)]
    tensors, ranks = [name for name, _ in found], [one[3]["rank"] for _, one in found]
    others = {name: value for name, value in rows if value is not None and not _tensors(path, value)}
    return {"tensors": tensors, "ranks": ranks, "settings": others}


def _settings(
    kind: str, config: Mapping[str, Any], version: tuple[int, int], depth: int = 0
) -> dict[str, Any]:
    """A layer's configuration, with other names for what Keras computes otherwise than TensorFlow.js."""
    config = dict(config)
    if kind == "LeakyReLU" and "negative_slope" in config:
        config["alpha"] = config["negative_slope"]
    if kind == "UpSampling2D" and config.get("interpolation") == "bilinear":
        config["interpolation"] = "bilinear_half_pixel"
    for name in ("activation", "recurrent_activation"):
        if version >= (3, 0) and config.get(name) == "hard_sigmoid":
            config[name] = "hard_sigmoid_sixth"
    if kind == "Normalization":
        config["adapted"] = config.get("mean") is None
    config["keras"] = list(version)
    config["masked_is_zero"] = config.get("zero_output_for_mask", False)
    for name in ("layer", "backward_layer") if depth < _MOST_HELD else ():
        held = config.get(name)
        if isinstance(held, dict) and isinstance(held.get("config"), dict):
            inner = _settings(str(held.get("class_name")), held["config"], version, depth + 1)
            if kind == "Bidirectional":
                inner["masked_is_zero"] = inner.get("return_sequences", False)
            config[name] = {**held, "config": inner}
    return config


def _tensors(path: Path, node: Any, depth: int = 0) -> list[Any]:
    """The references in the arguments of a call: Keras 3 writes each as a `__keras_tensor__`."""
    if depth > _DEEPEST:
        raise ConversionError(path, "is nested too deeply", place="inbound_nodes")
    if isinstance(node, list):
        return [one for inner in node for one in _tensors(path, inner, depth + 1)]
    if not isinstance(node, dict):
        return []
    if node.get("class_name") == "__keras_tensor__":
        history = (node.get("config") or {}).get("keras_history")
        if not isinstance(history, list) or len(history) != 3:
            raise ConversionError(path, "describes a tensor badly", received=f"{node!r:.120}")
        shape = node["config"].get("shape")
        return [[*history, {"rank": len(shape) if isinstance(shape, list) else 0}]]
    named = node.get("kwargs")
    named = dict(named) if isinstance(named, dict) else {}
    masks = _tensors(path, named.pop("mask", None), depth + 1)
    found = [one for value in (node.get("args"), *named.values()) for one in _tensors(path, value, depth + 1)]
    return [*found, *([*one[:3], {"mask": True}] for one in masks)]


def weights_by_order(
    path: Path, topology: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """`.keras` files number the variables of a layer, and call layers after their class, in their order."""
    found: dict[str, NDArray[Any]] = {}
    for layer in topology["config"]["layers"]:
        for group, kind, config, prefix in _holders(layer):
            names = [
                name
                for name, _, flag in (one.partition("[") for one in _VARIABLES.get(kind, "").split())
                if not flag or config.get(flag.rstrip("]"), True)
            ]
            for number, name in enumerate(names):
                key = f"{group}/vars/{number}"
                if key not in arrays:
                    raise ConversionError(
                        path, "lacks weights", place=f"layer {layer['name']!s:.100}, {name}", expected=key
                    )
                found[f"{layer['name']}/{prefix}{name}"] = _float(arrays[key])
    return found


def _holders(layer: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any], str]]:
    """Where a layer's variables are: the group, the kind and settings of what has them, and their prefix."""
    kind, config, group = str(layer.get("class_name")), layer["config"], str(layer["group"])
    found = []
    for place, setting, prefix in _HELD.get(kind, (("", "", ""),)):
        if prefix == "gate/" and not config.get("use_gate"):
            continue
        # A layer that reads backwards is described by the other one where it is not described itself.
        held = {"class_name": kind, "config": config}
        held = config.get(setting) or config.get("layer") if setting else held
        inner = held if isinstance(held, dict) and isinstance(held.get("config"), dict) else {"config": {}}
        below = f"{group}/{place}".rstrip("/")
        found.append((below, str(inner.get("class_name")), inner["config"], prefix))
    return found


def weights_by_name(
    path: Path,
    topology: Mapping[str, Any],
    names: Mapping[str, list[str]],
    arrays: Mapping[str, NDArray[Any]],
) -> dict[str, NDArray[Any]]:
    """`.h5` files say which array is which: `model_weights/LAYER/…/kernel:0`."""
    found: dict[str, NDArray[Any]] = {}
    layers = {layer["name"]: layer for layer in topology["config"]["layers"]}
    for model, listed in names.items():
        for name in listed:
            key = f"model_weights/{model}/{name}"
            if key not in arrays:
                raise ConversionError(path, "lacks weights", place=f"layer {model[:100]}", expected=key[:200])
            *parts, last = name.partition(":")[0].split("/")
            # Of an inner model's weights, a part of the name is the layer's own.
            inner = [one for one in layers if one.startswith(f"{model}/") and one.rpartition("/")[2] in parts]
            layer = model if model in layers or not inner else inner[0]
            if len(inner) > 1:
                raise UnsupportedError(
                    path, [(f"weights {name[:100]} of several layers", "save it as .keras")]
                )
            own = layer.rpartition("/")[2]
            inside = parts[parts.index(own) + 1 if own in parts else 1 :]
            # Keras 3 calls it kernel there, Keras 2 by its name.
            deep = layers.get(layer, {}).get("class_name") == "DepthwiseConv2D" and last == "kernel"
            found["/".join([layer, *inside, "depthwise_kernel" if deep else last])] = _float(arrays[key])
    return found


def _float(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype.kind == "f" else array
