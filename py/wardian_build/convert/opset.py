"""Another version of ONNX's operators for a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
from onnx import version_converter

from wardian_build.errors import ConversionError

__all__ = ["OLDEST", "opset_of", "to_opset"]

OLDEST = 13
"""The oldest that is written: quantised forms need it."""


def opset_of(model: Any) -> int:
    """The version of the standard operators of a ModelProto; 0 where it says none."""
    return next((int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)


def to_opset(path: Path, model: Any, opset: int | None) -> Any:
    """The same ModelProto with the operators of a version; as it is for None.

    Raises ConversionError for a version that there is not, or where onnx's converter cannot do it.
    """
    if opset is None or opset_of(model) == opset:
        return model
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST <= opset <= newest:
        raise ConversionError(
            f"--opset {opset}", "is not written here", expected=f"{OLDEST} to {newest}", received=str(opset)
        )
    try:
        return version_converter.convert_version(model, opset)
    except Exception as error:  # what the C++ converter raises has no base of its own
        line = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        raise ConversionError(
            path,
            f"cannot be brought from opset {opset_of(model)} to {opset}",
            received=line[:300],
            hint="Leave --opset out, or export the source with that opset.",
        ) from error
