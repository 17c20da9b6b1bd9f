"""TensorFlow Lite files: what is written agrees with LiteRT; broken files are refused with their place."""

from __future__ import annotations

import base64
import json
import os
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wardian_build import paths
from wardian_build.convert.check import compare, require, run_onnx
from wardian_build.convert.conversion import Options
from wardian_build.convert.read.flatbuffer import root
from wardian_build.convert.read.tflite import TFLiteModel, read_tflite
from wardian_build.convert.read.tflite_codes import NAMES
from wardian_build.convert.run import converted
from wardian_build.convert.sources import recognise
from wardian_build.convert.tflite import Written, made_up, write
from wardian_build.convert.tflite.emit import OPERATORS
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "tflite.json").read_text("utf-8"))
CASES: dict[str, Any] = GOLDEN["cases"]
#: Single operators, in float32 on both sides; a few exponentials and roots are approximated.
TOLERANCE = 2e-6


def decoded(entry: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])


def file_of(name: str, folder: Path) -> Path:
    path = folder / f"{name}.tflite"
    path.write_bytes(zlib.decompress(base64.b64decode(CASES[name]["file"])))
    return path


@pytest.mark.parametrize("name", CASES)
def test_answers_are_litert(name: str, tmp_path: Path) -> None:
    written = write(file_of(name, tmp_path))
    feeds = dict(zip(written.inputs, map(decoded, CASES[name]["feeds"]), strict=True))
    (found,) = run_onnx(written.onnx, [feeds])
    assert len(found) == len(CASES[name]["outputs"])
    for output, entry in zip(written.outputs, CASES[name]["outputs"], strict=True):
        want = decoded(entry)
        assert want.dtype == found[output].dtype and list(want.shape) == written.outputs[output][1]
        result = compare(f"{name} {output}", [want], [found[output]])
        require([result], 1 / 127 + 1e-6 if name == "quantised" else TOLERANCE)
        if want.dtype == np.int8:
            # A step at most, where integer kernels round otherwise.
            apart = np.abs(want.astype(int) - found[output])
            print(f"{name} {output}: {(apart > 0).sum()} of {apart.size} differ by a step")
            assert apart.max() <= 1 and (apart > 0).mean() < 0.1 and len(np.unique(want)) >= 3


def test_every_operator_is_one_of_the_schema() -> None:
    assert {name for name in OPERATORS if not name.startswith("custom ")} < {*NAMES.values(), "SIGN"}


def test_without_litert_the_report_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    path = file_of("dense", tmp_path)
    assert recognise(path).format == "tflite"
    with converted(path, tmp_path / "out", Options(dtypes=("fp32",))) as done:
        assert "--extra tflite" in done.notes[0] and done.report.startswith("No reference")
    assert (tmp_path / "out" / "onnx" / "model.onnx").is_file()


def test_recorded_outputs_take_its_place(tmp_path: Path) -> None:
    path = file_of("convolutions", tmp_path)
    written, case = write(path), CASES["convolutions"]
    arrays = dict(zip(written.inputs, map(decoded, case["feeds"]), strict=True))
    arrays |= dict(zip(written.outputs, map(decoded, case["outputs"]), strict=True))
    np.savez(tmp_path / "outputs.npz", **arrays)
    with converted(
        path, tmp_path / "out", Options(reference=tmp_path / "outputs.npz", dtypes=("fp32",))
    ) as done:
        assert all(one.relative < TOLERANCE for one in done.comparisons["fp32 against the source"])


def test_cut_files_are_refused(tmp_path: Path) -> None:
    """Behind some cuts only padding is missing, so what is left may still be whole."""
    content = file_of("shapes", tmp_path).read_bytes()
    path = tmp_path / "cut.tflite"
    for length in (0, 3, 8, 40, len(content) // 3, len(content) // 2, len(content) - 200):
        path.write_bytes(content[:length])
        with pytest.raises(ConversionError, match=r"cut\.tflite"):
            write(path)


def test_a_changed_file_is_a_model_or_an_error(tmp_path: Path) -> None:
    """Any bytes anywhere: a typed error that names the file, or a graph; never a crash or a hang."""
    chance, path, errors = random.Random(5), tmp_path / "changed.tflite", 0
    for name in ("convolutions", "shapes", "dense"):
        content = file_of(name, tmp_path).read_bytes()
        for _ in range(60):
            broken = bytearray(content)
            for _ in range(3):
                at = chance.randrange(len(broken) - 4)
                broken[at : at + 4] = chance.choice([b"\xff\xff\xff\x7f", b"\0\0\0\0", chance.randbytes(4)])
            path.write_bytes(broken)
            try:
                write(path)
            except ConversionError as error:
                assert "changed.tflite" in str(error)
                errors += 1
    assert errors > 60


def test_offsets_and_vtables_out_of_the_file() -> None:
    for data, words in (
        (b"\xff\xff\xff\x7fTFL3", "byte 2147483647"),
        (b"\x08\0\0\0TFL3\xff\xff\xff\x7f", "an offset out of the file"),
        (b"\x0c\0\0\0TFL3\x01\0\0\0\x04\0\0\0", "vtable"),
        (b"\x08", "cut off"),
    ):
        with pytest.raises(ConversionError, match=words):
            root(Path("net.tflite"), data)


def test_what_has_no_form_is_listed(tmp_path: Path) -> None:
    path = file_of("elementwise", tmp_path)
    model = read_tflite(path)
    assert {one.name for one in model.operators} <= set(OPERATORS)
    content = path.read_bytes()
    # Both fields of the operator's code; 10 is HASHTABLE_LOOKUP, which has no form.
    codes = [
        one for one in root(path, content).tables(1, "code") if NAMES[one.number(3, "i")] == "HARD_SWISH"
    ]
    changed_bytes = bytearray(content)
    for one in codes:
        for field in (0, 3):
            at = one._at(field)
            assert at is not None
            changed_bytes[at] = 10
    path.write_bytes(changed_bytes)
    with pytest.raises(UnsupportedError, match=r"operator \d+ \(HASHTABLE_LOOKUP\): convert the model from"):
        write(path)


class Calls:
    """Options of an operator that call one subgraph."""

    def __init__(self, index: int) -> None:
        self.index = index

    def number(self, field: int, kind: str, default: float = 0) -> int:
        return self.index


def test_subgraphs_that_call_themselves_or_are_not_there_are_refused(tmp_path: Path) -> None:
    def attempt(change: Callable[[list[TFLiteModel]], None]) -> None:
        model = read_tflite(file_of("controlled", tmp_path))
        graphs = model.graphs
        assert isinstance(graphs, list) and len(graphs) == 7
        change(graphs)
        Written(model)

    def doubling(graphs: list[TFLiteModel]) -> None:
        """Each of 14 subgraphs runs the next one three times."""
        first = graphs[0]
        (loop,) = [one for one in first.operators if one.name == "WHILE"]
        graphs[:] = [
            *(replace(first, operators=[replace(loop, options=Calls(n + 1))] * 3) for n in range(14)),
            graphs[2],
        ]

    for change, words in (
        (lambda graphs: graphs.__delitem__(slice(2, None)), "a subgraph below 2"),
        (lambda graphs: graphs.__setitem__(4, graphs[0]), "does not call itself"),
        (lambda graphs: graphs.__setitem__(2, graphs[5]), r"its then(?s:.*)1 inputs(?s:.*)2"),
        (lambda graphs: graphs.__setitem__(1, graphs[5]), r"its condition(?s:.*)1 output"),
        (doubling, "at most 100,000 operators"),
    ):
        with pytest.raises(ConversionError, match=words):
            attempt(change)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({1: -1}, r"operator 0 \(UNIDIRECTIONAL_SEQUENCE_LSTM\) without an input gate of its own"),
        ({13: -1}, "without a bias for each gate"),
        ({9: 12}, "with peepholes"),
        ({16: 1}, "with a projection"),
        ({20: 12}, "with normalised layers"),
        ({18: 0}, "with a state that the graph computes"),
        ({2: 5}, r"operator 0 \S+, weights(?s:.*)one shape"),
        ({5: 1, 6: 1, 7: 1, 8: 1}, r"weights(?s:.*)expected 12 rows"),
        ({1: 0, 2: 0}, "weights of a gate computed by the graph"),
    ],
)
def test_other_kinds_of_lstm_are_named(changes: dict[int, int], words: str, tmp_path: Path) -> None:
    model = read_tflite(file_of("recurrent", tmp_path))
    first, *others = model.operators
    assert first.inputs[:2] == (0, 1) and len(first.inputs) == 24
    inputs = tuple(changes.get(place, number) for place, number in enumerate(first.inputs))
    with pytest.raises(ConversionError, match=words):
        Written(replace(model, operators=[replace(first, inputs=inputs), *others]))


#: The folder with the .tflite members of PyPI mediapipe 0.10.21.
MEDIAPIPE = os.environ.get("WARDIAN_MEDIAPIPE")


@pytest.mark.skipif(not MEDIAPIPE, reason="WARDIAN_MEDIAPIPE names the folder")
@pytest.mark.parametrize("name", GOLDEN["mediapipe"])
def test_real_models(name: str) -> None:
    written = write(Path(str(MEDIAPIPE)) / f"{name}.tflite")
    feeds = made_up(written)[: len(GOLDEN["mediapipe"][name])]
    for found, expected in zip(run_onnx(written.onnx, feeds), GOLDEN["mediapipe"][name], strict=True):
        for output, want in zip(written.outputs, expected, strict=True):
            values = found[output].reshape(-1)[want["places"]]
            relative = np.abs(values - want["values"]).max() / max(1.0, want["largest"])
            print(f"{name} {output}: {relative:.1e} of {want['largest']:.3g}")
            assert relative < 5e-4


@pytest.mark.skipif(not MEDIAPIPE, reason="WARDIAN_MEDIAPIPE names the folder")
def test_custom_operators_are_named() -> None:
    with pytest.raises(UnsupportedError, match="custom TransformTensorBilinear"):
        write(Path(str(MEDIAPIPE)) / "face_landmark_with_attention.tflite")
