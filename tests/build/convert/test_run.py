"""Whole conversions: from a folder or file to a checked model folder."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic

from golden import hf_models
from wardian_build import cli
from wardian_build.convert.conversion import Options
from wardian_build.convert.interface import parse_input, parse_output
from wardian_build.convert.opset import opset_of
from wardian_build.convert.run import converted
from wardian_build.errors import CheckError, ConversionError, UnsupportedError

from .small_onnx import external, linear, matrix, model, node, save, value
from .test_torch_pickle import tensor, write

GOLDEN = json.loads(hf_models.GOLDEN.read_text("utf-8"))["models"]


def convert(source: Path, target: Path, **options: Any) -> Any:
    with converted(source, target, Options(**options)) as done:
        pass
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted text classifier, fp32 and q8."""
    place = tmp_path_factory.mktemp("classifier")
    hf_models.write_folder("bert-classifier", place / "source")
    (place / "source" / "README.md").write_text("---\nlicense: mit\n---\n")
    convert(place / "source", place / "made")
    return place / "made"


def reference(name: str, path: Path, **changes: Any) -> Path:
    """What transformers recorded, as a user would have."""
    entry = GOLDEN[name]
    np.savez(path, **(hf_models.arrays(entry["inputs"]) | hf_models.arrays(entry["outputs"]) | changes))
    return path


@pytest.mark.parametrize(
    "name", ["bert-fill-mask", "distilbert-question-answering", "roberta-token-classification"]
)
def test_recorded_outputs_of_transformers_are_met(name: str, tmp_path: Path) -> None:
    hf_models.write_folder(name, tmp_path / "source")
    recorded = reference(name, tmp_path / "outputs.npz")
    done = convert(tmp_path / "source", tmp_path / "made", reference=recorded)
    assert {one.output for one in done.comparisons["fp32 against the source"]} == set(GOLDEN[name]["outputs"])
    assert all(0 < one.relative < 1e-5 for one in done.comparisons["fp32 against the source"])
    assert done.notes == [] and "outputs.npz, recorded by the user" in done.report
    assert done.conversion.kind == name.partition("-")[2]


def test_other_numbers_than_the_source_has_are_refused(tmp_path: Path) -> None:
    name = "bert-token-classification"
    hf_models.write_folder(name, tmp_path / "source")
    logits = hf_models.arrays(GOLDEN[name]["outputs"])["logits"].copy()
    logits[1, 4, 2] += 1e-3
    recorded = reference(name, tmp_path / "outputs.npz", logits=logits)
    with pytest.raises(CheckError, match=r"logits of the converted model differs.*input 0 \[1, 4, 2\]"):
        convert(tmp_path / "source", tmp_path / "made", reference=recorded)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs.npz", "source"]


def test_weights_in_several_files_give_the_same_model(folder: Path, tmp_path: Path) -> None:
    entry = hf_models.write_folder("bert-classifier", tmp_path / "source")
    (tmp_path / "source" / "model.safetensors").unlink()
    names = sorted(entry["tensors"])
    places = {name: f"model-{1 + index % 3:05}-of-00003.safetensors" for index, name in enumerate(names)}
    for file in set(places.values()):
        header = {name: ["F32", entry["tensors"][name]] for name in names if places[name] == file}
        (tmp_path / "source" / file).write_bytes(hf_models.safetensors(header))
    index = json.dumps({"metadata": {}, "weight_map": places})
    (tmp_path / "source" / "model.safetensors.index.json").write_text(index)
    convert(tmp_path / "source", tmp_path / "made", dtypes=("fp32",))
    made = (tmp_path / "made" / "onnx" / "model.onnx").read_bytes()
    assert made == (folder / "onnx" / "model.onnx").read_bytes()


def test_weights_of_pytorch_give_the_same_model(folder: Path, tmp_path: Path) -> None:
    entry = hf_models.write_folder("bert-classifier", tmp_path / "source")
    (tmp_path / "source" / "model.safetensors").unlink()
    arrays = {name: hf_models.weights(name, tuple(shape)) for name, shape in entry["tensors"].items()}
    keys = {name: str(index) for index, name in enumerate(arrays)}
    state = {
        name: tensor("FloatStorage", keys[name], 0, array.shape, tuple(n // 4 for n in array.strides))
        for name, array in arrays.items()
    }
    storages = {keys[name]: array for name, array in arrays.items()}
    write(tmp_path / "source" / "pytorch_model.bin", state, storages)
    convert(tmp_path / "source", tmp_path / "made", dtypes=("fp32",))
    made = (tmp_path / "made" / "onnx" / "model.onnx").read_bytes()
    assert made == (folder / "onnx" / "model.onnx").read_bytes()


def test_a_folder_of_hugging_faces_cache(tmp_path: Path) -> None:
    """Every file there is a link into one folder of blobs."""
    path = external(tmp_path / "blobs", "model.onnx_data")
    path.rename(tmp_path / "blobs" / "aaaa")
    (tmp_path / "blobs" / "bbbb").write_bytes(matrix().tobytes())
    (tmp_path / "snapshot" / "onnx").mkdir(parents=True)
    (tmp_path / "snapshot" / "onnx" / "model.onnx").symlink_to(tmp_path / "blobs" / "aaaa")
    (tmp_path / "snapshot" / "onnx" / "model.onnx_data").symlink_to(tmp_path / "blobs" / "bbbb")
    done = convert(tmp_path / "snapshot", tmp_path / "made", dtypes=("fp32",))
    assert done.comparisons["fp32 against the source"][0].max_abs == 0
    written = tmp_path / "made" / "onnx" / "model.onnx_data"
    assert written.read_bytes() == matrix().tobytes() and not written.is_symlink()


def test_without_a_reference_it_says_so(folder: Path, tmp_path: Path) -> None:
    hf_models.write_folder("bert-classifier", tmp_path / "source")
    done = convert(tmp_path / "source", tmp_path / "made")
    assert done.report.startswith("No reference: the numbers of the fp32 model are not compared")
    assert list(done.comparisons) == ["q8 against fp32"] and "--reference outputs.npz" in done.notes[0]
    # The same source gives the same bytes.
    for path in ("onnx/model.onnx", "onnx/model_quantized.onnx"):
        assert (tmp_path / "made" / path).read_bytes() == (folder / path).read_bytes()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"input_ids": np.zeros((1, 2), np.int64)}, r"lacks inputs(?s:.*)attention_mask"),
        ({"logits": None}, "does not fit the model"),
        ({"hidden": np.zeros(3)}, "does not fit the model(?s:.*)hidden"),
        (b"no zip", "not a file of recorded arrays"),
        ({"logits": np.array([object()])}, "not a file of recorded arrays"),
    ],
)
def test_a_reference_that_does_not_fit_is_explained(arrays: Any, words: str, tmp_path: Path) -> None:
    name = "bert-token-classification"
    hf_models.write_folder(name, tmp_path / "source")
    path = tmp_path / "outputs.npz"
    if isinstance(arrays, bytes):
        path.write_bytes(arrays)
    else:
        entry = GOLDEN[name]
        given = hf_models.arrays(entry["inputs"]) | hf_models.arrays(entry["outputs"]) | arrays
        if list(arrays) == ["input_ids"]:
            given = arrays
        np.savez(path, **{key: array for key, array in given.items() if array is not None})
    with pytest.raises(ConversionError, match=words):
        convert(tmp_path / "source", tmp_path / "made", reference=path)
    assert not (tmp_path / "made").exists()


def test_ready_onnx_is_taken_as_it_is(folder: Path, tmp_path: Path) -> None:
    done = convert(folder, tmp_path / "made")
    assert "native onnxruntime running the source, on 8 texts" in done.report
    assert done.comparisons["fp32 against the source"][0].max_abs == 0
    assert done.conversion.kind == "text-classification" and done.conversion.default_dtype == "q8"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            assert (tmp_path / "made" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_q8_is_what_onnxruntime_quantizes(folder: Path, tmp_path: Path) -> None:
    quantize_dynamic(
        folder / "onnx" / "model.onnx",
        tmp_path / "q8.onnx",
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    assert onnx.load(tmp_path / "q8.onnx") == onnx.load(folder / "onnx" / "model_quantized.onnx")


def test_half_precision(folder: Path, tmp_path: Path) -> None:
    done = convert(folder, tmp_path / "made", dtypes=("fp16",))
    found = done.comparisons["fp16 against fp32"][0]
    # Half precision has 11 bits: 5e-4 relative an operation, through some dozens of them.
    assert 0 < found.relative < 5e-3 and found.top1 == 1.0
    names = sorted(path.name for path in (tmp_path / "made" / "onnx").iterdir())
    assert names == ["model_fp16.onnx"] and list(done.conversion.dtypes) == ["fp16"]
    weights = onnx.load(tmp_path / "made" / "onnx" / "model_fp16.onnx").graph.initializer
    assert sum(len(tensor.raw_data) for tensor in weights if tensor.data_type == 1) == 0


def test_weights_beside_an_onnx_file_come_along(tmp_path: Path) -> None:
    path = external(tmp_path / "source", "weights.bin")
    (path.parent / "weights.bin").write_bytes(matrix().tobytes())
    done = convert(path, tmp_path / "made", dtypes=("fp32",))
    assert (tmp_path / "made" / "onnx" / "weights.bin").read_bytes() == matrix().tobytes()
    assert done.comparisons["fp32 against the source"][0].max_abs == 0
    assert done.conversion.kind == ""


def dims_of(path: Path) -> dict[str, list[int | str]]:
    graph = onnx.load(path).graph
    return {
        one.name: [dim.dim_param or dim.dim_value for dim in one.type.tensor_type.shape.dim]
        for one in (*graph.input, *graph.output)
    }


def test_dimensions_get_the_usual_names(tmp_path: Path) -> None:
    ids = [value(name, "N", "unk__7", kind=7) for name in ("input_ids", "attention_mask")]
    nodes = [node("Mul", "input_ids attention_mask", "product"), node("Cast", "product", "logits", to=1)]
    save(model(nodes, ids, [value("logits", "N", "unk__7")]), tmp_path / "text.onnx")
    convert(tmp_path / "text.onnx", tmp_path / "text", dtypes=("fp32",))
    usual = ["batch_size", "sequence_length"]
    assert dims_of(tmp_path / "text" / "onnx" / "model.onnx") == dict.fromkeys(
        ("input_ids", "attention_mask", "logits"), usual
    )
    # Without a name at all; what is no text keeps its own.
    nodes = [node("Relu", "pixel_values", "y")]
    picture = model(nodes, [value("pixel_values", None, 3, "rows")], [value("y", None, 3, "rows")])
    save(picture, tmp_path / "picture.onnx")
    convert(tmp_path / "picture.onnx", tmp_path / "picture", dtypes=("fp32",))
    assert dims_of(tmp_path / "picture" / "onnx" / "model.onnx")["pixel_values"] == ["batch_size", 3, "rows"]


def test_names_of_the_users_choice(tmp_path: Path) -> None:
    save(linear(), tmp_path / "net.onnx")
    done = convert(
        tmp_path / "net.onnx",
        tmp_path / "made",
        inputs=[parse_input("x=features:float32:rows,3")],
        outputs=[parse_output("y=scores")],
        opset=18,
    )
    made = tmp_path / "made" / "onnx" / "model.onnx"
    assert dims_of(made) == {"features": ["rows", 3], "scores": ["rows", 4]}
    assert opset_of(onnx.load(made)) == 18
    assert done.comparisons["fp32 against the source"][0].output == "scores"
    convert(
        tmp_path / "net.onnx", tmp_path / "fixed", inputs=[parse_input("x:float32:5,3")], dtypes=("fp32",)
    )
    assert dims_of(tmp_path / "fixed" / "onnx" / "model.onnx") == {"x": [5, 3], "y": [5, 4]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inputs": ["z:float32:n,3"]}, r"no such input(?s:.*)one of x"),
        ({"inputs": ["x:int64:n,3"]}, r"another input(?s:.*)x: int64 \(n, 3\)(?s:.*)x: float32"),
        ({"inputs": ["x:float32:n"]}, "another input"),
        ({"inputs": ["x:float32:n,4"]}, "another input"),
        ({"inputs": ["x=product:float32:n,3"]}, "of that name already"),
        ({"outputs": ["z=logits"]}, r"no such output(?s:.*)one of y"),
        ({"opset": 7}, r"--opset 7(?s:.*)13 to"),
        ({"opset": 999}, r"--opset 999"),
        ({"dtypes": ("fp64",)}, r"--dtype fp64 is not known"),
        ({"dtypes": ("fp32", "q4")}, r"dtype 'q4'"),
    ],
)
def test_options_that_do_not_fit_are_explained(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    save(linear(), tmp_path / "net.onnx")
    given = options | {
        "inputs": [parse_input(text) for text in options.get("inputs", ())],
        "outputs": [parse_output(text) for text in options.get("outputs", ())],
    }
    with pytest.raises((ConversionError, UnsupportedError), match=words):
        convert(tmp_path / "net.onnx", tmp_path / "made", **given)
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("text", ["x", "x:float32", "x:float33:n", "x:float32:a b"])
def test_an_input_that_is_not_understood(text: str) -> None:
    with pytest.raises(ConversionError, match=r"is not understood(?s:.*)expected"):
        parse_input(text)


def test_a_model_that_q8_does_not_shrink_is_kept_as_it_is(tmp_path: Path) -> None:
    save(model([node("Relu", "x", "y")], outputs=[value("y", "n", 3)]), tmp_path / "net.onnx")
    done = convert(tmp_path / "net.onnx", tmp_path / "made")
    assert list(done.conversion.dtypes) == ["fp32"] and "nothing that q8 makes smaller" in done.notes[0]
    with pytest.raises(ConversionError, match="nothing that q8 makes smaller"):
        convert(tmp_path / "net.onnx", tmp_path / "again", dtypes=("q8", "fp32"))


def test_texts_as_tensors(tmp_path: Path) -> None:
    """As of a scikit-learn pipeline: strings in, a string and a number out."""
    text = TensorProto.STRING
    nodes = [
        node("Identity", "text", "label"),
        node("Shape", "text", "size"),
        node("Cast", "size", "count", to=TensorProto.FLOAT),
    ]
    outputs = [value("label", "n", kind=text), value("count", 1)]
    save(model(nodes, [value("text", "n", kind=text)], outputs), tmp_path / "net.onnx")
    done = convert(tmp_path / "net.onnx", tmp_path / "made", dtypes=("fp32",))
    assert [one.max_abs for one in done.comparisons["fp32 against the source"]] == [0, 0]
    np.savez(tmp_path / "r.npz", text=np.array(["a", "b"]), label=np.array(["a", "c"]))
    with pytest.raises(CheckError, match="label of the converted model differs"):
        convert(tmp_path / "net.onnx", tmp_path / "again", dtypes=("fp32",), reference=tmp_path / "r.npz")


def test_a_dtype_that_cannot_be_made_of_the_source(folder: Path, tmp_path: Path) -> None:
    q8 = folder / "onnx" / "model_quantized.onnx"
    assert list(convert(q8, tmp_path / "made").conversion.dtypes) == ["q8"]
    with pytest.raises(ConversionError, match=r"--dtype fp16 cannot be made(?s:.*)some of q8"):
        convert(q8, tmp_path / "again", dtypes=("fp16",))


def test_the_command_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["convert", str(folder), "--out", str(tmp_path / "made"), "--dtype", "fp32"]
    assert cli.main(words) == 0
    said = capsys.readouterr()
    assert "| fp32 against the source | logits | 48 | 0 | 0 | 1.0000000 | 100.00 % |" in said.out
    assert (tmp_path / "made" / "onnx" / "model.onnx").is_file()
    assert cli.main(words) == 1
    assert "exists already" in capsys.readouterr().err
    assert cli.main(["convert", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_a_target_that_exists_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    with pytest.raises(ConversionError, match="exists already"):
        convert(folder, tmp_path / "made")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["mine.txt"]


def test_a_disk_that_fills_while_a_dtype_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "model_quantized.onnx":
            real(path, content[:100])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, content)

    hf_models.write_folder("bert-classifier", tmp_path / "source")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConversionError, match=r"model_quantized\.onnx cannot be written: the disk is full"):
        convert(tmp_path / "source", tmp_path / "made", dtypes=("q8",))
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tokenizer.json": b"{"}, r"tokenizer\.json cannot be used"),
        ({"config.json": b'{"model_type": "bert",'}, r"config\.json is not JSON \(line 1"),
        ({"config.json": b"[]"}, r"config\.json has the wrong form"),
        ({"model.safetensors": b"\x10\0\0\0\0\0\0\0{}"}, r"cut off"),
    ],
)
def test_broken_folders_name_the_file(change: dict[str, bytes], words: str, tmp_path: Path) -> None:
    hf_models.write_folder("bert-classifier", tmp_path / "source")
    for name, content in change.items():
        (tmp_path / "source" / name).write_bytes(content)
    with pytest.raises(ConversionError, match=words):
        convert(tmp_path / "source", tmp_path / "made")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    hf_models.write_folder("bert-text-classification", tmp_path / "source")
    (tmp_path / "source" / "tokenizer.json").write_text(json.dumps(hf_models.tokenizer("wordpiece")))
    with pytest.raises(ConversionError, match=r"does not fit the model(?s:.*)vocab_size = 31"):
        convert(tmp_path / "source", tmp_path / "made")
