"""A fitted step as a graph of skl2onnx: for what `wardian_build.convert.sklearn` does not write."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

#: The operators that our graphs are of, and the first of the others with float64.
_OPSETS = {"": 18, "ai.onnx.ml": 3}
#: What only holds other steps, and trees, of which there may be thousands.
_WRITTEN_HERE = ("sklearn.pipeline", "sklearn.compose", "sklearn.tree")


def as_onnx(value: Any, kind: str | None) -> tuple[bytes | None, str]:
    """A graph over float64 (batch_size, columns), or None and why there is none.

    `kind` is what it answers with as the last step, None for one that only transforms.
    """
    try:
        import skl2onnx
        from skl2onnx.common.data_types import DoubleTensorType
    except ImportError:
        return None, "skl2onnx, which might have one, is not installed in that Python"
    if type(value).__module__.startswith(_WRITTEN_HERE):
        return None, ""
    columns = getattr(value, "n_features_in_", None)
    if columns is None:
        return None, "it does not say how many columns it takes"
    if kind == "predictions" and _several(value, columns):
        return None, "it has several outputs: fit an estimator for each"
    inputs = [("columns", DoubleTensorType([None, int(columns)]))]
    reason = ""
    # Not every classifier knows every option.
    for options in ({"zipmap": False}, {}) if kind == "probabilities" else ({"raw_scores": True}, {}):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = skl2onnx.to_onnx(
                    value,
                    initial_types=inputs,
                    options={id(value): options} if options else None,
                    target_opset=_OPSETS,
                )
            own = sorted({node.op_type for node in model.graph.node if node.domain not in _OPSETS})
            if own:
                return None, f"skl2onnx writes it with operators outside of ONNX: {', '.join(own)}"
            return model.SerializeToString(deterministic=True), f"skl2onnx {skl2onnx.__version__}"
        except Exception as error:  # whatever a converter raises for what it does not know
            line = (str(error).strip().splitlines() or [""])[0]
            reason = reason or f"skl2onnx has none either ({type(error).__name__}: {line[:120]})"
    return None, reason


def _several(value: Any, columns: int) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(value.predict(np.zeros((1, columns)))).size > 1
        except Exception:  # zeros may be no row of its own; the check then tells
            return False
