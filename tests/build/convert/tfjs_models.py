"""Small TensorFlow.js models for tests: every operator and layer that is converted, with inputs.

A case is a graph whose loose ends are its outputs; attributes are written as TensorFlow's converter does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Row = tuple[str, str, Sequence[str], Mapping[str, Any]]
_TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL"}


@dataclass
class Case:
    """A graph model: inputs with values, constants, nodes (name, operator, inputs, attributes)."""

    inputs: dict[str, Array] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)
    nodes: list[Row] = field(default_factory=list)

    def node(self, op: str, *inputs: str | Array, name: str = "", **attributes: Any) -> str:
        """Add a node; arrays among the inputs become constants."""
        name = name or f"{op}_{len(self.nodes)}"
        found = []
        for index, value in enumerate(inputs):
            if isinstance(value, str):
                found.append(value)
            else:
                found.append(f"{name}/{index}")
                self.constants[found[-1]] = np.asarray(value)
        self.nodes.append((name, op, found, {"T": "DT_FLOAT", **attributes}))
        return name


def write_graph(folder: Path, case: Case, **changes: Any) -> Path:
    """`model.json` and its weights; `changes` replace parts of `model.json`."""
    rows = [
        {
            "name": name,
            "op": "Placeholder",
            "attr": {"dtype": {"type": _TYPES[str(value.dtype)]}, "shape": {"shape": _shape(value.shape)}},
        }
        for name, value in case.inputs.items()
    ]
    rows += [
        {"name": name, "op": "Const", "attr": {"dtype": {"type": _TYPES[str(value.dtype)]}}}
        for name, value in case.constants.items()
    ]
    for name, op, inputs, attributes in case.nodes:
        attr = {key: _attribute(value) for key, value in attributes.items()}
        rows.append({"name": name, "op": op, "input": list(inputs), "attr": attr})
    table = {"format": "graph-model", "modelTopology": {"node": rows, "versions": {}}}
    return write_model(folder, {**table, **changes}, case.constants)


def write_model(folder: Path, table: dict[str, Any], weights: Mapping[str, Array]) -> Path:
    """Any model, with one shard of weights."""
    folder.mkdir(parents=True, exist_ok=True)
    specs = [
        {"name": name, "shape": list(value.shape), "dtype": str(value.dtype)}
        for name, value in weights.items()
    ]
    (folder / "weights.bin").write_bytes(b"".join(value.tobytes() for value in weights.values()))
    table = {"weightsManifest": [{"paths": ["weights.bin"], "weights": specs}], **table}
    (folder / "model.json").write_text(json.dumps(table))
    return folder / "model.json"


def _shape(shape: Sequence[int]) -> dict[str, Any]:
    return {"dim": [{"size": str(length)} for length in shape]}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        return {"type": value} if value.startswith("DT_") else {"s": _text(value)}
    if value and isinstance(value[0], str):
        return {"list": {"s": [_text(one) for one in value]}}
    return {"list": {"i": [str(one) for one in value]}}


def _text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def numbers(*shape: int, seed: int = 0) -> Array:
    """float32 between −2 and 2, none of them whole."""
    generator = np.random.default_rng([seed, *shape])
    return ((generator.integers(-256, 256, shape) + 0.5) / 128).astype(np.float32)


def whole(*values: Any) -> Array:
    return np.array(values[0] if len(values) == 1 else values, np.int32)


def sequential() -> tuple[dict[str, Any], dict[str, Array], dict[str, Array]]:
    """A chain of layers: topology, weights, inputs."""
    layers, weights = _Layers(), {"image": numbers(1, 9, 7, 3)}
    layers.add("InputLayer", "image", batch_input_shape=[None, 9, 7, 3])
    layers.add(
        "Conv2D",
        "c",
        ((3, 3, 3, 4), 4),
        kernel_size=[3, 3],
        strides=[1, 1],
        padding="same",
        activation="relu",
    )
    layers.add(
        "SeparableConv2D", "s", None, strides=[1, 1], padding="valid", activation="linear", use_bias=True
    )
    layers.weights |= {"s/depthwise_kernel": numbers(3, 3, 4, 2), "s/pointwise_kernel": numbers(1, 1, 8, 5)}
    layers.weights["s/bias"] = numbers(5)
    layers.add("BatchNormalization", "n", axis=-1, epsilon=0.001)
    layers.weights |= {
        f"n/{name}": numbers(5, seed=i) for i, name in enumerate(("gamma", "beta", "moving_mean"))
    }
    layers.weights["n/moving_variance"] = np.abs(numbers(5, seed=9))
    layers.add("UpSampling2D", "u", size=[2, 2], interpolation="nearest")
    layers.add("ZeroPadding2D", "z", padding=[[1, 2], [0, 1]])
    layers.add("MaxPooling2D", "m", pool_size=[2, 2], strides=[2, 2], padding="same")
    layers.add("Conv2DTranspose", "t", ((3, 3, 2, 5), 2), kernel_size=[3, 3], strides=[2, 2], padding="same")
    layers.add("Cropping2D", "crop", cropping=[[1, 0], [0, 2]])
    layers.add("LeakyReLU", "leaky", alpha=0.2)
    layers.add("Dropout", "d", rate=0.5)
    layers.add("AveragePooling2D", "a", pool_size=[3, 3], strides=[2, 2], padding="same")
    layers.add("Permute", "p", dims=[3, 1, 2])
    layers.add("Reshape", "r", target_shape=[9, 10])
    layers.add("Flatten", "f")
    layers.add("Dense", "dense", ((90, 6), 6), units=6, activation="softmax")
    return layers.sequential(), layers.weights, weights


class _Layers:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.weights: dict[str, Array] = {}

    def add(self, kind: str, name: str, shapes: Any = None, **config: Any) -> None:
        if shapes is not None:
            kernel, bias = shapes
            self.weights |= {f"{name}/kernel": numbers(*kernel) / 4, f"{name}/bias": numbers(bias)}
        extra = {"filters": shapes[1], "use_bias": True} if shapes is not None and "Conv" in kind else {}
        if kind == "SeparableConv2D":
            extra = {"filters": 5, "kernel_size": [3, 3], "depth_multiplier": 2}
        self.rows.append(
            {"class_name": kind, "config": {"name": name, "dtype": "float32", **extra, **config}}
        )

    def sequential(self) -> dict[str, Any]:
        model = {"class_name": "Sequential", "config": {"name": "chain", "layers": self.rows}}
        return {"format": "layers-model", "modelTopology": {"keras_version": "2.8.0", "model_config": model}}


def functional() -> tuple[dict[str, Any], dict[str, Array], dict[str, Array]]:
    """Two inputs, a layer that is applied twice, merges, two outputs."""
    layers = _Layers()
    layers.add("InputLayer", "left", batch_input_shape=[None, 6])
    layers.add("InputLayer", "right", batch_input_shape=[None, 6])
    layers.add("Dense", "shared", ((6, 5), 5), units=5, activation="tanh")
    inbound: dict[str, Any] = {
        "left": [],
        "right": [],
        "shared": [[["left", 0, 0, {}]], [["right", 0, 0, {}]]],
    }
    both = [["shared", 0, 0, {}], ["shared", 1, 0, {}]]
    for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        layers.add(kind, kind.lower(), **({"axis": -1} if kind == "Concatenate" else {}))
        inbound[kind.lower()] = [both]
    merged = ["add", "multiply", "average", "maximum", "minimum", "concatenate"]
    layers.add("Concatenate", "all", axis=-1)
    inbound["all"] = [[[name, 0, 0, {}] for name in merged]]
    layers.add("PReLU", "prelu")
    layers.weights["prelu/alpha"] = numbers(35)
    inbound["prelu"] = [[["all", 0, 0, {}]]]
    layers.add("Activation", "end", activation="sigmoid")
    inbound["end"] = [[["prelu", 0, 0, {}]]]
    rows = [
        {**row, "name": row["config"]["name"], "inbound_nodes": inbound[row["config"]["name"]]}
        for row in layers.rows
    ]
    config = {
        "name": "net",
        "layers": rows,
        "input_layers": [["left", 0, 0], ["right", 0, 0]],
        "output_layers": [["end", 0, 0], ["average", 0, 0]],
    }
    model = {"class_name": "Functional", "config": config}
    table = {"format": "layers-model", "modelTopology": {"keras_version": "2.8.0", "model_config": model}}
    return table, layers.weights, {"left": numbers(3, 6, seed=1), "right": numbers(3, 6, seed=2)}


#: Layers models by name.
LAYERS = {"sequential": sequential, "functional": functional}
