"""TensorFlow.js layers models, Keras' own description of networks, to ONNX.

A layer is an object {class_name, config, name, inbound_nodes}; it may be applied several times (shared), each
time a node. Weights are called `layer/kernel`, `layer/bias` and so on. Activations are channels-last.

Source: the Keras 2 and 3 configurations of layers, and `tfjs-layers/src/layers` of tensorflow/tfjs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

import wardian_build.convert.tfjs.keras_recurrent
import wardian_build.convert.tfjs.keras_sequences  # noqa: F401  both register their layers
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.tfjs import TFJSModel
from wardian_build.convert.tfjs.graph_model import ConvertedGraph, Port, with_shapes
from wardian_build.convert.tfjs.keras_attention import ATTENTION
from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer
from wardian_build.convert.tfjs.keras_masks import mask_after, takes_masks_away
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["convert_layers"]

_MOST_LAYERS = 10_000
_DEEPEST = 16
Reference = tuple[str, int, int]


def convert_layers(source: TFJSModel) -> ConvertedGraph:
    """The network with the names of its input and output layers.

    Raises ConversionError for a malformed description, UnsupportedError listing all layers that have no form
    in ONNX.
    """
    topology = source.table["modelTopology"]
    described = topology.get("model_config", topology)
    return _Network(source, described).convert()


class _Network:
    def __init__(self, source: TFJSModel, described: Any) -> None:
        self._path = source.path
        self._graph = GraphBuilder("layers", opset=18)
        self._layers, self._inputs, self._outputs = self._read(described)
        self._weights = _by_layer(source.weights, self._layers)
        self._values: dict[tuple[str, int], list[str]] = {}
        #: Which steps of a value count, see `Layer.masks_before`.
        self._masks: dict[str, str] = {}
        #: Applications of layers whose last input is their mask, as Keras 3 writes it down.
        self._given_masks: set[tuple[str, int]] = set()
        self._rows: dict[str, int] = {}

    def convert(self) -> ConvertedGraph:
        unknown = [layer for layer in self._layers.values() if layer["class_name"] not in LAYERS]
        if unknown:
            remedy = "leave it out of the model, or convert a graph model "
            raise UnsupportedError(
                self._path,
                [(f"layer {la['name'][:100]} ({la['class_name'][:60]})", remedy) for la in unknown],
            )
        inputs: dict[str, Port] = {}
        for name, _, _ in self._inputs:
            inputs[name] = ("float32", self._dims(name))
        outputs: dict[str, Port] = {}
        self._write_in_order()
        for reference in self._outputs:
            value = self._value(reference)
            layer, node, port = reference
            several = (layer, f"{layer}_{node or port}", f"{layer}_{node}_{port}")
            name = next(one for one in several if one not in outputs or one is several[-1])
            outputs[name] = ("float32", None)
            self._graph.op("Identity", value, name=name)
        return replace(with_shapes(self._graph, inputs, outputs), rows=self._rows)

    def _write_in_order(self) -> None:
        """What the outputs need, in the order in which Keras lists and runs its layers.

        It matters where a layer takes masks away; what is left, `_value` writes.
        """
        needed, waiting = set[tuple[str, int]](), [reference[:2] for reference in self._outputs]
        while waiting:
            one = waiting.pop()
            if one not in needed:
                needed.add(one)
                waiting += [reference[:2] for reference in self._above(*one)]
        nodes: dict[str, list[int]] = {}
        for name, node in sorted(needed):
            nodes.setdefault(name, []).append(node)
        for name in self._layers:
            for node in nodes.get(name, ()):
                above = self._above(name, node)
                if all(reference[:2] in self._values for reference in above):
                    self._values[name, node] = self._write(name, node, [self._port(one) for one in above])

    def _dims(self, name: str) -> list[int | str]:
        config = self._layers[name]["config"]
        shape = config.get("batch_input_shape") or config.get("batch_shape")
        if not isinstance(shape, list) or not all(n is None or type(n) is int for n in shape):
            raise self._bad(name, "batch_input_shape")
        names = ["batch_size", *(f"{name}_dim_{i}" for i in range(1, len(shape)))]
        return [other if n is None else n for n, other in zip(shape, names, strict=True)]

    def _value(self, wanted: Reference) -> str:
        """The value of a node of a layer; what it needs is written first, without recursion."""
        waiting, opened = [wanted[:2]], set[tuple[str, int]]()
        while waiting:
            name, node = waiting[-1]
            if (name, node) in self._values:
                waiting.pop()
                continue
            above = self._above(name, node)
            missing = [reference[:2] for reference in above if reference[:2] not in self._values]
            if not opened.isdisjoint(missing):
                raise ConversionError(self._path, "has a cycle", place=f"layer {name[:100]!r}")
            if missing:
                opened.add((name, node))
                waiting += missing
                continue
            opened.discard((name, node))
            self._values[name, node] = self._write(name, node, [self._port(reference) for reference in above])
        return self._port(wanted)

    def _port(self, reference: Reference) -> str:
        values = self._values[reference[:2]]
        if not 0 <= reference[2] < len(values):
            raise self._bad(reference[0], f"output {reference[2]}, which is not there")
        return values[reference[2]]

    def _write(self, name: str, node: int, inputs: list[str]) -> list[str]:
        entry = self._layers[name]
        if entry["class_name"] == "InputLayer":
            return [name]
        prefix = f"{name}:{node}" if node else name
        given = inputs.pop() if (name, node) in self._given_masks else None
        masks = [self._masks.get(one) for one in inputs]
        if given is not None and masks:
            masks[0] = given
        of_call = (masks, given is not None)
        layer = Layer(self._path, self._graph, prefix, _applied(entry, node), self._weights, inputs, *of_call)
        if entry["class_name"] == "Embedding" and inputs[0] in self._layers:
            self._rows[inputs[0]] = len(layer.array("embeddings"))
        written = LAYERS[entry["class_name"]](layer)
        found = [written] if isinstance(written, str) else written
        self._masks |= layer.masks
        if takes_masks_away(layer):
            for one in inputs:
                self._masks.pop(one, None)
        mask = mask_after(layer, masks)
        if mask is not None:
            self._masks |= {one: mask for one in found if one not in self._masks}
        return found

    def _above(self, name: str, node: int) -> list[Reference]:
        entry = self._layers.get(name)
        if entry is None:
            raise ConversionError(self._path, "lacks a layer", place=f"layer {name[:100]!r}")
        if entry["class_name"] == "InputLayer":
            return []
        nodes = entry.get("inbound_nodes")
        if not isinstance(nodes, list) or node >= len(nodes):
            raise self._bad(name, "inbound_nodes")
        rows = _flat(nodes[node])
        given = rows[-1][3] if rows and len(rows[-1]) > 3 else None
        if isinstance(given, dict) and given.get("mask"):
            if given["mask"] is not True:
                what = f"layer {name[:100]} ({entry['class_name'][:60]}) with a mask that it is given"
                raise UnsupportedError(self._path, [(what, "use an Embedding with mask_zero, or Masking")])
            self._given_masks.add((name, node))
        return [self._reference(name, one) for one in rows]

    def _reference(self, layer: str, value: Any) -> Reference:
        if (
            isinstance(value, list)
            and len(value) >= 3
            and isinstance(value[0], str)
            and all(type(n) is int and n >= 0 for n in value[1:3])
        ):
            return value[0], value[1], value[2]
        raise self._bad(layer, "inbound_nodes")

    def _read(self, described: Any) -> tuple[dict[str, dict[str, Any]], list[Reference], list[Reference]]:
        """Layers by name, references of inputs and of outputs; a Sequential is a chain of them."""
        config = described.get("config") if isinstance(described, dict) else None
        rows = (
            config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
        )
        if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_LAYERS:
            raise ConversionError(self._path, "has no layers", expected="model_config with layers")
        if described.get("class_name") == "Sequential":
            return self._sequential(rows)
        layers = {entry["name"]: entry for entry in map(self._entry, rows)}
        if len(layers) != len(rows):
            raise ConversionError(self._path, "has two layers of one name")
        assert isinstance(config, dict)
        ends = [_flat(config.get(side)) for side in ("input_layers", "output_layers")]
        inputs, outputs = ([self._reference("", one) for one in end] for end in ends)
        for name, *_ in inputs:
            if name not in layers:
                raise ConversionError(self._path, "lacks a layer", place=f"layer {name[:100]!r}")
        return layers, inputs, outputs

    def _sequential(
        self, rows: list[Any]
    ) -> tuple[dict[str, dict[str, Any]], list[Reference], list[Reference]]:
        entries = [self._entry(row) for row in rows]
        if entries[0]["class_name"] != "InputLayer":
            first = {"class_name": "InputLayer", "name": f"{entries[0]['name']}_input"}
            entries.insert(0, {**first, "config": entries[0]["config"]})
        layers: dict[str, dict[str, Any]] = {}
        for before, entry in zip([None, *entries], entries, strict=False):
            nodes = [] if before is None else [[[before["name"], 0, 0, {}]]]
            layers[entry["name"]] = {**entry, "inbound_nodes": nodes}
        return layers, [(entries[0]["name"], 0, 0)], [(entries[-1]["name"], 0, 0)]

    def _entry(self, row: Any) -> dict[str, Any]:
        if (
            isinstance(row, dict)
            and isinstance(row.get("class_name"), str)
            and isinstance(row.get("config"), dict)
        ):
            name = row.get("name", row["config"].get("name"))
            if isinstance(name, str):
                return {**row, "name": name}
        raise ConversionError(self._path, "describes a layer badly", received=f"{row!r:.120}")

    def _bad(self, layer: str, what: str) -> ConversionError:
        return ConversionError(self._path, "describes a layer badly", place=f"layer {layer[:100]!r}, {what}")


def _applied(entry: dict[str, Any], node: int) -> dict[str, Any]:
    """A layer with what one of its calls says."""
    calls = entry["config"].get("calls")
    if not isinstance(calls, list) or node >= len(calls):
        return entry
    return {**entry, "config": {**entry["config"], "call": calls[node]}}


def _by_layer(
    weights: Mapping[str, NDArray[Any]], layers: Mapping[str, Mapping[str, Any]]
) -> dict[str, NDArray[Any]]:
    """Weights as `layer/kernel`; of two directions `layer/forward/kernel` and `layer/backward/kernel`.

    The files have the names of what is inside of a layer, too: `layer/forward_lstm/lstm_cell/kernel`.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        parts = name.split("/")
        most = min(len(parts) - 1, 2 * _DEEPEST)
        owner = next((n for n in range(most, 0, -1) if "/".join(parts[:n]) in layers), 0)
        entry = layers.get("/".join(parts[:owner]), {})
        short = "/".join([*parts[:owner], *_side(entry, parts[owner:-1]), parts[-1]]) if owner else name
        found.setdefault(short, array)
    return found


def _side(entry: Mapping[str, Any], inside: list[str]) -> list[str]:
    """Which of two directions a weight belongs to, by the name of the layer that is inside of the layer.

    Of attention the parts.
    """
    if entry.get("class_name") in ATTENTION:
        return inside
    if entry.get("class_name") != "Bidirectional" or not inside:
        return []
    other = entry["config"].get("backward_layer")
    settings = other.get("config") if isinstance(other, dict) else None
    given = settings.get("name") if isinstance(settings, dict) else None
    return ["backward" if inside[0] == given or inside[0].startswith("backward") else "forward"]


def _flat(value: Any, depth: int = 0) -> list[Any]:
    """Lists of [name, node, output, …] out of however deeply nested lists."""
    if not isinstance(value, list) or depth > _DEEPEST:
        return []
    if value and isinstance(value[0], str):
        return [value]
    return [one for inner in value for one in _flat(inner, depth + 1)]
