"""Read the safetensors format: 8 bytes of header length, a JSON header, then the raw little-endian tensors.

Source: the format section of the safetensors documentation (huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}


def read_safetensors(data: bytes) -> dict[str, NDArray[Any]]:
    """Tensor name to read-only array, in the order of the file; the arrays share `data`'s memory.

    >>> header = b'{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'
    >>> file = len(header).to_bytes(8, "little") + header + np.array([1, 2], "<f4").tobytes()
    >>> read_safetensors(file)["x"].tolist()
    [[1.0], [2.0]]

    Raises:
        ValueError: the file is cut off, or holds a dtype that NumPy has not (bfloat16, float8).
    """
    length = int.from_bytes(data[:8], "little")
    start = 8 + length
    if len(data) < start:
        raise ValueError(f"safetensors: expected a header of {length} bytes, received {len(data) - 8} bytes")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    return {name: _tensor(data, start, name, entry) for name, entry in header.items()}


def _tensor(data: bytes, start: int, name: str, entry: dict[str, Any]) -> NDArray[Any]:
    if entry["dtype"] not in _DTYPES:
        raise ValueError(
            f"safetensors: {name} has dtype {entry['dtype']}, expected one of {', '.join(_DTYPES)}"
        )
    begin, end = entry["data_offsets"]
    if start + end > len(data):
        raise ValueError(f"safetensors: {name} ends at byte {start + end}, the file has {len(data)} bytes")
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    return np.frombuffer(data, dtype, (end - begin) // dtype.itemsize, start + begin).reshape(entry["shape"])
