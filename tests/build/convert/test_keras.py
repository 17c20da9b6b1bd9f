"""Keras models: what is written from their description and weights agrees with Keras' own answers."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wardian_build import paths
from wardian_build.convert.check import compare, require, run_onnx
from wardian_build.convert.conversion import Options
from wardian_build.convert.keras import converted_graph, read_members
from wardian_build.convert.run import converted
from wardian_build.convert.sources import recognise
from wardian_build.convert.tfjs.graph_model import ConvertedGraph
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "keras.json").read_text("utf-8"))
CASES: dict[str, Any] = GOLDEN["cases"]
HERE = Path("net.keras")
#: Both compute in float32; XLA and onnxruntime add up in another order.
TOLERANCE = 1e-5


def decoded(entry: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])


def made(
    name: str,
    ending: str,
    change: Callable[[Any, Any], None] = lambda config, arrays: None,
    version: str = "",
) -> ConvertedGraph:
    """A case's graph, with a change to its description and arrays, or as if another Keras had saved it."""
    case = CASES[name][ending]
    table = json.loads(zlib.decompress(base64.b64decode(case["table"])))
    with np.load(io.BytesIO(zlib.decompress(base64.b64decode(case["arrays"])))) as file:
        arrays = {key: file[key] for key in file.files}
    where, key = (
        (table["members"], "config.json") if table["members"] else (table["attributes"], "model_config")
    )
    config = json.loads(where[key])
    change(config, arrays)
    where[key] = json.dumps(config)
    if version:
        where["metadata.json"] = json.dumps({"keras_version": version})
    return converted_graph(HERE, table, arrays)


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", CASES)
def test_answers_are_keras_own(name: str, ending: str) -> None:
    graph = made(name, ending)
    feeds = {key: decoded(one) for key, one in CASES[name]["feeds"].items()}
    (found,) = run_onnx(graph.model, [dict(zip(graph.inputs, feeds.values(), strict=True))])
    expected = [decoded(one) for one in CASES[name]["outputs"]]
    assert len(found) == len(expected)
    for one, want in zip(graph.outputs, expected, strict=True):
        assert np.abs(want).max() > 0.05
        require([compare(one, [want], [found[one]])], TOLERANCE)


def layer(config: Any, kind: str) -> Any:
    return next(row for row in config["config"]["layers"] if row["class_name"] == kind)


def _lambda(config: Any, _: Any) -> None:
    layer(config, "Rescaling")["class_name"] = "Lambda"


def _nested(config: Any, _: Any) -> None:
    layer(config, "Rescaling").update(class_name="Functional")


def _channels_first(config: Any, _: Any) -> None:
    layer(config, "Conv2D")["config"]["data_format"] = "channels_first"


def _no_weights(_: Any, arrays: Any) -> None:
    del arrays["layers/conv2d/vars/1"]


def _no_layers(config: Any, _: Any) -> None:
    config["config"].pop("layers")


def _cycle(config: Any, _: Any) -> None:
    node = layer(config, "Rescaling")["inbound_nodes"][0]
    node["args"][0]["config"]["keras_history"] = ["label", 0, 0]


def _history(config: Any, _: Any) -> None:
    layer(config, "Rescaling")["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_lambda, r"layer rescaling \(Lambda\)"),
        (_nested, "describes no network"),
        (_channels_first, "with channels_first"),
        (_no_weights, r"lacks weights \(layer conv2d, bias\)"),
        (_no_layers, "describes no network"),
        (_cycle, "has a cycle"),
        (_history, "describes a tensor badly"),
    ],
)
def test_what_cannot_be_converted_is_named(change: Callable[[Any, Any], None], words: str) -> None:
    with pytest.raises(ConversionError, match=rf"net\.keras(?s:.*){words}"):
        made("picture", "keras", change)


def _settings(kind: str, **values: Any) -> Callable[[Any, Any], None]:
    """A change to the settings of a layer."""

    def change(config: Any, _: Any) -> None:
        layer(config, kind)["config"].update(values)

    return change


def _gates(_: Any, arrays: Any) -> None:
    arrays["layers/lstm/cell/vars/0"] = arrays["layers/lstm/cell/vars/0"][:, :15]


def _inside(config: Any, _: Any) -> None:
    layer(config, "Bidirectional")["config"]["layer"]["class_name"] = "ConvLSTM1D"


def _moved_about(config: Any, _: Any) -> None:
    """What was dropped out now comes from a layer of which nobody knows what it does with a mask."""
    row = layer(config, "SpatialDropout1D")
    row["class_name"] = "Permute"
    row["config"] = {"name": row["config"]["name"], "dims": [1, 2]}
    for one in config["config"]["layers"]:
        for node in one["inbound_nodes"]:
            node["kwargs"].pop("mask", None)


def _compared(config: Any, _: Any) -> None:
    layer(config, "NotEqual")["inbound_nodes"][0]["args"][1] = {"class_name": "tensor"}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("recurrent", _settings("LSTM", stateful=True), r"layer lstm\S* \(LSTM\) with stateful: build"),
        ("recurrent", _settings("LSTM", activation="gelu"), r"\(LSTM\) with activation 'gelu': use one of"),
        ("recurrent", _settings("GRU", recurrent_activation=["a"]), r"\(GRU\) with activation \['a'\]"),
        ("recurrent", _gates, r"layer 'lstm', kernel\W(?s:.*)expected 4 gates of 4(?s:.*)\(3, 15\)"),
        ("directions", _settings("Bidirectional", merge_mode="max"), "merge_mode(?s:.*)'max'"),
        ("directions", _settings("Bidirectional", layer=3), r"bidirectional\S*, layer"),
        ("directions", _inside, "of a layer ConvLSTM1D: use one of LSTM, GRU, SimpleRNN"),
        ("masked", _moved_about, r"\(GRU\) with a mask that went through other layers"),
        ("masked", _compared, r"\(NotEqual\) of more than one number"),
    ],
)
def test_recurrent_layers_that_cannot_be_converted_are_named(
    name: str, change: Callable[[Any, Any], None], words: str
) -> None:
    with pytest.raises(ConversionError, match=rf"net\.keras(?s:.*){words}"):
        made(name, "keras", change)


def _called(kind: str, **arguments: Any) -> Callable[[Any, Any], None]:
    """A change to what a call of a layer says."""

    def change(config: Any, _: Any) -> None:
        layer(config, kind)["inbound_nodes"][0]["kwargs"].update(arguments)

    return change


def _masked_attention(config: Any, _: Any) -> None:
    """As another tensor among its arguments."""
    node = layer(config, "MultiHeadAttention")["inbound_nodes"][0]
    node["kwargs"]["other_mask"] = node["args"][0]


def _of_keras_2(config: Any, _: Any) -> None:
    row = layer(config, "MultiHeadAttention")
    value = row["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
    row["inbound_nodes"] = [[[*value, {"value": value}]]]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("classified", _settings("MultiHeadAttention", use_gate=True), r"lacks weights(?s:.*)_gate_dense"),
        ("classified", _settings("MultiHeadAttention", sliding_window="3"), "sliding_window(?s:.*)a number"),
        ("classified", _settings("MultiHeadAttention", attention_axes=[2]), "over other axes than the steps"),
        ("classified", _masked_attention, "with other_mask: give it query, value, key, attention_mask"),
        ("classified", _called("MultiHeadAttention", later=1), "with later: give it"),
        ("classified", _of_keras_2, "as Keras 2 wrote it down: load the model with Keras 3"),
        ("attended", _settings("Attention", score_mode="concat"), "with score_mode 'concat'"),
    ],
)
def test_attention_that_cannot_be_converted_is_named(
    name: str, change: Callable[[Any, Any], None], words: str
) -> None:
    with pytest.raises(ConversionError, match=rf"net\.keras(?s:.*){words}"):
        made(name, "keras", change)


def test_masks_are_those_of_the_keras_that_saved_the_model() -> None:
    """Before 3.8 attention left the masks of what it was given; 3.3 put those of a sum together otherwise."""
    case = CASES["padded"]
    feeds = [decoded(one) for one in case["feeds"].values()]

    def words(version: str) -> NDArray[Any]:
        graph = made("padded", "keras", version=version)
        (found,) = run_onnx(graph.model, [dict(zip(graph.inputs, feeds, strict=True))])
        return found[next(iter(graph.outputs))]

    now, before = words("3.15.1"), words("3.7.0")
    assert np.array_equal(now, words("3.8.0")) and not np.allclose(now, before, atol=1e-3)
    # With masks a step sees the steps before it that are words: nothing that stands for no word.
    kept = feeds[0] != 0
    seen = [np.abs(now - before).max(axis=-1) > 1e-4, kept & (np.cumsum(~kept, axis=1) > 0)]
    assert (seen[0] & kept == seen[1]).all()
    with pytest.raises(UnsupportedError, match="with a mask that went through other layers"):
        words("3.3.3")


def test_an_inner_model_that_is_applied_twice_is_refused() -> None:
    def twice(config: Any, _: Any) -> None:
        nodes = layer(config, "Functional")["inbound_nodes"]
        nodes.append(nodes[0])

    with pytest.raises(UnsupportedError, match=r"model functional\w* applied 2 times"):
        made("nested", "keras", twice)


def test_weights_alone_are_no_model() -> None:
    with pytest.raises(ConversionError, match=r"weights alone(?s:.*)model\.save"):
        converted_graph(HERE, {"attributes": {}, "weight_names": {}}, {})


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if len(content) > 99 else zipfile.ZIP_STORED)
    return path


def test_members_of_the_zip(tmp_path: Path) -> None:
    """Only three names are ever read; a bomb, a cut file and one without weights are refused."""
    whole = {"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": b"\x89HDF", "../../out": b"x"}
    path = zipped(tmp_path / "net.keras", whole)
    assert set(read_members(path)) == {"config.json", "metadata.json", "model.weights.h5"}
    assert recognise(path).format == "keras"
    content = path.read_bytes()
    for name, broken, words in (
        (
            "lack.keras",
            zipped(tmp_path / "a", {"config.json": b"{}"}).read_bytes(),
            r"is no Keras model(?s:.*)metadata",
        ),
        (
            "bomb.keras",
            zipped(tmp_path / "b", {**whole, "config.json": bytes(65 << 20)}).read_bytes(),
            "too large",
        ),
        ("cut.keras", content[: len(content) // 2], "cannot be read as zip"),
        ("flip.keras", content.replace(b"\x89HDF", b"\x89HDE"), "cannot be read as zip|is no Keras"),
    ):
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(ConversionError, match=rf"{name} (?s:.*)(?:{words})"):
            read_members(tmp_path / name)


def test_h5py_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    (tmp_path / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(80))
    assert recognise(tmp_path / "net.h5").format == "keras"
    with (
        pytest.raises(UnsupportedError, match=r"h5py, which reads HDF5(?s:.*)--extra keras"),
        converted(tmp_path / "net.h5", tmp_path / "out", Options()),
    ):
        pass
