"""Encoder-decoders, decoders and vision transformers against `transformers` (hf_generation.json)."""

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
from wardian_build.convert.architectures.build import KINDS
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
#: Relative to the larger of 1 and the largest value: float32 both, other order of sums, through three layers.
TOLERANCE = 1e-5

Session = onnxruntime.InferenceSession
SEQ2SEQ = [name for name, entry in GOLDEN.items() if "decoder_input_ids" in entry.get("inputs", {})]
DECODERS = [name for name, entry in GOLDEN.items() if "position_ids" in entry.get("inputs", {})]
IMAGES = [name for name, entry in GOLDEN.items() if "inputs" not in entry]


def tensors(name: str) -> dict[str, NDArray[Any]]:
    shapes = GOLDEN[name]["tensors"]
    return {tensor: hf_models.weights(tensor, tuple(shape)) for tensor, shape in shapes.items()}


def sessions(name: str, folder: Path, external: bool | None = None) -> dict[str, Session]:
    """The ONNX files by path in `onnx/` without `.onnx`."""
    config = Config(GOLDEN[name]["config"])
    built = build(config, tensors(name), head_kind(config, None), "model.safetensors", external=external)
    write_folder(built.files, folder)
    found = {}
    for path in sorted((folder / "onnx").glob("*.onnx")):
        onnx.checker.check_model(str(path), full_check=True)
        found[path.stem] = Session(str(path))
    assert built.unused == []
    return found


def require_equal(found: NDArray[Any], expected: NDArray[Any]) -> None:
    assert found.shape == expected.shape
    assert float(np.abs(found - expected).max()) < TOLERANCE * max(1, float(np.abs(expected).max()))


class Generation:
    """A merged decoder with its caches, kept as transformers.js keeps them."""

    def __init__(self, session: Session, encoded: dict[str, NDArray[Any]]) -> None:
        self.session, self.encoded = session, encoded
        batch = len(encoded["encoder_hidden_states"])
        # Unknown lengths are 0 at first, as in transformers.js.
        self.past = {
            value.name: np.zeros(
                [batch if dim == "batch_size" else dim if isinstance(dim, int) else 0 for dim in value.shape],
                np.float32,
            )
            for value in session.get_inputs()
            if value.name.startswith("past_key_values")
        }

    def run(self, ids: NDArray[Any]) -> dict[str, NDArray[Any]]:
        wanted = {value.name for value in self.session.get_inputs()}
        feeds = {name: value for name, value in self.encoded.items() if name in wanted}
        names = [value.name for value in self.session.get_outputs()]
        values = self.session.run(names, {"input_ids": ids, **feeds, **self.past})
        outputs = dict(zip(names, values, strict=True))
        for name in self.past:
            new = outputs[name.replace("past_key_values", "present")]
            if ".decoder." in name or not self.past[name].size:
                self.past[name] = new
            else:
                assert new.shape[2] == 0
        return outputs


@pytest.mark.parametrize(
    ("name", "external"),
    # Weights beside the file: one of each writer.
    [*((name, None) for name in SEQ2SEQ), ("marian", True), ("t5-gated", True), ("whisper", True)],
)
def test_encoder_and_decoder_equal_transformers(name: str, external: bool | None, tmp_path: Path) -> None:
    made = sessions(name, tmp_path / "made", external)
    assert set(made) == {"encoder_model", "decoder_model_merged"}
    inputs, expected = (hf_models.arrays(GOLDEN[name][side]) for side in ("inputs", "outputs"))
    targets = inputs.pop("decoder_input_ids")
    assert {value.name for value in made["encoder_model"].get_inputs()} == set(inputs)
    (hidden,) = made["encoder_model"].run(["last_hidden_state"], inputs)
    require_equal(hidden, expected["encoder_last_hidden_state"])
    encoded = {"encoder_hidden_states": hidden, "encoder_attention_mask": inputs.get("attention_mask")}
    whole = Generation(made["decoder_model_merged"], encoded).run(targets)
    for output, values in expected.items():
        if output in whole:
            require_equal(whole[output], values)
    # Four tokens at first, then one after the other.
    decoder = Generation(made["decoder_model_merged"], encoded)
    steps = [targets[:, :4], *(targets[:, i : i + 1] for i in range(4, targets.shape[1]))]
    require_equal(np.concatenate([decoder.run(ids)["logits"] for ids in steps], axis=1), expected["logits"])


@pytest.mark.parametrize("name", DECODERS)
def test_decoders_equal_transformers(name: str, tmp_path: Path) -> None:
    made = sessions(name, tmp_path / "made")
    assert set(made) == {"model", "model_fold"}
    inputs, expected = (hf_models.arrays(GOLDEN[name][side]) for side in ("inputs", "outputs"))
    seen = inputs["attention_mask"][..., None].astype(bool)
    for form, session in made.items():
        pasts = [value for value in session.get_inputs() if value.name.startswith("past_")]
        past = {v.name: np.zeros((2, v.shape[1], 0, v.shape[3]), np.float32) for v in pasts}
        names = [value.name for value in session.get_outputs()]
        logits = []
        for start, end in ((0, 4), (4, 7)):
            feeds = {key: value[:, start:end] for key, value in inputs.items()}
            feeds["attention_mask"] = inputs["attention_mask"][:, :end]
            found = dict(
                zip(
                    names,
                    session.run(names, {**feeds, **past, "num_logits_to_keep": np.array(0)}),
                    strict=True,
                )
            )
            logits.append(found["logits"])
            for key, old in past.items():
                new = found[key.replace("past_key_values", "present")]
                past[key] = np.concatenate([old, new], axis=2) if form == "model_fold" else new
        # What comes out of padding is nobody's business.
        require_equal(np.concatenate(logits, axis=1) * seen, expected["logits"] * seen)
        require_equal(
            past["past_key_values.1.key"] * seen[:, None], expected["present.1.key"] * seen[:, None]
        )


@pytest.mark.parametrize("name", IMAGES)
def test_vision_transformers_equal_transformers(name: str, tmp_path: Path) -> None:
    made = sessions(name, tmp_path / "made")["model"]
    height, width = GOLDEN[name]["config"]["image_size"]
    pixels = hf_models.pixels(2, height, width)
    expected = hf_models.arrays(GOLDEN[name]["outputs"])
    assert made.get_inputs()[0].shape == ["batch_size", 3, height, width]
    assert {value.name for value in made.get_outputs()} == set(expected)
    for output, values in expected.items():
        (found,) = made.run([output], {"pixel_values": pixels})
        require_equal(found, values)


def test_kinds_are_told_by_the_class() -> None:
    told = {name: head_kind(Config(entry["config"]), None) for name, entry in GOLDEN.items()}
    assert told == {
        **dict.fromkeys(SEQ2SEQ, "text2text-generation"),
        **dict.fromkeys(("marian", "marian-separate", "mbart", "m2m_100"), "translation"),
        "whisper": "automatic-speech-recognition",
        **dict.fromkeys(DECODERS, "text-generation"),
        **dict.fromkeys(IMAGES, "image-classification"),
        "vit-image-feature-extraction": "image-feature-extraction",
    }
    assert all(kind in KINDS[GOLDEN[name]["config"]["model_type"]] for name, kind in told.items())


CHANGES: list[tuple[str, dict[str, Any], type[ConversionError], str]] = [
    ("marian", {"activation_function": "mish"}, UnsupportedError, "activation_function = 'mish'"),
    ("marian", {"encoder_attention_heads": 5}, ConversionError, "divisor of d_model = 12"),
    ("marian", {"decoder_layers": 4}, ConversionError, r"decoder\.layers\.3\.self_attn\.q_proj"),
    ("marian", {"vocab_size": 30}, ConversionError, r"shared\.weight.*\(30, 12\)"),
    ("marian", {"max_position_embeddings": 0}, ConversionError, "max_position_embeddings"),
    ("marian", {"max_position_embeddings": 2**31 - 1}, ConversionError, "max_position_embeddings.*65,536"),
    ("m2m_100", {"max_position_embeddings": 2**31 - 1}, ConversionError, "max_position_embeddings.*65,536"),
    ("marian", {"decoder_layers": 2**31 - 1}, ConversionError, r"decoder\.layers\.3\."),
    ("bart", {"tie_word_embeddings": False}, ConversionError, r"lm_head\.weight"),
    ("m2m_100", {"pad_token_id": "none"}, ConversionError, "pad_token_id"),
    ("t5", {"feed_forward_proj": "gated-mish"}, UnsupportedError, "feed_forward_proj = 'gated-mish'"),
    ("t5", {"feed_forward_proj": "gated-gelu"}, ConversionError, r"DenseReluDense\.wi_0"),
    ("t5", {"relative_attention_max_distance": 8}, ConversionError, "buckets"),
    ("t5", {"relative_attention_max_distance": 2**30}, ConversionError, "relative_attention_max_distance"),
    ("t5", {"num_layers": 2**31 - 1}, ConversionError, r"encoder\.block\.2\."),
    ("t5", {"relative_attention_num_buckets": 16}, ConversionError, "relative_attention_bias"),
    ("t5", {"layer_norm_epsilon": 3}, ConversionError, "layer_norm_epsilon"),
    ("whisper", {"num_mel_bins": 80}, ConversionError, r"encoder\.conv1\.weight"),
    ("whisper", {"max_source_positions": 10}, ConversionError, r"encoder\.embed_positions\.weight"),
    ("llama", {"hidden_act": "gelu"}, UnsupportedError, "hidden_act = 'gelu'"),
    ("llama", {"rope_scaling": {"rope_type": "linear"}}, UnsupportedError, "rope_scaling"),
    ("llama", {"rope_parameters": {"rope_type": "yarn"}}, UnsupportedError, "rope_parameters.*'yarn'"),
    ("llama", {"rope_parameters": 3}, ConversionError, "rope_parameters"),
    ("llama", {"rope_parameters": {"rope_theta": -1}}, ConversionError, "rope_theta"),
    ("llama", {"num_key_value_heads": 4}, ConversionError, "multiple of key heads"),
    ("llama", {"attention_bias": True}, ConversionError, r"q_proj\.bias"),
    ("qwen2", {"use_sliding_window": True}, UnsupportedError, "use_sliding_window"),
    ("llama", {"num_hidden_layers": 2**31 - 1}, ConversionError, "num_hidden_layers.*1,000"),
    ("qwen2", {"num_hidden_layers": 3}, ConversionError, r"layers\.2\."),
    ("gemma", {"hidden_activation": "silu"}, UnsupportedError, "hidden_activation = 'silu'"),
    ("gemma", {"model_type": "gemma2"}, UnsupportedError, "model_type 'gemma2'"),
    ("gemma3", {"layer_types": ["full_attention"]}, ConversionError, "layer_types.*3 times"),
    ("gemma3", {"sliding_window": None}, ConversionError, "sliding_window"),
    ("gemma3", {"final_logit_softcapping": 30.0}, UnsupportedError, "final_logit_softcapping"),
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, UnsupportedError, "scale_attn_by_inverse"),
    ("gpt2", {"n_inner": 21}, ConversionError, r"c_fc\.weight"),
    ("vit-image-classification", {"hidden_act": "mish"}, UnsupportedError, "hidden_act"),
    ("vit-image-classification", {"patch_size": 17}, ConversionError, "patch_size"),
    ("vit-image-classification", {"image_size": [16, "24"]}, ConversionError, "image_size"),
    ("vit-image-classification", {"image_size": 2**31 - 1}, ConversionError, "position_embeddings"),
    ("vit-image-classification", {"image_size": 16}, ConversionError, "position_embeddings"),
    ("vit-image-classification", {"num_channels": 1}, ConversionError, r"patch_embeddings\.projection"),
    ("vit-image-feature-extraction", {"pooler_act": "relu"}, UnsupportedError, "pooler_act"),
]


@pytest.mark.parametrize(
    ("name", "change", "error", "words"),
    CHANGES,
    ids=[f"{name}-{next(iter(c))}" for name, c, _, _ in CHANGES],
)
def test_a_configuration_that_does_not_fit_is_explained(
    name: str, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    config = Config(GOLDEN[name]["config"] | change)
    with pytest.raises(error, match=f"(?s){words}") as caught:
        build(config, tensors(name), head_kind(config, None), "model.safetensors")
    assert str(caught.value).startswith(("config.json", "model.safetensors"))


@pytest.mark.parametrize("name", [*SEQ2SEQ, *DECODERS, *IMAGES])
def test_every_tensor_is_missed(name: str) -> None:
    """Without any one of its tensors a model is refused, by that tensor's name."""
    config, weights = Config(GOLDEN[name]["config"]), tensors(name)
    # The last of each kind, and the optional ones: a bias of logits, a pooler, a head of its own.
    optional = ("final_logits_bias", "pooler.", "lm_head.weight", "distillation_classifier.weight")
    shown = [tensor for tensor in weights if ".0." not in tensor and not any(o in tensor for o in optional)]
    for tensor in shown[::5]:
        less = {key: value for key, value in weights.items() if key != tensor}
        with pytest.raises(ConversionError, match="lacks a tensor") as caught:
            build(config, less, head_kind(config, None), "model.safetensors")
        assert tensor.split(".")[-2] in str(caught.value) or "classifier" in tensor
