"""Every architecture with every head against what `transformers` computes (hf_models.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from golden import hf_models
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder
from wardian_build.convert.read.safetensors import open_safetensors
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads(hf_models.GOLDEN.read_text("utf-8"))
#: float32 both, other order of sums: 1e-6 on values of order 1, through two layers.
TOLERANCE = 1e-5


def session(name: str, folder: Path, dtype: str = "F32", external: bool = False) -> Any:
    """The converted model in native onnxruntime, from a safetensors file of that dtype."""
    entry = hf_models.write_folder(name, folder / "source", dtype)
    tensors = open_safetensors(folder / "source" / "model.safetensors")
    config = Config(entry["config"])
    built = build(config, tensors, head_kind(config, None), "model.safetensors", external=external)
    write_folder(built.files, folder / "made")
    path = folder / "made" / "onnx" / "model.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    return onnxruntime.InferenceSession(str(path))


def difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max())


@pytest.mark.parametrize("name", [n for n, entry in GOLDEN["models"].items() if "inputs" in entry])
def test_equals_transformers(name: str, tmp_path: Path) -> None:
    entry = GOLDEN["models"][name]
    made = session(name, tmp_path)
    inputs, expected = hf_models.arrays(entry["inputs"]), hf_models.arrays(entry["outputs"])
    assert {value.name for value in made.get_inputs()} == set(inputs)
    assert [value.name for value in made.get_outputs()] == list(expected)
    for value in made.get_inputs():
        assert value.shape == ["batch_size", "sequence_length"]
    for value, found in zip(made.get_outputs(), made.run(None, inputs), strict=True):
        assert difference(found, expected[value.name]) < TOLERANCE
        declared = zip(value.shape, found.shape, strict=True)
        assert all(length in (real, "batch_size", "sequence_length") for length, real in declared)


@pytest.mark.parametrize("name", [n for n, entry in GOLDEN["models"].items() if "logits" in entry])
def test_classifiers_equal_transformers_on_texts(name: str, tmp_path: Path) -> None:
    made = session(name, tmp_path)
    wanted = [value.name for value in made.get_inputs()]
    for row in GOLDEN["models"][name]["logits"]:
        found = made.run(None, {key: np.array([row[key]]) for key in wanted})[0][0]
        assert difference(found, np.float32(row["logits"])) < TOLERANCE


@pytest.mark.parametrize("dtype", ["F16", "BF16"])
def test_weights_of_half_precision_are_read(dtype: str, tmp_path: Path) -> None:
    """The golden's weights are numbers that both hold exactly, so the outputs must not change."""
    entry = GOLDEN["models"]["bert-text-classification"]
    made = session("bert-text-classification", tmp_path, dtype)
    found = made.run(None, hf_models.arrays(entry["inputs"]))[0]
    assert difference(found, hf_models.arrays(entry["outputs"])["logits"]) < TOLERANCE


def test_weights_beside_the_file(tmp_path: Path) -> None:
    entry = GOLDEN["models"]["roberta-fill-mask"]
    made = session("roberta-fill-mask", tmp_path, external=True)
    beside = tmp_path / "made" / "onnx" / "model.onnx_data"
    matrices = [
        shape for name, shape in entry["tensors"].items() if len(shape) == 2 and "token_type" not in name
    ]
    assert beside.stat().st_size >= sum(4 * rows * columns for rows, columns in matrices)
    found = made.run(None, hf_models.arrays(entry["inputs"]))[0]
    assert difference(found, hf_models.arrays(entry["outputs"])["logits"]) < TOLERANCE


def tensors(name: str) -> dict[str, NDArray[Any]]:
    shapes = GOLDEN["models"][name]["tensors"]
    return {tensor: hf_models.weights(tensor, tuple(shape)) for tensor, shape in shapes.items()}


def test_names_of_old_checkpoints() -> None:
    """Checkpoints converted from TensorFlow call the scale of a normalization gamma."""
    name = "bert-feature-extraction"
    weights = tensors(name)
    old = {
        key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for key, value in weights.items()
    }
    assert set(old) != set(weights)
    config = Config(GOLDEN["models"][name]["config"])
    files = [build(config, given, "feature-extraction", "x").files for given in (weights, old)]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model_type": "mamba"}, UnsupportedError, "model_type 'mamba'.*optimum-cli export onnx"),
        ({"hidden_act": "mish"}, UnsupportedError, "hidden_act = 'mish'"),
        ({"position_embedding_type": "relative_key"}, UnsupportedError, "position_embedding_type"),
        ({"is_decoder": True}, UnsupportedError, "is_decoder = True"),
        ({"hidden_size": 13}, ConversionError, "num_attention_heads.*divisor of hidden_size = 13"),
        ({"hidden_size": 15}, ConversionError, r"word_embeddings.*(?s:.*)\(31, 15\)(?s:.*)\(31, 12\)"),
        ({"num_hidden_layers": 3}, ConversionError, r"encoder\.layer\.2\.attention\.self\.query"),
        ({"num_hidden_layers": "two"}, ConversionError, "num_hidden_layers"),
        ({"layer_norm_eps": "small"}, ConversionError, "layer_norm_eps"),
        ({"id2label": 3}, ConversionError, "id2label"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, ConversionError, r"classifier\.weight"),
    ],
)
def test_a_configuration_that_does_not_fit_is_explained(
    change: dict[str, Any], error: type[Exception], words: str
) -> None:
    name = "bert-text-classification"
    config = Config(GOLDEN["models"][name]["config"] | change)
    with pytest.raises(error, match=f"(?s){words}"):
        build(config, tensors(name), "text-classification", "model.safetensors")


def test_a_head_that_the_file_has_not_is_explained() -> None:
    name = "bert-feature-extraction"
    config = Config(GOLDEN["models"][name]["config"])
    with pytest.raises(ConversionError, match=r"(?s)lacks a tensor.*qa_outputs\.weight"):
        build(config, tensors(name), "question-answering", "model.safetensors")
    with pytest.raises(UnsupportedError, match=r"summarization.*fill-mask"):
        build(config, tensors(name), "summarization", "model.safetensors")
    with pytest.raises(ConversionError, match="--kind"):
        head_kind(Config({"architectures": ["BertForNextSentencePrediction"]}), None)


@pytest.mark.parametrize(
    ("made", "model_type", "wanted"),
    [
        ("BertForSequenceClassification", "bert", "token-classification"),
        ("RobertaForTokenClassification", "roberta", "question-answering"),
        ("GPT2LMHeadModel", "gpt2", "text-classification"),
        ("BertForSequenceClassification", "bert", "summarization"),
    ],
)
def test_another_head_than_the_wanted_one_is_refused(made: str, model_type: str, wanted: str) -> None:
    """A classifier of texts has weights of the names and shapes that one of tokens has."""
    config = Config({"architectures": [made], "model_type": model_type})
    told = head_kind(config, None)
    with pytest.raises(ConversionError) as refused:
        head_kind(config, wanted, otherwise="")
    assert str(refused.value) == (
        f"config.json is of a model with another head than {wanted} (architectures: {made})\n"
        f"  expected a class for {wanted}\n  received one for {told}\n"
        f"  Say --kind {told}, or give a model that was trained for {wanted}."
    )


@pytest.mark.parametrize(
    ("made", "model_type", "wanted"),
    [
        ("BertForSequenceClassification", "bert", "feature-extraction"),
        ("BertForSequenceClassification", "bert", "zero-shot-classification"),
        ("BertModel", "bert", "text-classification"),
        ("ViTModel", "vit", "feature-extraction"),
        ("M2M100ForConditionalGeneration", "m2m_100", "summarization"),
        ("T5ForConditionalGeneration", "t5", "translation"),
        ("Ours", "bert", "token-classification"),
    ],
)
def test_a_kind_that_the_head_may_have_is_taken(made: str, model_type: str, wanted: str) -> None:
    assert head_kind(Config({"architectures": [made], "model_type": model_type}), wanted) == wanted
