"""Whole conversions of models that generate: recorded outputs, smaller dtypes, options, the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny_whisper

from golden import hf_models
from wardian_build import progress
from wardian_build.convert.conversion import Options
from wardian_build.convert.opset import opset_of
from wardian_build.convert.run import Converted, converted
from wardian_build.errors import CheckError, ConversionError
from wardian_build.gallery.card import card_text

from . import test_ctranslate2
from .test_generation_models import GOLDEN


def convert(name: str, place: Path, **options: Any) -> Converted:
    if not (place / "source").exists():
        hf_models.write_folder(name, place / "source")
    with converted(place / "source", place / "made", Options(**options)) as done:
        pass
    return done


def recorded(name: str, path: Path, *outputs: str, **changes: Any) -> Path:
    """What transformers computed, as a user would have recorded it."""
    entry = GOLDEN[name]
    inputs, known = hf_models.arrays(entry["inputs"]), hf_models.arrays(entry["outputs"])
    inputs.pop("position_ids", None)
    np.savez(path, **(inputs | {output: known[output] for output in outputs} | changes))
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "onnx").iterdir()}


@pytest.mark.parametrize("outputs", [("logits", "encoder_last_hidden_state"), ("logits",)])
@pytest.mark.parametrize("name", ["marian", "whisper"])
def test_recorded_outputs_are_met(name: str, outputs: tuple[str, ...], tmp_path: Path) -> None:
    reference = recorded(name, tmp_path / "outputs.npz", *outputs)
    done = convert(name, tmp_path, reference=reference, dtypes=("fp32",))
    decoder = done.comparisons["decoder_model_merged: fp32 against the source"]
    assert [one.output for one in decoder] == ["logits"]
    steps = hf_models.arrays(GOLDEN[name]["inputs"])["decoder_input_ids"].shape[1]
    logits = hf_models.arrays(GOLDEN[name]["outputs"])["logits"]
    # All tokens at once, and the later half after a cache.
    assert decoder[0].values == logits.size + logits[:, steps // 2 :].size
    assert 0 < decoder[0].relative < 1e-5
    encoder = done.comparisons.get("encoder_model: fp32 against the source")
    assert (encoder is not None) == (len(outputs) == 2)
    assert done.notes == [] and "outputs.npz, recorded by the user" in done.report


@pytest.mark.parametrize("wrong", [False, True])
def test_recorded_outputs_of_ctranslate2(wrong: bool, tmp_path: Path) -> None:
    golden = test_ctranslate2.GOLDEN["tiny"]["int16"]
    hidden = hf_models.arrays(golden["outputs"])["last_hidden_state"].copy()
    hidden[1, 3, 5] += 1e-3 * wrong
    ids = np.array([golden["prompt"]] * 2)
    recorded = {"input_features": tiny_whisper.features(), "decoder_input_ids": ids}
    np.savez(tmp_path / "outputs.npz", **recorded, encoder_last_hidden_state=hidden)
    source = test_ctranslate2.folder(tmp_path / "source", test_ctranslate2.tiny("int16"))
    options = Options(reference=tmp_path / "outputs.npz")
    if wrong:
        with (
            pytest.raises(CheckError, match=r"last_hidden_state(?s:.*)input 0 \[1, 3, 5\]"),
            converted(source, tmp_path / "made", options),
        ):
            pass
        return
    with converted(source, tmp_path / "made", options) as done:
        (found,) = done.comparisons["encoder_model: fp32 against the source"]
    assert 0 < found.relative < 1e-5 and done.notes == []


@pytest.mark.parametrize(
    ("output", "place"),
    [
        ("logits", "logits of the converted model differs.*worst at input"),
        ("encoder_last_hidden_state", "last_hidden_state of the converted model differs"),
    ],
)
def test_other_numbers_than_the_source_has_are_refused(output: str, place: str, tmp_path: Path) -> None:
    values = hf_models.arrays(GOLDEN["bart"]["outputs"])[output].copy()
    values[1, 4, 2] += 1e-3
    both = ("logits", "encoder_last_hidden_state")
    reference = recorded("bart", tmp_path / "outputs.npz", *both, **{output: values})
    with pytest.raises(CheckError, match=place):
        convert("bart", tmp_path, reference=reference)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs.npz", "source"]


def test_a_decoder_alone_has_two_forms_over_one_file(tmp_path: Path) -> None:
    entry = hf_models.arrays(GOLDEN["llama"]["inputs"])
    # The first row has no padding: places are counted from 0, as transformers does by itself.
    row = {key: entry[key][:1] for key in ("input_ids", "attention_mask")}
    logits = hf_models.arrays(GOLDEN["llama"]["outputs"])["logits"][:1]
    np.savez(tmp_path / "outputs.npz", **row, logits=logits)
    done = convert("llama", tmp_path, reference=tmp_path / "outputs.npz")
    assert set(done.comparisons) == {
        "fp32 against the source", "fp32_fold against fp32", "q8 against fp32",
    }  # fmt: skip
    assert all(rows[0].relative < 1e-5 for label, rows in done.comparisons.items() if "q8" not in label)
    made = tmp_path / "made"
    assert names(made) == {"model.onnx", "model_fold.onnx", "model.onnx_data", "model_quantized.onnx"}
    told = json.loads((made / "config.json").read_text())["transformers.js_config"]
    assert told == {"use_external_data_format": {"model.onnx": 1}}
    # One table of words, one row of each other matrix: no form has weights of its own.
    floats = sum(np.prod(shape) for shape in GOLDEN["llama"]["tensors"].values() if len(shape) == 2)
    assert (made / "onnx" / "model.onnx_data").stat().st_size < 4 * floats + 64 * 40


def test_only_what_was_asked_for_is_kept(tmp_path: Path) -> None:
    convert("llama", tmp_path / "a", dtypes=("q8",))
    assert names(tmp_path / "a" / "made") == {"model_quantized.onnx"}
    convert("whisper", tmp_path / "b", dtypes=("fp16",))
    assert names(tmp_path / "b" / "made") == {"encoder_model_fp16.onnx", "decoder_model_merged_fp16.onnx"}


def test_a_dtype_is_made_of_all_files_or_of_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder could be q8; where the decoder cannot, neither is."""
    from wardian_build.convert import run

    real = run.derive

    def derive(model: Path, dtype: str) -> bytes:
        if "decoder" in model.name:
            raise ConversionError(model.name, "has nothing that q8 makes smaller")
        return real(model, dtype)

    monkeypatch.setattr(run, "derive", derive)
    done = convert("marian", tmp_path)
    assert names(tmp_path / "made") == {"encoder_model.onnx", "decoder_model_merged.onnx"}
    assert [set(part.dtypes) for part in done.conversion.parts.values()] == [{"fp32"}, {"fp32"}]
    assert any("q8 was left out" in note for note in done.notes)


@pytest.mark.parametrize("name", ["t5", "llama"])
def test_another_opset_is_that_of_all_files(name: str, tmp_path: Path) -> None:
    convert(name, tmp_path, opset=20, dtypes=("fp32",))
    for path in (tmp_path / "made" / "onnx").glob("*.onnx"):
        assert opset_of(onnx.load(path, load_external_data=False)) == 20, path.name


@pytest.mark.parametrize("name", ["marian", "qwen2"])
def test_names_are_fixed(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="fixed names"):
        convert(name, tmp_path, outputs=[("logits", "scores")])
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"input_ids": 1, "logits": 1}, "lacks inputs(?s:.*)attention_mask, decoder_input_ids"),
        ({"input_ids": 1, "attention_mask": 1, "decoder_input_ids": 1}, "does not fit the model"),
        (
            {"input_ids": 1, "attention_mask": 1, "decoder_input_ids": 1, "logits": 1, "past": 1},
            "does not fit the model(?s:.*)past",
        ),
    ],
)
def test_recorded_files_that_do_not_fit(arrays: dict[str, int], words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "o.npz", **{name: np.ones((1, 1), np.int64) for name in arrays})
    with pytest.raises(ConversionError, match=words):
        convert("bart", tmp_path, reference=tmp_path / "o.npz")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("bart", {"decoder_input_ids": np.arange(5)}, r"\(decoder_input_ids\)(?s:.*)2 axes(?s:.*)\(5,\)"),
        ("bart", {"logits": np.ones(31)}, r"\(logits\)(?s:.*)3 axes"),
        ("bart", {"decoder_input_ids": np.zeros((3, 0), np.int64)}, r"\(decoder_input_ids\)"),
        ("bart", {"decoder_input_ids": np.full((3, 5), 31)}, "cannot be run by onnxruntime"),
        ("bart", {"encoder_last_hidden_state": np.ones((3, 7, 11))}, "cannot be run by onnxruntime"),
        ("llama", {"input_ids": np.arange(7)}, r"\(input_ids\)(?s:.*)2 axes"),
        ("llama", {"logits": np.ones((2, 31))}, r"\(logits\)(?s:.*)3 axes"),
    ],
)
def test_recorded_arrays_of_another_form(
    name: str, changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    reference = recorded(name, tmp_path / "o.npz", "logits", **changes)
    with pytest.raises(ConversionError, match=words):
        convert(name, tmp_path, reference=reference)
    assert not (tmp_path / "made").exists()


def test_the_card_tells_of_all_files(tmp_path: Path) -> None:
    hf_models.write_folder("whisper", tmp_path / "source")
    with converted(tmp_path / "source", tmp_path / "speech", Options()) as done:
        text = card_text(done, "speech", "automatic-speech-recognition", "MIT", "Speech")
    assert "parts:\n  decoder_model_merged:\n    fp32: onnx/decoder_model_merged.onnx\n" in text
    assert "| input of `encoder_model` | `input_features`: float32 (batch_size, 7, 18) |" in text
    assert "`past_key_values.0.encoder.key`" in text and "past_key_values.1" not in text
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "speech" / "onnx").iterdir()}
    whole = sum(size for name, size in sizes.items() if "quantized" not in name)
    assert len(sizes) == 4 and f"| size | fp32 {progress.human(whole)}, q8 " in text
