"""The reader of safetensors: what it reads, and that it trusts nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden import hf_models
from wardian_build.convert.read.safetensors import INDEX, open_safetensors, read_safetensors
from wardian_build.errors import ConversionError, UnsupportedError

HEADER = {"a": ["F32", [2, 3]], "b": ["F32", [0, 4]], "c": ["I64", [5]]}


def test_tensors_come_back_as_they_were_written() -> None:
    values: dict[str, Any] = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.zeros((0, 4), np.float32),
        "c": np.arange(5) - 2**40,
    }
    read = read_safetensors(hf_models.safetensors(HEADER, values))
    assert list(read) == list(values) and len(read) == 3
    for name, value in values.items():
        np.testing.assert_array_equal(read[name], value)
        assert read[name].shape == value.shape and read[name].dtype == value.dtype
        with pytest.raises(ValueError, match="read-only"):
            read[name][...] = 0


def test_bfloat16_is_read_as_float32() -> None:
    """Bit patterns from the format's definition: 1, -2, the largest, the smallest normal, infinity."""
    bits = np.array([0x3F80, 0xC000, 0x7F7F, 0x0080, 0x7F80], "<u2")
    header = b'{"x":{"dtype":"BF16","shape":[5],"data_offsets":[0,10]}}'
    read = read_safetensors(len(header).to_bytes(8, "little") + header + bits.tobytes())["x"]
    expected = np.float32([1, -2, (2 - 2**-7) * 2.0**127, 2.0**-126, np.inf])
    assert read.dtype == np.float32 and read.tolist() == expected.tolist()


def file(entries: Any, body: bytes = b"\0" * 24) -> bytes:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text + body


def tensor(shape: Any, offsets: Any, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


GOOD = {"x": tensor([2, 3], [0, 24])}

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "cut off"),
    "seven bytes": (b"\0" * 7, "cut off"),
    "no header": (b"\xff" * 8, "length of the header"),
    "absurd header": ((2**63).to_bytes(8, "little") + b"{}", "9,223,372,036,854,775,808"),
    "header past the end": ((100).to_bytes(8, "little") + b"{}", "length of the header"),
    "not JSON": (file(b"{x}"), "broken header"),
    "not UTF-8": (file(b'{"\xff": 1}'), "broken header"),
    "nested": (file(b"[" * 100_000), "broken header"),
    "a list": (file([]), "expected an object"),
    "the same name twice": (file(b'{"x": 1, "x": 2}'), "'x' is there twice"),
    "no entry": (file({"x": 3}), r"x(?s:.*)dtype, shape and data_offsets"),
    "cut off": (file(GOOD)[:-1], r"x(?s:.*)within the file's 23 bytes"),
    "longer": (file(GOOD) + b"\0", "0 to 24"),
    "past the end": (file({"x": tensor([6], [1, 25])}), "within the file's 24 bytes"),
    "backwards": (file({"x": tensor([0], [8, 4])}), "within the file"),
    "negative offset": (file({"x": tensor([7], [-4, 24])}), "two offsets"),
    "negative shape": (file({"x": tensor([-2, -3], [0, 24])}), "a shape of integers"),
    "shape of floats": (file({"x": tensor([2.0, 3], [0, 24])}), "a shape of integers"),
    "shape of true": (file({"x": tensor([True, 6], [0, 24])}), "a shape of integers"),
    "shape that does not multiply": (file({"x": tensor([2, 4], [0, 24])}), "32 bytes for F32"),
    "shape that overflows 64 bits": (
        file({"x": tensor([2**32, 2**32, 6], [0, 24])}),
        "442,721,857,769,029,238,784 bytes",
    ),
    "overlapping": (
        file({"x": tensor([4], [0, 16]), "y": tensor([4], [8, 24])}),
        "x overlaps y",
    ),
    "a hole": (file({"x": tensor([2], [0, 8]), "y": tensor([2], [16, 24])}), "does not end where"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused_with_their_place(case: str, tmp_path: Path) -> None:
    content, words = BROKEN[case]
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ConversionError, match=words) as caught:
        open_safetensors(tmp_path / "model.safetensors")
    assert str(caught.value).startswith("model.safetensors ")


def test_a_dtype_that_numpy_has_not_is_named() -> None:
    with pytest.raises(UnsupportedError, match=r"dtype 'F8_E4M3' of x: save the model as float32"):
        read_safetensors(file({"x": tensor([24], [0, 24], "F8_E4M3")}))


def shards(folder: Path) -> dict[str, str]:
    first, second = {"a": HEADER["a"], "b": HEADER["b"]}, {"c": HEADER["c"]}
    (folder / "model-00001-of-00002.safetensors").write_bytes(hf_models.safetensors(first))
    (folder / "model-00002-of-00002.safetensors").write_bytes(hf_models.safetensors(second))
    places = dict.fromkeys(first, "model-00001-of-00002.safetensors")
    return places | dict.fromkeys(second, "model-00002-of-00002.safetensors")


def test_an_index_joins_files(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": shards(tmp_path)}))
    read = open_safetensors(tmp_path / INDEX)
    assert list(read) == ["a", "b", "c"]
    np.testing.assert_array_equal(read["a"], hf_models.weights("a", (2, 3)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": "../model.safetensors"}, "leads out of its folder"),
        ({"a": "/etc/model.safetensors"}, "leads out of its folder"),
        ({"a": "..\\model.safetensors"}, "leads out of its folder"),
        ({"a": "model-00003-of-00002.safetensors"}, "does not exist"),
        ({"d": "model-00002-of-00002.safetensors"}, "lacks a tensor"),
        ({"a": 3}, "weight_map"),
    ],
)
def test_a_broken_index_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": shards(tmp_path) | change}))
    with pytest.raises(ConversionError, match=words):
        open_safetensors(tmp_path / INDEX)
