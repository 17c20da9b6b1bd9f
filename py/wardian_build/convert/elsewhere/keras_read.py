"""Reads the HDF5 file of a Keras model, or runs the model. Runs where h5py is, and for the latter Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import RefusedError, answer

_MOST_BYTES = 4 << 30


def read(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """All arrays by their path, and the attributes that describe the model."""
    import h5py

    path = folder / "weights.h5"
    path = path if path.is_file() else Path(request["source"])
    arrays: dict[str, Any] = {}
    with h5py.File(path, "r") as file:
        _collect(file, "", arrays, 0)
        attributes = {
            name: _text(file.attrs[name]) for name in ("model_config", "keras_version") if name in file.attrs
        }
        names = {}
        group = file.get("model_weights")
        for layer in group if group is not None else ():
            names[layer] = [_text(name) for name in group[layer].attrs.get("weight_names", ())]
    np.savez(folder / "arrays.npz", **arrays)
    return {"attributes": attributes, "weight_names": names}


def _collect(group: Any, prefix: str, arrays: dict[str, Any], depth: int) -> None:
    """Datasets below a group. Links to other places and files, and data that is not there, are refused."""
    import h5py

    if depth > 32:
        raise RefusedError("is nested too deeply", place=prefix[:200])
    for name in group:
        place = f"{prefix}{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise RefusedError(
                "links to another place", place=place[:200], expected="groups and arrays alone"
            )
        one = group[name]
        if isinstance(one, h5py.Group):
            _collect(one, f"{place}/", arrays, depth + 1)
            continue
        if not isinstance(one, h5py.Dataset) or one.external or one.is_virtual:
            raise RefusedError("holds what is no array of its own", place=place[:200])
        size = one.size * one.dtype.itemsize
        if one.dtype.kind not in "fiub" and one.dtype.name != "bfloat16":
            raise RefusedError(
                "holds an array that is not of numbers", place=place[:200], received=str(one.dtype)
            )
        # A shape costs nothing to write: what it promises must be in the file.
        if size > _MOST_BYTES or (one.compression is None and size > one.id.get_storage_size()):
            raise RefusedError(
                "has an array larger than its data", place=place[:200], expected=f"{size:,} bytes",
                received=f"{one.id.get_storage_size():,}",
            )  # fmt: skip
        arrays[place] = one[()]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def compute(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Keras' own answers. No code of the file is run: Keras refuses it in its safe mode."""
    import keras

    model = keras.saving.load_model(request["source"], compile=False, safe_mode=True)
    with np.load(folder / "feeds.npz", allow_pickle=False) as file:
        feeds = [file[name] for name in file.files]
    found = model(feeds if len(feeds) > 1 else feeds[0], training=False)
    found = list(found.values()) if isinstance(found, dict) else found
    outputs = found if isinstance(found, (list, tuple)) else [found]
    np.savez(folder / "outputs.npz", *(keras.ops.convert_to_numpy(one) for one in outputs))
    return {"version": keras.__version__, "backend": keras.backend.backend()}


def main(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    return read(request, folder) if request["do"] == "read" else compute(request, folder)


if __name__ == "__main__":
    answer(main)
