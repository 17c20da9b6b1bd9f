"""Frameworks in environments of their own, from the source to the folder: `WARDIAN_EXTRAS=1` runs these.

They install what `requirements/convert-*.txt` pins into the build's cache (some GB, once).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.interface import parse_input
from wardian_build.convert.run import Converted, converted
from wardian_build.errors import ConversionError, UnsupportedError

pytestmark = pytest.mark.skipif(not os.environ.get("WARDIAN_EXTRAS"), reason="WARDIAN_EXTRAS=1 runs it")

GOLDEN = Path(__file__).parents[2] / "golden"
NETS = GOLDEN / "torch_nets.py"

#: Fits pipelines of make_sklearn.py in the extra's own Python and pickles them.
FIT = """
import sys, joblib
sys.path.insert(0, sys.argv[1])
import make_sklearn as m
frame, levels, paid = m.table()
tables = m.tabular()
for name in ("forest", "boosted", "histogram", "logistic"):
    joblib.dump(tables[name].fit(frame, levels), f"{sys.argv[2]}/{name}.joblib", compress=name == "forest")
joblib.dump(tables["ridge"].fit(frame, paid), f"{sys.argv[2]}/ridge.joblib")
for name in ("borrowed_process", "borrowed_steps"):
    asked = paid if name in m.NUMBERS else levels
    joblib.dump(m.more()[name].fit(frame, asked), f"{sys.argv[2]}/{name}.joblib")
from sklearn.gaussian_process import GaussianProcessClassifier
joblib.dump(GaussianProcessClassifier().fit(frame[["age", "rooms"]], levels), f"{sys.argv[2]}/refused.joblib")
for name, model in m.textual().items():
    joblib.dump(model.fit(m.TEXTS, m.MOODS), f"{sys.argv[2]}/{name}.joblib")
"""


def check(source: Path, target: Path, name: str, **options: object) -> Converted:
    given = Options(trust=True, extras=(name,), dtypes=("fp32",), **options)  # type: ignore[arg-type]
    with converted(source, target, given) as done:
        assert done.comparisons["fp32 against the source"]
        print(f"\n{source.name}\n{done.report}")
    return done


@pytest.fixture(scope="module")
def pickles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pickles")
    python = extras.interpreter(extras.EXTRAS["sklearn"], folder, Options(extras=("sklearn",)))
    subprocess.run([str(python), "-c", FIT, str(GOLDEN), str(folder)], check=True)
    return folder


@pytest.mark.parametrize(
    "name", ["forest", "boosted", "histogram", "logistic", "ridge", "words", "union", "counts", "chars"]
)
def test_pickles(name: str, pickles: Path, tmp_path: Path) -> None:
    check(pickles / f"{name}.joblib", tmp_path / "out", "sklearn")


@pytest.mark.parametrize("name", ["borrowed_process", "borrowed_steps"])
def test_steps_that_skl2onnx_writes(name: str, pickles: Path, tmp_path: Path) -> None:
    done = check(pickles / f"{name}.joblib", tmp_path / "out", "sklearn")
    assert any("written by skl2onnx" in line for line in done.conversion.story)


def test_what_neither_writes_is_refused_with_both_reasons(pickles: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"only these are(?s:.*)skl2onnx has none either \(NotImpl"):
        check(pickles / "refused.joblib", tmp_path / "out", "sklearn")
    assert list(tmp_path.iterdir()) == []


def test_rows_of_the_user(pickles: Path, tmp_path: Path) -> None:
    rows = "age,income,city,rooms,owns\n30.5,,Paris,2,yes\n61,12345.67,Rome,5,\n"
    (tmp_path / "rows.csv").write_text(rows)
    done = check(pickles / "boosted.joblib", tmp_path / "out", "sklearn", data=tmp_path / "rows.csv")
    assert "on 2 rows of rows.csv" in done.conversion.reference.made_by


def test_a_cut_pickle(pickles: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.joblib").write_bytes((pickles / "ridge.joblib").read_bytes()[:700])
    with pytest.raises(ConversionError, match=r"cut\.joblib cannot be opened"):
        check(tmp_path / "cut.joblib", tmp_path / "out", "sklearn")
    assert [one.name for one in tmp_path.iterdir()] == ["cut.joblib"]


def test_modules_and_programs(tmp_path: Path) -> None:
    picture = [parse_input("pixel_values:float32:batch_size,3,height,width")]
    check(Path(f"{NETS}:picture"), tmp_path / "a", "torch", inputs=picture)
    ids = [
        parse_input(f"{name}:int64:batch_size,sequence_length") for name in ("input_ids", "attention_mask")
    ]
    check(Path(f"{NETS}:text"), tmp_path / "b", "torch", inputs=ids)
    python = extras.EXTRAS["torch"].python
    code = "import sys; sys.path.insert(0, sys.argv[1]); import torch, torch_nets as n; "
    code += "torch.export.save(n.program(), sys.argv[2])"
    subprocess.run([str(python), "-c", code, str(GOLDEN), str(tmp_path / "net.pt2")], check=True)
    done = check(tmp_path / "net.pt2", tmp_path / "c", "torch")
    assert [spec.dims for spec in done.conversion.inputs] == [("batch_size", 3, 8, 6)]
    np.savez(tmp_path / "data.npz", pixel_values=np.ones((2, 3, 5, 4), np.float32))
    check(Path(f"{NETS}:picture"), tmp_path / "d", "torch", data=tmp_path / "data.npz")
    (tmp_path / "cut.pt2").write_bytes((tmp_path / "net.pt2").read_bytes()[:-3000])
    with pytest.raises(ConversionError):
        check(tmp_path / "cut.pt2", tmp_path / "e", "torch")


@pytest.mark.parametrize(
    ("function", "words"),
    [("nothing", "gives no module"), ("broken", "ValueError: out of ferns"),
     ("absent", "no function 'absent'"), ("picture", "gives no example inputs")],
)  # fmt: skip
def test_modules_that_are_none(function: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=words):
        check(Path(f"{NETS}:{function}"), tmp_path / "out", "torch")
    assert list(tmp_path.iterdir()) == []


def test_the_wrong_python_says_what_is_missing(tmp_path: Path) -> None:
    options = Options(trust=True, python=Path(sys.executable))
    with (
        pytest.raises(ConversionError, match=r"No module named 'torch'"),
        converted(Path(f"{NETS}:picture"), tmp_path / "out", options),
    ):
        pass


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_keras_files(ending: str, tmp_path: Path) -> None:
    """A file as Keras wrote it; the outputs are those that Keras gave."""
    case = json.loads((GOLDEN / "keras.json").read_text("utf-8"))["cases"]["vectors"]
    path = tmp_path / f"net.{ending}"
    path.write_bytes(zlib.decompress(base64.b64decode(case["files"][ending])))
    arrays = {}
    for one, name in zip([*case["feeds"].values(), *case["outputs"]], ("rows", "last"), strict=True):
        array = np.frombuffer(base64.b64decode(one["data"]), one["dtype"]).reshape(one["shape"])
        arrays[name] = array
    np.savez(tmp_path / "outputs.npz", **arrays)
    check(path, tmp_path / "out", "keras", reference=tmp_path / "outputs.npz")


def test_hostile_hdf5(tmp_path: Path) -> None:
    """Links, shapes without data, cut files: refused by name, and the process is another one anyway."""
    case = json.loads((GOLDEN / "keras.json").read_text("utf-8"))["cases"]["vectors"]
    whole = zlib.decompress(base64.b64decode(case["files"]["h5"]))
    python = extras.interpreter(extras.EXTRAS["keras"], tmp_path, Options(extras=("keras",)))
    code = "import h5py, sys; f = h5py.File(sys.argv[1], 'a'); "
    changes = {
        "link": "f['model_weights/x'] = h5py.ExternalLink('/etc/passwd', '/')",
        "soft": "f['model_weights/x'] = h5py.SoftLink('/model_weights')",
        "empty": "f.create_dataset('model_weights/x', (1 << 40,), 'f4')",
        "text": "f['model_weights/x'] = 'words'",
    }
    words = {
        "link": "links to another place",
        "soft": "links to another place",
        "empty": "larger than its data",
    }
    for name, change in changes.items():
        path = tmp_path / f"{name}.h5"
        path.write_bytes(whole)
        subprocess.run([str(python), "-c", code + change, str(path)], check=True)
        with pytest.raises(ConversionError, match=rf"{name}\.h5 .*{words.get(name, 'not of numbers')}"):
            check(path, tmp_path / "out", "keras")
    for length in (20, 800, len(whole) - 2000):
        (tmp_path / "cut.h5").write_bytes(whole[:length])
        with pytest.raises(ConversionError, match=r"cut\.h5"):
            check(tmp_path / "cut.h5", tmp_path / "out", "keras")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["convolutions", "dilated", "resized", "dense", "shapes"])
def test_tflite_files(name: str, tmp_path: Path) -> None:
    case = json.loads((GOLDEN / "tflite.json").read_text("utf-8"))["cases"][name]
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(zlib.decompress(base64.b64decode(case["file"])))
    done = check(path, tmp_path / "out", "tflite")
    assert "LiteRT 2.3.0 running the source" in done.conversion.reference.made_by
