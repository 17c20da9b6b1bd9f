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
from wardian_build.convert.architectures.rotary import rotate, rotation
from wardian_build.convert.dtypes import derive
from wardian_build.convert.graph import GraphBuilder, Ports
from wardian_build.errors import ConversionError

WIDTH, MOST = 10, 8192
CONFIG = LlamaConfig(20, 1, 2, 1, WIDTH, 8, 16, MOST, 1e-6, 10_000.0)
PLACES = np.array([[0, 1, 63, 64, 65], [127, 128, 4095, 8190, MOST - 1]])


HEADS = np.random.default_rng(3).uniform(-1, 1, (2, 3, 5, WIDTH)).astype(np.float32)


def graph(webgpu: bool) -> bytes:
    g = GraphBuilder("rotary", 18)
    turned = rotate(g, "all", "heads", rotation(g, CONFIG, webgpu), CONFIG, webgpu)
    heads: list[int | str] = ["batch", "heads", "sequence", WIDTH]
    inputs: Ports = {"position_ids": ("int64", ["batch", "sequence"]), "heads": ("float32", heads)}
    return g.build(inputs, {turned: ("float32", heads)})


@pytest.mark.parametrize("webgpu", [False, True])
def test_heads_are_turned(webgpu: bool) -> None:
    feeds = {"position_ids": PLACES, "heads": HEADS}
    [turned] = onnxruntime.InferenceSession(graph(webgpu)).run(None, feeds)
    # transformers has the frequencies in float32, in both forms.
    exponents = np.arange(0, WIDTH, 2, dtype=np.float32) / np.float32(WIDTH)
    half = (1 / np.float32(10_000) ** exponents).astype(np.float64)
    angles = PLACES[:, None, :, None] * half
    a, b = np.split(HEADS.astype(np.float64), 2, axis=-1)
    expected = np.concatenate(
        [a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)], axis=-1
    )
    # By tables: the rounding of four factors. By functions: that of an angle of up to 8191 rad to float32.
    bound = 6e-7 if webgpu else 2.0**-11
    assert turned.shape == (2, 3, 5, WIDTH)
    assert np.abs(turned - expected).max() < bound


def test_position_0_turns_nothing() -> None:
    """Position 0 turns nothing, and every row of a batch has positions of its own."""
    feeds = {"position_ids": np.array([[0, 7, 0, 1, 2], [3, 0, 0, 0, 9]]), "heads": HEADS}
    for webgpu in (False, True):
        [turned] = onnxruntime.InferenceSession(graph(webgpu)).run(None, feeds)
        same = np.isclose(turned, HEADS, rtol=0, atol=1e-7).all((1, 3))
        np.testing.assert_array_equal(same, feeds["position_ids"] == 0)


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
