"""The contract against the mock: the models of the suite as Python functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from session.contract import CHECKS, MODELS, Check
from support import run
from wardian.errors import ModelError
from wardian.session import Session
from wardian.session.mock import MockSession
from wardian.types import TensorSpec

Specs = list[TensorSpec]
Arrays = dict[str, np.ndarray[Any, Any]]


def spec(name: str, dtype: str, *dims: int | str) -> TensorSpec:
    return TensorSpec(name, dtype, dims)


def cache(feeds: Arrays) -> Arrays:
    present = np.concatenate([feeds["past.0"], feeds["x"]], axis=1)
    return {"present.0": present, "total": present.sum(axis=1, keepdims=True)}


def six_only(feeds: Arrays) -> Arrays:
    if feeds["x"].size != 6:
        raise ModelError("The model failed while it ran.", received="no six elements")
    return {"y": feeds["x"].reshape(2, 3)}


def arithmetic(feeds: Arrays) -> Arrays:
    return {"sum": feeds["a"] + feeds["b"], "difference": feeds["a"] - feeds["b"]}


F32 = "float32"
MOCKS: dict[str, tuple[Specs, Specs, Any]] = {
    f"identity_{dtype}": (
        [spec("x", dtype, "rows", 3)],
        [spec("y", dtype, "rows", 3)],
        lambda f: {"y": f["x"]},
    )
    for dtype in ("float32", "float16", "float64", "int64", "int32", "uint8", "bool")
} | {
    "scalar": ([spec("x", F32)], [spec("y", F32)], lambda f: {"y": -f["x"]}),
    "arithmetic": (
        [spec("a", F32, "n", 2), spec("b", F32, "n", 2)],
        [spec("sum", F32, "n", 2), spec("difference", F32, "n", 2)],
        arithmetic,
    ),
    "fixed": (
        [spec("image", F32, 1, 2, 3, 4)],
        [spec("mean", F32, 1, 2, 1, 1)],
        lambda f: {"mean": f["image"].mean(axis=(2, 3), keepdims=True)},
    ),
    "cache": (
        [spec("x", F32, 1, "new", 2), spec("past.0", F32, 1, "past", 2)],
        [spec("total", F32, 1, 1, 2), spec("present.0", F32, 1, "all", 2)],
        cache,
    ),
    "six_only": ([spec("x", F32, "n")], [spec("y", F32, 2, 3)], six_only),
}

BY_CONTENT = {path.read_bytes(): path.stem for path in MODELS.glob("*.onnx")}


async def open_mock(model: bytes) -> Session:
    if model not in BY_CONTENT:
        raise ModelError("The file is not an ONNX model that can be run.")
    inputs, outputs, function = MOCKS[BY_CONTENT[model]]
    return MockSession(inputs, outputs, function)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_mock(check: Check) -> None:
    run(check(open_mock))
