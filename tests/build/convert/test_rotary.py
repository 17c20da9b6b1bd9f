"""Rotary positions of both forms, against cos and sin in float64."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from wardian_build import paths
from wardian_build.convert.architectures.llama_config import LlamaConfig
from wardian_build.convert.architectures.rotary import rotation
from wardian_build.convert.dtypes import derive
from wardian_build.convert.graph import GraphBuilder
from wardian_build.errors import ConversionError

WIDTH, MOST = 10, 8192
CONFIG = LlamaConfig(20, 1, 2, 1, WIDTH, 8, 16, MOST, 1e-6, 10_000.0)
PLACES = np.array([[0, 1, 63, 64, 65], [127, 128, 4095, 8190, MOST - 1]])


def graph(webgpu: bool) -> bytes:
    g = GraphBuilder("rotary", 18)
    cosine, sine = rotation(g, CONFIG, webgpu)
    dims: list[int | str] = ["batch", 1, "sequence", WIDTH]
    outputs = dict.fromkeys((cosine, sine), ("float32", dims))
    return g.build({"position_ids": ("int64", ["batch", "sequence"])}, outputs)


@pytest.mark.parametrize("webgpu", [False, True])
def test_cosines_and_sines(webgpu: bool) -> None:
    names = ["cosine", "signed_sine"]
    cosine, sine = onnxruntime.InferenceSession(graph(webgpu)).run(names, {"position_ids": PLACES})
    # transformers has the frequencies in float32, in both forms.
    exponents = np.arange(0, WIDTH, 2, dtype=np.float32) / np.float32(WIDTH)
    half = (1 / np.float32(10_000) ** exponents).astype(np.float64)
    angles = PLACES[:, None, :, None] * np.concatenate([half, half])
    signs = np.repeat([-1, 1], WIDTH // 2)
    # By tables: the rounding of four factors. By functions: that of an angle of up to 8191 rad to float32.
    bound = 3e-7 if webgpu else 2.0**-11
    assert cosine.shape == angles.shape == (2, 1, 5, WIDTH)
    assert np.abs(cosine - np.cos(angles)).max() < bound
    assert np.abs(sine - signs * np.sin(angles)).max() < bound


def test_no_form_for_webgpu_computes_cosines() -> None:
    found = {node.op_type for node in onnx.load_from_string(graph(webgpu=True)).graph.node}
    assert not found & {"Cos", "Sin"}


def test_q8_leaves_the_tables_alone(tmp_path: Path) -> None:
    path = tmp_path / "rotary.onnx"
    path.write_bytes(graph(webgpu=True))
    with pytest.raises(ConversionError, match="nothing that q8 makes smaller"):
        derive(path, "q8")


#: Prints what this processor's NumPy makes of the tables; half a second in a process of its own.
PRINT = "import test_rotary; print(test_rotary.digest())"


def digest() -> str:
    return hashlib.sha256(graph(True) + graph(False)).hexdigest()


def test_kernels_of_one_processor_change_no_bit() -> None:
    """NumPy chooses its cos and power by the processor; a card's hash must hold on every one."""
    from numpy._core import _multiarray_umath as numpy_core

    has = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name]]
    run = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=Path(__file__).parent,
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(has), "PYTHONPATH": str(paths.PY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.stderr) == (digest(), "")
