"""Folders with an encoder and a merged decoder in ONNX, as Optimum exports them."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from golden import hf_models
from golden.merged import merged
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import Converted, converted
from wardian_build.errors import ConversionError

from .small_onnx import linear, matrix, save


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders that were converted from safetensors, to be taken as ONNX; one name each."""
    place = tmp_path_factory.mktemp("sources")
    for name in ("m2m_100", "whisper"):
        hf_models.write_folder(name, place / "hf" / name)
        with converted(place / "hf" / name, place / name, Options(dtypes=("fp32", "q8"))):
            pass
    return place


def convert(source: Path, target: Path, **options: Any) -> Converted:
    with converted(source, target, Options(**options)) as done:
        pass
    return done


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "onnx").iterdir())


@pytest.mark.parametrize("name", ["m2m_100", "whisper"])
def test_both_are_taken_as_they_are(name: str, sources: Path, tmp_path: Path) -> None:
    done = convert(sources / name, tmp_path / "made")
    assert names(tmp_path / "made") == names(sources / name)
    for path in (sources / name / "onnx").iterdir():
        assert (tmp_path / "made" / "onnx" / path.name).read_bytes() == path.read_bytes()
    parts = ("encoder_model", "decoder_model_merged")
    for part in parts:
        (found,) = done.comparisons[f"{part}: fp32 against the source"]
        assert found.max_abs == 0 and found.values > 100
        assert f"{part}: q8 against fp32" in done.comparisons
    assert list(done.conversion.parts) == list(parts)
    expected = {"m2m_100": "translation", "whisper": "automatic-speech-recognition"}
    assert done.conversion.kind == expected[name]


def test_a_dtype_that_is_not_there_is_made(sources: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(sources / "whisper", source)
    (source / "onnx" / "decoder_model_merged_quantized.onnx").unlink()
    done = convert(source, tmp_path / "made")
    assert names(tmp_path / "made") == names(sources / "whisper")
    assert set(done.conversion.dtypes) == {"fp32", "q8"}


def told_of_its_cache(path: Path) -> None:
    """As Optimum merges decoders: `use_cache_branch`; here logits are NaN where it is wrong."""
    model = onnx.load(path)
    graph = model.graph
    graph.input.append(helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1]))
    last = next(node for node in graph.node if "logits" in node.output)
    last.output[0] = "plain"
    nodes = [
        helper.make_node("Greater", ["past_length", "none"], ["cached"]),
        helper.make_node("Xor", ["cached", "use_cache_branch"], ["wrong"]),
        helper.make_node("Where", ["wrong", "nan", "plain"], ["logits"]),
    ]
    graph.node.extend(nodes)
    graph.initializer.append(helper.make_tensor("none", TensorProto.INT64, [1], [0]))
    graph.initializer.append(helper.make_tensor("nan", TensorProto.FLOAT, [], [float("nan")]))
    onnx.save(model, path)


def test_decoders_are_told_whether_there_is_a_cache(sources: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(sources / "m2m_100", source)
    told_of_its_cache(source / "onnx" / "decoder_model_merged.onnx")
    done = convert(source, tmp_path / "made", dtypes=("fp32",))
    reference = done.conversion.others["decoder_model_merged"].reference
    assert [bool(feed["use_cache_branch"][0]) for feed in reference.inputs] == [False, True]
    assert reference.outputs is not None
    assert all(np.isfinite(run["logits"]).all() for run in reference.outputs)


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("decoder_model_merged*", "an encoder without its decoder(?s:.*)Optimum"),
        ("*merged.onnx", "an encoder without its decoder"),
    ],
)
def test_an_encoder_without_its_decoder(gone: str, words: str, sources: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(sources / "whisper", source)
    if gone == "*merged.onnx":  # the decoder is q8 alone, the encoder fp32 alone
        (source / "onnx" / "encoder_model_quantized.onnx").unlink()
    for path in (source / "onnx").glob(gone):
        path.unlink()
    with pytest.raises(ConversionError, match=words):
        convert(source, tmp_path / "made")


def test_what_makes_no_sense_is_refused(sources: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="fixed names"):
        convert(sources / "whisper", tmp_path / "made", outputs=[("logits", "scores")])
    source = tmp_path / "source"
    shutil.copytree(sources / "whisper", source)
    shutil.copyfile(source / "onnx" / "decoder_model_merged.onnx", source / "onnx" / "encoder_model.onnx")
    with pytest.raises(ConversionError, match=r"encoder_model\.onnx"):
        convert(source, tmp_path / "made")
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps(config | {"num_mel_bins": "many"}))
    shutil.copyfile(
        sources / "whisper" / "onnx" / "encoder_model.onnx", source / "onnx" / "encoder_model.onnx"
    )
    convert(source, tmp_path / "made", dtypes=("fp32",))


def test_a_rounded_dtype_is_no_other_form_of_its_base(tmp_path: Path) -> None:
    """q4f16 was rounded from q4 on purpose, whatever their names have in common."""
    save(linear(), tmp_path / "source" / "onnx" / "model_q4.onnx")
    rounded = linear()
    values = np.round(matrix() * 8).astype(np.float32) / 8
    rounded.graph.initializer[0].CopyFrom(numpy_helper.from_array(values, "w"))
    save(rounded, tmp_path / "source" / "onnx" / "model_q4f16.onnx")
    (tmp_path / "source" / "config.json").write_text("{}")
    done = convert(tmp_path / "source", tmp_path / "made", dtypes=("q4", "q4f16"))
    (found,) = done.comparisons["q4f16 against q4"]
    assert found.relative > 1e-3


EXPORTS = zipfile.ZipFile(Path(hf_models.__file__).with_name("optimum_exports.zip"))


def exported(name: str, folder: Path, file: str, content: bytes) -> Path:
    """A decoder that stands alone, as Optimum exports it."""
    hf_models.write_folder(name, folder)
    (folder / "model.safetensors").unlink()
    (folder / "onnx").mkdir()
    (folder / "onnx" / file).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", ["llama", "qwen2", "qwen3", "gemma", "gemma3", "gpt2"])
def test_a_decoder_that_stands_alone(name: str, tmp_path: Path) -> None:
    """It is taken as it is, and made smaller; checked without a cache, and with one."""
    content = EXPORTS.read(f"{name}/onnx/model.onnx")
    done = convert(exported(name, tmp_path / name, "model.onnx", content), tmp_path / "made")
    assert done.conversion.kind == "text-generation" and set(done.conversion.dtypes) >= {"fp32"}
    assert (tmp_path / "made" / "onnx" / "model.onnx").read_bytes() == content
    [found] = done.comparisons["fp32 against the source"]
    assert (found.output, found.max_abs) == ("logits", 0) and found.values > 100
    *_, last = done.conversion.reference.inputs
    pasts = [value.shape[2] for key, value in last.items() if key.startswith("past_key_values")]
    assert pasts and min(pasts) > 0 and last["attention_mask"].shape[1] > last["input_ids"].shape[1]


def test_a_decoder_that_stands_alone_under_an_older_name(tmp_path: Path) -> None:
    """It gets the name of a model that is one file; which branch runs is an input."""
    content = EXPORTS.read("gpt2/onnx/model.onnx")
    source = exported("gpt2", tmp_path / "older", "decoder_model.onnx", content)
    (source / "onnx" / "decoder_model_merged.onnx").write_bytes(merged(content))
    done = convert(source, tmp_path / "made", dtypes=("fp32",))
    assert names(tmp_path / "made") == ["model.onnx"]
    assert (tmp_path / "made" / "onnx" / "model.onnx").read_bytes() == merged(content)
    assert [bool(feeds["use_cache_branch"]) for feeds in done.conversion.reference.inputs][-1]
    [found] = done.comparisons["fp32 against the source"]
    assert (found.output, found.max_abs) == ("logits", 0)
