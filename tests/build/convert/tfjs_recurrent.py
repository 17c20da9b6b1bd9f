"""Small layers models of TensorFlow.js with recurrent layers and masks; `LAYERS` has all layers models."""

from __future__ import annotations

from typing import Any

import tfjs_models
from tfjs_models import Array, numbers, whole

Model = tuple[dict[str, Any], dict[str, Array], dict[str, Array]]
_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


class _Net:
    """Layers in the form of a file, one after another or by the names of what they take."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.weights: dict[str, Array] = {}

    def add(self, kind: str, name: str, *above: str | tuple[str, int], **config: Any) -> str:
        inbound = [[one if isinstance(one, str) else one[0], 0, 0 if isinstance(one, str) else one[1], {}]
                   for one in above]  # fmt: skip
        row = {"class_name": kind, "config": {"name": name, **config}, "name": name}
        self.rows.append({**row, "inbound_nodes": [inbound] if inbound else []})
        return name

    def weigh(self, prefix: str, kind: str, features: int, units: int) -> None:
        """Weights of a recurrent layer, with or without the name of its cell."""
        wide = _GATES[kind] * units
        for place, (name, shape) in enumerate(
            {"kernel": (features, wide), "recurrent_kernel": (units, wide), "bias": (wide,)}.items()
        ):
            self.weights[f"{prefix}/{name}"] = numbers(*shape, seed=place + len(self.weights)) / 4

    def recurrent(
        self, kind: str, name: str, features: int, units: int, *above: str | tuple[str, int], **config: Any
    ) -> str:
        self.weigh(f"{name}/{kind.lower()}_cell" if units % 2 else name, kind, features, units)
        return self.add(kind, name, *above, **settings(kind, units, **config))

    def both(
        self, kind: str, name: str, features: int, units: int, mode: str | None, *above: str, **config: Any
    ) -> str:
        for side in ("forward", "backward"):
            self.weigh(f"{name}/{side}_{kind.lower()}_7", kind, features, units)
        inner = {"name": f"{kind.lower()}_7", **settings(kind, units, **config)}
        return self.add(
            "Bidirectional", name, *above, merge_mode=mode, layer={"class_name": kind, "config": inner}
        )

    def model(self, outputs: list[str | tuple[str, int]]) -> dict[str, Any]:
        ends = [[one, 0, 0] if isinstance(one, str) else [one[0], 0, one[1]] for one in outputs]
        begins = [[row["name"], 0, 0] for row in self.rows if row["class_name"] == "InputLayer"]
        config = {"name": "net", "layers": self.rows, "input_layers": begins, "output_layers": ends}
        model = {"class_name": "Model", "config": config}
        return {"format": "layers-model", "modelTopology": {"keras_version": "2.8.0", "model_config": model}}


def settings(kind: str, units: int, **config: Any) -> dict[str, Any]:
    gates = {} if kind == "SimpleRNN" else {"recurrent_activation": "hard_sigmoid"}
    return {"units": units, "activation": "tanh", "use_bias": True, **gates, **config}


def recurrent() -> Model:
    """Every kind in either direction, and all ways to put two directions together."""
    net, whole_sequence = _Net(), {"return_sequences": True}
    net.add("InputLayer", "x", batch_input_shape=[None, 6, 4])
    net.recurrent("LSTM", "a", 4, 5, "x", **whole_sequence)
    net.recurrent("GRU", "b", 5, 4, "a", go_backwards=True, recurrent_activation="sigmoid", **whole_sequence)
    net.recurrent("SimpleRNN", "c", 4, 3, "b", activation="relu", **whole_sequence)
    net.both("LSTM", "d", 3, 2, "concat", "c", **whole_sequence)
    net.both("GRU", "e", 4, 3, "sum", "d", **whole_sequence)
    net.both("SimpleRNN", "f", 3, 3, "mul", "e", go_backwards=True, **whole_sequence)
    net.weights |= {"g/kernel": numbers(3, 5) / 4, "g/bias": numbers(5)}
    dense = {"name": "inner", "units": 5, "activation": "elu", "use_bias": True}
    net.add("TimeDistributed", "g", "f", layer={"class_name": "Dense", "config": dense})
    net.both("LSTM", "h", 5, 3, "ave", "g", activation="linear")
    net.add("RepeatVector", "i", "h", n=3)
    net.recurrent("GRU", "j", 3, 2, "i", go_backwards=True)
    return net.model(["d", "e", "f", "g", "h", "j"]), net.weights, {"x": numbers(2, 6, 4)}


def masked() -> Model:
    """Numbers of words, of which 0 stands for none: before others, among them, after them, and alone."""
    net = _Net()
    net.add("InputLayer", "ids", batch_input_shape=[None, 7])
    net.weights["words/embeddings"] = numbers(9, 4)
    net.add("Embedding", "words", "ids", input_dim=9, output_dim=4, mask_zero=True)
    net.both("LSTM", "both", 4, 3, "concat", "words", return_sequences=True)
    net.add("Dropout", "dropped", "both", rate=0.5)
    net.recurrent("GRU", "back", 6, 4, "dropped", return_sequences=True, go_backwards=True)
    net.recurrent("SimpleRNN", "first", 6, 3, "dropped", return_sequences=True)
    net.recurrent("LSTM", "last", 3, 2, "first")
    ids = whole([0, 0, 3, 4, 5, 6, 7], [8, 0, 1, 0, 2, 0, 0], [1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 0, 0, 0])
    inputs = {"ids": ids.astype("float32")}
    return net.model(["both", "back", "first", "last"]), net.weights, inputs


def states() -> Model:
    """Last states beside the answers; steps of one value are left out."""
    net = _Net()
    net.add("InputLayer", "said", batch_input_shape=[None, 5, 3])
    net.add("Masking", "kept", "said", mask_value=0.5)
    net.recurrent("LSTM", "a", 3, 4, "kept", return_state=True)
    net.recurrent("GRU", "b", 3, 3, "kept", return_state=True, return_sequences=True)
    net.both("LSTM", "c", 3, 2, None, "kept", return_sequences=True)
    said = numbers(2, 5, 3)
    said[0, 3:] = said[1, :2] = 0.5
    ends: list[str | tuple[str, int]] = [("a", 0), ("a", 1), ("a", 2), "b", ("b", 1), "c", ("c", 1)]
    return net.model(ends), net.weights, {"said": said}


#: Layers models by name.
LAYERS = {**tfjs_models.LAYERS, "recurrent": recurrent, "masked": masked, "states": states}
