"""What a developer's own model needs to get from a file to a site, where nothing of it is usual."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from wardian.types import TensorSpec
from wardian_build.convert.conversion import Options
from wardian_build.convert.dtypes import derive
from wardian_build.convert.inputs import load_reference
from wardian_build.convert.run import converted
from wardian_build.convert.sklearn.rows import read_rows
from wardian_build.convert.sklearn.table import Column
from wardian_build.errors import ConversionError
from wardian_build.gallery.add import add
from wardian_build.gallery.places import Places
from wardian_build.model_card import read_card
from wardian_build.models import build_model

from .small_onnx import model, node, value

RNG = np.random.default_rng(20261123)


def spec(name: str, dtype: str = "int64") -> TensorSpec:
    return TensorSpec(name, dtype, ("batch_size", "sequence_length"))


def write_net(folder: Path) -> Path:
    """A classifier of 8×8 pixels whose file does not say that it takes no others."""
    folder.mkdir()
    weights = {"w": RNG.standard_normal((192, 3)).astype(np.float32)}
    nodes = [node("Flatten", "pixel_values", "flat"), node("MatMul", "flat w", "logits")]
    made = model(nodes, [value("pixel_values", "b", 3, "h", "w")], [value("logits", "b", 3)], weights)
    onnx.save(made, folder / "model.onnx")
    labels = {str(number): name for number, name in enumerate("abc")}
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    processor = {"size": {"height": 8, "width": 8}, "do_normalize": False}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    pixels = RNG.random((2, 3, 8, 8), np.float32)
    np.savez(folder / "outputs.npz", pixel_values=pixels, logits=pixels.reshape(2, 192) @ weights["w"])
    return folder


def test_what_the_check_runs_with_becomes_a_canary(tmp_path: Path, built: Path) -> None:
    """Else the card would stop the build of every task's site."""
    source = write_net(tmp_path / "net")
    places = Places("own-net", tmp_path)
    # float32 sums of 192 products, in another order.
    options = Options(dtypes=("fp32",), reference=source / "outputs.npz")
    add(source, places, "image-classification", options)
    card = read_card(places.model / "README.md")
    assert card.canary_dims == {"b": 2, "h": 8, "w": 8}
    assert "onnx/model.canary.json" in {file["path"] for file in build_model(card)["files"]}


def test_made_up_inputs_that_do_not_fit_name_the_next_step(tmp_path: Path) -> None:
    source = write_net(tmp_path / "net")
    with (
        pytest.raises(ConversionError, match=r"made-up numbers.*--input.*--reference"),
        converted(source, tmp_path / "out", Options()),
    ):
        pass


def test_q8_of_a_layer_with_the_shapes_of_its_weights(tmp_path: Path) -> None:
    """torch.onnx writes shapes of weights beside them; onnxruntime's tool turns weights of `Gemm` around."""
    weights = {"w": RNG.standard_normal((3, 8)).astype(np.float32), "b": np.ones(3, np.float32)}
    nodes = [node("Gemm", "x w b", "y", transB=1)]
    made = model(nodes, [value("x", "n", 8)], [value("y", "n", 3)], weights)
    made.graph.value_info.extend([value("w", 3, 8), value("b", 3)])
    onnx.save(made, tmp_path / "model.onnx")
    q8 = onnx.load_from_string(derive(tmp_path / "model.onnx", "q8"))
    onnx.checker.check_model(q8, full_check=True)
    assert {one.data_type for one in q8.graph.initializer} >= {onnx.TensorProto.INT8}


def test_token_types_that_a_tokenizer_leaves_out(tmp_path: Path) -> None:
    """transformers' models take zeros for them."""
    ids = np.array([[1, 2], [3, 4]])
    np.savez(tmp_path / "outputs.npz", input_ids=ids, logits=np.ones((2, 3)))
    specs = [spec(name) for name in ("input_ids", "token_type_ids")]
    found = load_reference(tmp_path / "outputs.npz", specs, [spec("logits", "float32")])
    assert found.inputs[0]["token_type_ids"].tolist() == [[0, 0], [0, 0]]
    with pytest.raises(ConversionError, match=r"lacks inputs(?s:.*)attention_mask(?s:.*)by the names"):
        load_reference(tmp_path / "outputs.npz", [spec("attention_mask")], [spec("logits")])


def test_truth_values_of_a_table(tmp_path: Path) -> None:
    """As pandas writes them; scikit-learn computes with 1 and 0."""
    (tmp_path / "rows.csv").write_text("owns,age\nTrue,1\nFalse,\n")
    found = read_rows(tmp_path / "rows.csv", [Column("owns"), Column("age")])
    assert found == {"owns": [1.0, 0.0], "age": [1.0, None]}


def test_a_python_file_without_its_function(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import torch\n")
    with (
        pytest.raises(ConversionError, match=r"expected net\.py:FUNCTION"),
        converted(tmp_path / "net.py", tmp_path / "out", Options(trust=True)),
    ):
        pass
