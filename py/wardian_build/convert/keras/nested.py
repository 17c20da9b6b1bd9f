"""Models inside of models, as one network: layers get the inner model's name before their own.

Each layer keeps where its variables lie in a `.keras` file, since that depends on the order in its own model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["MODELS", "Flat", "flattened"]

MODELS = ("Functional", "Sequential", "Model")
_DEEPEST = 16
#: `.keras` has the name under which Keras exports a class, folders and `.h5` the class' own.
_OWN_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
Layer = dict[str, Any]
Normalise = Callable[[Path, Mapping[str, Any]], Layer]


@dataclass(frozen=True)
class Flat:
    """Layers with `group` (where `.keras` has their variables), and references of inputs and outputs."""

    layers: list[Layer]
    inputs: list[list[Any]]
    outputs: list[list[Any]]


def flattened(
    path: Path,
    table: Mapping[str, Any],
    normalise: Normalise,
    prefix: str = "",
    group: str = "",
    depth: int = 0,
) -> Flat:
    """A model's layers and those of the models in it.

    Raises ConversionError for malformed descriptions, UnsupportedError for an inner model that is applied
    several times.
    """
    config = table.get("config")
    rows = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(config, dict) or depth > _DEEPEST:
        raise ConversionError(path, "describes no network", expected="a Functional or Sequential model")
    named = [_named(path, row) for row in rows]
    if table.get("class_name") == "Sequential":
        named = _chain(named, config)
        inputs, outputs = [[named[0]["name"], 0, 0]], [[named[-1]["name"], 0, 0]]
    else:
        inputs, outputs = (_references(config.get(side)) for side in ("input_layers", "output_layers"))
    layers: list[Layer] = []
    moved: dict[str, list[list[Any]]] = {}
    seen: Counter[str] = Counter()
    for row in named:
        base = snake(str(row["class_name"]))
        own = f"{group}layers/{base}_{seen[base]}" if seen[base] else f"{group}layers/{base}"
        seen[base] += 1
        if row["class_name"] in MODELS:
            inner = flattened(path, row, normalise, f"{prefix}{row['name']}/", f"{own}/", depth + 1)
            layers += _entered(path, row, inner, normalise, prefix)
            moved[f"{prefix}{row['name']}"] = inner.outputs
        else:
            made = normalise(path, row)
            nodes = [
                [_prefixed(prefix, one) for one in _references(node)]
                for node in made.get("inbound_nodes", [])
            ]
            layers.append({**made, "name": f"{prefix}{row['name']}", "inbound_nodes": nodes, "group": own})
    for layer in layers:
        layer["inbound_nodes"] = [
            [_moved(path, moved, one) for one in node] for node in layer["inbound_nodes"]
        ]
    ends = [[_moved(path, moved, _prefixed(prefix, one)) for one in end] for end in (inputs, outputs)]
    return Flat(layers, *ends)


def _entered(path: Path, row: Layer, inner: Flat, normalise: Normalise, prefix: str) -> list[Layer]:
    """An inner model's layers, its inputs standing for what it is applied to."""
    nodes = normalise(path, row).get("inbound_nodes", [])
    given = [_prefixed(prefix, one) for node in nodes for one in _references(node)]
    if len(nodes) != 1 or len(given) != len(inner.inputs):
        what = f"model {row['name']!s:.80} applied {len(nodes)} times to {len(given)} inputs"
        raise UnsupportedError(path, [(what, "apply an inner model once, to as many inputs as it has")])
    passed = dict(zip((one[0] for one in inner.inputs), given, strict=True))
    return [
        {**layer, "class_name": "Dropout", "config": {}, "inbound_nodes": [[passed[layer["name"]]]]}
        if layer["name"] in passed
        else layer
        for layer in inner.layers
    ]


def _named(path: Path, row: Any) -> Layer:
    config = row.get("config") if isinstance(row, dict) else None
    name = row.get("name") or config.get("name") if isinstance(config, dict) else None
    if not isinstance(name, str) or not isinstance(row.get("class_name"), str):
        raise ConversionError(path, "describes a layer badly", received=f"{row!r:.120}")
    return {**row, "name": name, "class_name": _OWN_NAMES.get(row["class_name"], row["class_name"])}


def _chain(rows: list[Layer], config: Mapping[str, Any]) -> list[Layer]:
    """A Sequential's layers, each after the one before; with an input where none is written down."""
    if rows[0]["class_name"] != "InputLayer":
        first = rows[0]["config"]
        shape = first.get("batch_input_shape") or first.get("batch_shape") or config.get("build_input_shape")
        begin = {
            "class_name": "InputLayer",
            "name": f"{rows[0]['name']}_input",
            "config": {"batch_shape": shape},
        }
        rows = [begin, *rows]
    found = [{**rows[0], "inbound_nodes": []}]
    for row in rows[1:]:
        found.append({**row, "inbound_nodes": [[[found[-1]["name"], 0, 0, {}]]]})
    return found


def _references(value: Any, depth: int = 0) -> list[list[Any]]:
    """[name, node, output, …] out of lists and dictionaries of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list) or depth > _DEEPEST:
        return []
    if len(value) >= 3 and isinstance(value[0], str):
        return [value]
    return [one for inner in value for one in _references(inner, depth + 1)]


def _prefixed(prefix: str, reference: list[Any]) -> list[Any]:
    return [f"{prefix}{reference[0]}", *reference[1:]]


def _moved(path: Path, moved: Mapping[str, list[list[Any]]], reference: list[Any]) -> list[Any]:
    """A reference to an inner model's output is one to the layer that computes it."""
    outputs = moved.get(reference[0])
    if outputs is None:
        return reference
    if not isinstance(reference[2], int) or not 0 <= reference[2] < len(outputs):
        raise ConversionError(
            path, "lacks an output", place=f"model {reference[0]!s:.100}", received=f"{reference[2]!r:.20}"
        )
    return outputs[reference[2]]


def snake(name: str) -> str:
    """A class as Keras calls it in files.

    >>> snake("Conv2D"), snake("LeakyReLU"), snake("BatchNormalization")
    ('conv2d', 'leaky_re_lu', 'batch_normalization')
    """
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
