"""SavedModels through TensorFlow and tf2onnx, from the list of packages to the folder: `WARDIAN_EXTRAS=1`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.interface import parse_input
from wardian_build.convert.run import Converted, converted
from wardian_build.errors import ConversionError, UnsupportedError

pytestmark = pytest.mark.skipif(not os.environ.get("WARDIAN_EXTRAS"), reason="WARDIAN_EXTRAS=1 runs it")

NETS = Path(__file__).parents[2] / "golden" / "tensorflow_nets.py"


def check(source: Path, target: Path, **options: Any) -> Converted:
    given = Options(**{"trust": True, "extras": ("tensorflow",), "dtypes": ("fp32",), **options})
    with converted(source, target, given) as done:
        found = done.comparisons["fp32 against the source"]
        assert found and all(one.relative < 1e-6 for one in found)
        assert "TensorFlow 2.21.0 running the source" in done.conversion.reference.made_by
        print(f"\n{source.name}\n{done.report}")
    return done


@pytest.fixture(scope="module")
def python() -> Path:
    return extras.interpreter(extras.EXTRAS["tensorflow"], NETS, Options(extras=("tensorflow",)))


@pytest.fixture(scope="module")
def nets(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nets")
    subprocess.run([str(python), str(NETS), str(folder)], check=True)
    return folder


def test_convolutions_with_batch_norm(nets: Path, tmp_path: Path) -> None:
    done = check(nets / "picture", tmp_path / "a")
    (spec,) = done.conversion.inputs
    assert spec.describe() == "pixel_values: float32 (batch_size, height, width, 3)"
    shapes = [run["pixel_values"].shape for run in done.conversion.reference.inputs]
    assert shapes == [(2, 64, 48, 3), (3, 96, 80, 3)]
    fixed = check(nets / "picture", tmp_path / "b", inputs=[parse_input("pixel_values:float32:1,16,16,3")])
    assert fixed.conversion.inputs[0].dims == (1, 16, 16, 3)


def test_convolutions_in_groups_and_exact_gelu(nets: Path, tmp_path: Path) -> None:
    """tf2onnx alone refuses both: parts that XLA is to compile, and Erfc."""
    check(nets / "grouped", tmp_path / "out")


def test_an_embedding_and_a_loop(nets: Path, tmp_path: Path) -> None:
    """Also as q8, whose rows go into the loop; ids are those that the embedding has."""
    done = check(nets / "text", tmp_path / "out", dtypes=("fp32", "q8"))
    assert [spec.dims for spec in done.conversion.inputs] == [("batch_size", "sequence_length")]
    assert all(run["input_ids"].max() < 20 for run in done.conversion.reference.inputs)
    assert all(one.cosine > 0.999 for one in done.comparisons["q8 against fp32"])


def test_several_signatures_and_inputs(nets: Path, tmp_path: Path) -> None:
    done = check(Path(f"{nets / 'several'}:joined"), tmp_path / "a")
    assert {spec.name for spec in done.conversion.outputs} == {"total", "largest", "bias_twice"}
    np.savez(tmp_path / "rows.npz", rows=np.ones((4, 4)))
    done = check(Path(f"{nets / 'several'}:scored"), tmp_path / "b", data=tmp_path / "rows.npz")
    assert done.conversion.reference.inputs[0]["rows"].shape == (4, 4)


def test_the_users_own_python(python: Path, nets: Path, tmp_path: Path) -> None:
    check(Path(f"{nets / 'several'}:scored"), tmp_path / "out", python=python, extras=())


def test_what_reaches_outside_is_not_run(nets: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="operator WriteFile"):
        check(nets / "refused", tmp_path / "out")
    assert not (nets / "refused" / "written.txt").exists() and list(tmp_path.iterdir()) == []


def test_what_tf2onnx_has_no_form_of(nets: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"operator Cholesky of node \S*Cholesky: tf2onnx has no form"):
        check(Path(f"{nets / 'without_form'}:factor"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_inputs_that_do_not_fit(nets: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", rows=np.ones((4, 7)))
    words = r"does not answer to what(?s:.*)rows float32\(4, 7\)(?s:.*)Matrix size-incompatible(?s:.*)--data"
    with pytest.raises(ConversionError, match=words):
        check(Path(f"{nets / 'several'}:scored"), tmp_path / "out", data=tmp_path / "rows.npz")


@pytest.mark.parametrize(
    ("file", "place"), [("variables.index", "variables.index"), ("variables.data-00000-of-00001", "data, ")]
)
def test_variables_that_are_cut_off(file: str, place: str, nets: Path, tmp_path: Path) -> None:
    path = nets / "several" / "variables" / file
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        with pytest.raises(
            ConversionError, match=rf"has variables that cannot.*variables/.*{re.escape(place)}"
        ):
            check(Path(f"{nets / 'several'}:scored"), tmp_path / "out")
    finally:
        path.write_bytes(whole)
    assert list(tmp_path.iterdir()) == []
