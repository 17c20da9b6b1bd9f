"""SavedModels without TensorFlow: what it and tf2onnx answered, recorded, goes through the converter."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from wardian_build import paths
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.extras import Answer
from wardian_build.convert.interface import parse_input, parse_output
from wardian_build.convert.read.saved_model import read_saved_model
from wardian_build.convert.run import converted
from wardian_build.convert.sources import recognise
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "tensorflow.json").read_text("utf-8"))
TRUSTED = Options(trust=True, dtypes=("fp32",))


def unpacked(files: Mapping[str, str], folder: Path) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zlib.decompress(base64.b64decode(content)))
    return folder


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the nets lie; nothing is installed."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    for name, files in GOLDEN["nets"].items():
        unpacked(files, tmp_path / "nets" / name)
    return tmp_path / "nets"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """In place of TensorFlow, what it answered; `changed` is put into the answer."""
    changed: dict[str, Any] = {}

    @contextmanager
    def run_script(
        python: Path, script: str, source: Path, request: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> Iterator[Answer]:
        case = next(
            case
            for case in GOLDEN["cases"].values()
            if case["request"] | {"made_up": request["made_up"]} == request
            and case["source"].partition(":")[0] == source.name
        )
        assert script == "tensorflow_export"
        unpacked(case["files"], tmp_path / "nets" / "answer")
        (tmp_path / "nets" / "answer" / "given.npz").write_bytes(files["feeds.npz"])
        yield Answer(case["answer"] | changed, tmp_path / "nets" / "answer")

    monkeypatch.setattr(extras, "interpreter", lambda *_: tmp_path / "python")
    monkeypatch.setattr(extras, "run_script", run_script)
    return changed


def refusal(source: Path, target: Path, options: Options = TRUSTED) -> str:
    """What is said; nothing is left behind."""
    before = sorted(target.parent.iterdir())
    with pytest.raises(ConversionError) as caught, converted(source, target, options):
        pass
    assert sorted(target.parent.iterdir()) == before
    return str(caught.value)


@pytest.mark.parametrize("name", GOLDEN["cases"])
def test_exports_agree_with_tensorflow(
    name: str, recorded: dict[str, Any], net: Path, tmp_path: Path
) -> None:
    case = GOLDEN["cases"][name]
    inputs = [parse_input(one) for one in case["inputs"]]
    options = Options(trust=True, inputs=inputs, dtypes=("fp32",))
    with converted(net / case["source"], tmp_path / "out", options) as done:
        found = done.comparisons["fp32 against the source"]
        assert all(one.relative < 1e-6 and one.values > 0 for one in found)
        made = done.conversion
        assert made.reference.made_by.startswith("TensorFlow 2.21.0 running the source")
        # Two runs, of which no open dimension is as long as in the other one.
        assert len(made.reference.inputs) == 2
        dims = {spec.name: spec.dims for spec in (*made.inputs, *made.outputs)}
        story = " ".join(made.story)
    expected: dict[str, dict[str, tuple[int | str, ...]]] = {
        "picture": {"pixel_values": ("batch_size", 9, 6, 3), "output_0": ("batch_size", 4)},
        "text": {"input_ids": ("batch_size", "sequence_length"), "output_0": ("batch_size", 3)},
        "joined": {
            "rows": ("batch_size", 4), "bias": (3,), "idle": ("batch_size", 2),
            "total": ("batch_size", 3), "largest": ("batch_size",), "bias_twice": (3,),
        },
        "scored": {"features": ("count", 4), "scores": ("count", 3)},
    }  # fmt: skip
    assert dims == expected[name]
    assert "tf2onnx 1.17.0 and TensorFlow 2.21.0" in story
    content = (tmp_path / "out" / "onnx" / "model.onnx").read_bytes()
    assert b"converted from" not in content and str(tmp_path).encode() not in content


def test_names_and_opset_of_the_command_line(recorded: Any, net: Path, tmp_path: Path) -> None:
    inputs = [parse_input("rows=features:float32:batch_size,4")]
    options = Options(
        trust=True, inputs=inputs, outputs=[parse_output("scores=logits")], opset=20, dtypes=("fp32",)
    )
    with converted(net / "several:scored", tmp_path / "out", options) as done:
        assert [spec.name for spec in (*done.conversion.inputs, *done.conversion.outputs)] == [
            "features",
            "logits",
        ]
        assert done.comparisons["fp32 against the source"][0].output == "logits"


def test_arrays_of_the_user(recorded: Any, net: Path, tmp_path: Path) -> None:
    """They reach TensorFlow by the signature's names, in its types."""
    np.savez(tmp_path / "data.npz", features=np.ones((2, 4)))
    inputs = (parse_input("rows=features:float32:batch_size,4"),)
    options = Options(trust=True, dtypes=("fp32",), data=tmp_path / "data.npz", inputs=inputs)
    with converted(net / "several:scored", tmp_path / "out", options) as done:
        assert "on data.npz" in done.conversion.reference.made_by
    with np.load(tmp_path / "nets" / "answer" / "given.npz") as file:
        assert {name: (file[name].dtype.name, file[name].shape) for name in file.files} == {
            "0:rows": ("float32", (2, 4))
        }
    np.savez(tmp_path / "data.npz", other=np.ones(3))
    said = refusal(net / "several:scored", tmp_path / "again", options)
    assert re.search(r"data\.npz lacks inputs(?s:.*)features(?s:.*)other", said)
    (tmp_path / "data.npz").write_bytes(b"no arrays")
    assert "is not a file of arrays" in refusal(net / "several:scored", tmp_path / "again", options)


def test_operators_without_a_form_are_listed(recorded: dict[str, Any], net: Path, tmp_path: Path) -> None:
    recorded["unsupported"] = [["dense/Cholesky", "Cholesky", ""], ["dense/Odd", "", "ValueError: too odd"]]
    with (
        pytest.raises(UnsupportedError, match=r"operator Cholesky of node dense/Cholesky: tf2onnx") as caught,
        converted(net / "several:scored", tmp_path / "out", TRUSTED),
    ):
        pass
    assert caught.value.items[1] == ("node dense/Odd", "ValueError: too odd")


def test_what_is_a_saved_model(net: Path) -> None:
    for path in (net / "text", net / "text" / "saved_model.pb", Path(f"{net / 'text'}:serve")):
        found = recognise(path)
        assert (found.format, found.model) == ("tensorflow", net / "text" / "saved_model.pb")
        assert found.folder == net / "text"
    with pytest.raises(ConversionError, match="does not exist"):
        recognise(Path(f"{net}:serve"))
    # Configuration beside it is no Hugging Face model; weights are.
    (net / "text" / "config.json").write_text("{}")
    assert recognise(net / "text").format == "tensorflow"


def test_signatures(net: Path, tmp_path: Path) -> None:
    """The usual one, the only one, the one that is named; else they are told."""
    model = read_saved_model(net / "several" / "saved_model.pb")
    assert list(model.signatures) == ["joined", "scored"] and model.version == "2.21.0"
    described = [spec.describe() for spec in model.signatures["joined"].inputs]
    assert described == ["bias: float32 (3)", "idle: float32 (?, 2)", "rows: float32 (?, 4)"]
    assert set(model.signatures["joined"].outputs) == {"bias_twice", "largest", "total"}
    said = refusal(net / "several", tmp_path / "out")
    assert re.search(r"has several signatures(?s:.*)FOLDER:SIGNATURE(?s:.*)joined, scored", said)
    said = refusal(Path(f"{net / 'several'}:third"), tmp_path / "out")
    assert re.search(r"has no such signature(?s:.*)joined, scored(?s:.*)'third'", said)


def test_what_cannot_be_given_is_refused_before_anything_is_fetched(net: Path, tmp_path: Path) -> None:
    said = refusal(net / "without_form:words", tmp_path / "out")
    assert "input words of string: save a signature that takes numbers" in said
    said = refusal(net / "without_form:anything", tmp_path / "out")
    assert "input rows without a number of dimensions: save it with tf.TensorSpec" in said
    wrong = Options(trust=True, inputs=[parse_input("pixel_values:float32:1,9,6,4")])
    assert "has another input than --input says" in refusal(net / "picture", tmp_path / "out", wrong)
    given = Options(trust=True, reference=tmp_path / "outputs.npz")
    assert "is run itself" in refusal(net / "picture", tmp_path / "out", given)


def test_what_reaches_outside_is_refused_trusted_or_not(net: Path, tmp_path: Path) -> None:
    for options in (TRUSTED, Options()):
        said = refusal(net / "refused", tmp_path / "out", options)
        assert re.search(r"operator WriteFile of node WriteFile in __inference\w+: it reaches files", said)


def test_trust_and_tensorflow_are_asked_for(net: Path, tmp_path: Path) -> None:
    said = refusal(net / "text", tmp_path / "out", Options())
    assert "is a program of TensorFlow's operators" in said and "Nothing of it was run" in said
    said = refusal(net / "text", tmp_path / "out")
    assert "TensorFlow and tf2onnx, not installed here: `--extra tensorflow`" in said
    assert "about 1.6 GB on disk" in said


def test_folders_that_are_not_whole(net: Path, tmp_path: Path) -> None:
    folder = net / "text"
    whole = (folder / "saved_model.pb").read_bytes()
    for length in (0, 1, 2, 100, len(whole) // 2, len(whole) - 1):
        (folder / "saved_model.pb").write_bytes(whole[:length])
        assert "saved_model.pb is cut off or no SavedModel" in refusal(folder, tmp_path / "out")
    (folder / "saved_model.pb").write_bytes(whole)
    (folder / "variables" / "variables.data-00000-of-00001").unlink()
    said = refusal(folder, tmp_path / "out")
    assert re.search(r"lacks a file of its variables(?s:.*)variables\.data-00000-of-00001", said)
    (folder / "variables" / "variables.index").unlink()
    assert "lacks its variables" in refusal(folder, tmp_path / "out")


def test_graphs_without_a_tag_or_a_signature(net: Path, tmp_path: Path) -> None:
    path = net / "several" / "saved_model.pb"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x22\x05serve", b"\x22\x05train"))
    assert re.search(r"no graph to be asked(?s:.*)received train", refusal(path.parent, tmp_path / "out"))
    path.write_bytes(content.replace(b"joined", b"_oined").replace(b"scored", b"_cored"))
    said = refusal(path.parent, tmp_path / "out")
    assert "has no signature" in said and "model.export(folder)" in said


def test_the_export_is_looked_at_like_any_file(recorded: Any, net: Path, tmp_path: Path) -> None:
    """What comes back from the other process is an ONNX file that nobody vouches for."""
    case = GOLDEN["cases"]["scored"]
    broken = helper.make_model(helper.make_graph([], "empty", [], []))
    content = base64.b64encode(zlib.compress(broken.SerializeToString())).decode()
    kept, case["files"]["model.onnx"] = case["files"]["model.onnx"], content
    try:
        assert "is cut off or no ONNX file" in refusal(net / "several:scored", tmp_path / "out")
    finally:
        case["files"]["model.onnx"] = kept
