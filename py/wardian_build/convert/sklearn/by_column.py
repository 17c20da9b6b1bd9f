"""Transformers that look at each column by itself: bins, curves, missing values, means of a target.

Source: `sklearn/impute`, `sklearn/preprocessing/_discretization.py`, `_data.py` and `_target_encoder.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.encoders import category_index
from wardian_build.convert.sklearn.table import Block, Writer, hinted, made_columns
from wardian_build.convert.sklearn.transformers import TRANSFORMERS, transformed

__all__ = ["curve"]

_DOUBLE = 11
_SMALL = np.finfo(np.float64).eps

#: NumPy's functions that a FunctionTransformer may have.
_FUNCTIONS = {"log": "Log", "sqrt": "Sqrt", "exp": "Exp", "absolute": "Abs", "negative": "Neg"}


def _zero(w: Writer) -> str:
    return w.constant(np.float64(0))


def _function(w: Writer, step: Described, block: Block) -> Block:
    """None, or one of NumPy's own functions."""
    function = step.param("func")
    if function is None:
        return block
    return made_columns(curve(w, step, function, w.numbers(block, step)), len(block.columns))


def curve(w: Writer, step: Described, function: Any, value: str) -> str:
    """One of NumPy's functions, or none. Raises UnsupportedError for others: code has no form."""
    name = function.get("ufunc", "") if isinstance(function, dict) else ""
    one = w.constant(np.float64(1))
    if function is None:
        return value
    if name == "log1p":
        return w.op("Log", w.op("Add", value, one))
    if name == "expm1":
        return w.op("Sub", w.op("Exp", value), one)
    if name == "square":
        return w.op("Mul", value, value)
    if name not in _FUNCTIONS:
        known = ", ".join([*_FUNCTIONS, "log1p", "expm1", "square"])
        raise step.unsupported(f"with a function {name or function!r:.40}", f"use one of NumPy's {known}")
    return w.op(_FUNCTIONS[name], value)


def _bins(w: Writer, step: Described, block: Block) -> Block:
    """The number of the bin, or a column for each."""
    value, encode, parts, width = w.numbers(block, step), step.param("encode", "onehot"), [], 0
    if encode not in ("onehot", "onehot-dense", "ordinal"):
        raise step.unsupported(f"with encode={encode!r:.40}", "use onehot or ordinal")
    for place, row in enumerate(step.raw("bin_edges_")):
        edges = np.array(step.plain(row, "bin_edges_"), np.float64)
        hinted(block, place, edges)
        own = w.op("Gather", value, w.graph.ints([place]), axis=1)
        count = max(len(edges) - 1, 1)
        above = w.op("Cast", w.op("GreaterOrEqual", own, w.constant(edges[None, 1:-1])), to=_DOUBLE)
        number = w.op("ReduceSum", above, w.graph.ints([1]), keepdims=1)
        if encode != "ordinal":
            found = w.op("Equal", number, w.constant(np.arange(count, dtype=np.float64)[None]))
            number = w.op("Cast", found, to=_DOUBLE)
        parts.append(number)
        width += 1 if encode == "ordinal" else count
    return made_columns(w.op("Concat", *parts, axis=1), width)


def _binarizer(w: Writer, step: Described, block: Block) -> Block:
    limit = float(step.param("threshold", 0.0))
    for place in range(len(block.columns)):
        hinted(block, place, np.array([limit]))
    above = w.op("Greater", w.numbers(block, step), w.constant(np.float64(limit)))
    return made_columns(w.op("Cast", above, to=_DOUBLE), len(block.columns))


def _power(w: Writer, step: Described, block: Block) -> Block:
    """Box-Cox or Yeo-Johnson: powers that make a column more like a normal one, then scaled."""
    value, lambdas = w.numbers(block, step), step.array("lambdas_")
    if step.param("method", "yeo-johnson") == "box-cox":
        found = _raised(w, value, lambdas)
    else:
        positive = w.op("GreaterOrEqual", value, _zero(w))
        above = w.op("Add", w.op("Where", positive, value, _zero(w)), w.constant(np.float64(1)))
        below = w.op("Sub", w.constant(np.float64(1)), w.op("Where", positive, _zero(w), value))
        found = w.op("Sub", _raised(w, above, lambdas), _raised(w, below, 2 - lambdas))
        found = w.op("Where", w.op("IsNaN", value), value, found)
    result = made_columns(found, len(block.columns))
    return transformed(w, step.fitted("_scaler"), result) if step.param("standardize", True) else result


def _raised(w: Writer, value: str, powers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """(x^λ − 1) / λ for each column; log x where λ is 0."""
    flat = np.abs(powers) < _SMALL
    safe = np.where(flat, 1.0, powers)
    raised = w.op("Sub", w.op("Pow", value, w.constant(safe)), w.constant(np.float64(1)))
    raised = w.op("Div", raised, w.constant(safe))
    return w.op("Where", w.constant(flat, "bool"), w.op("Log", value), raised) if flat.any() else raised


def _missing(w: Writer, step: Described, block: Block) -> Block:
    """1 where a value is missing, for the columns that had missing ones."""
    step.require("sparse", "auto", True, False)
    places = [int(place) for place in step.values("features_")]
    for place in places:
        column = block.columns[place]
        if column is not None:
            column.missing = True
    value = w.op("Gather", block.value, w.graph.ints(places), axis=1)
    return made_columns(w.op("Cast", w.op("IsNaN", value), to=_DOUBLE), len(places))


def _target(w: Writer, step: Described, block: Block) -> Block:
    """The mean of the target in each category, one a class; of all rows for a category that is not there."""
    rows, means = step.raw("encodings_"), np.atleast_1d(step.array("target_mean_"))
    each, rest = divmod(len(rows), len(block.columns))
    if rest or len(means) != each:
        raise step.bad("encodings_", f"{len(means)} lists a column", str(len(rows)))
    parts = []
    for place in range(len(block.columns)):
        index = category_index(w, step, block, place)
        for number in range(each):
            known = np.array(step.plain(rows[place * each + number], "encodings_"), np.float64)
            parts.append(w.op("Gather", w.constant(np.append(known, means[number])), index, axis=0))
    return made_columns(w.op("Concat", *parts, axis=1), len(parts))


TRANSFORMERS.update(
    {
        "FunctionTransformer": _function,
        "KBinsDiscretizer": _bins,
        "Binarizer": _binarizer,
        "PowerTransformer": _power,
        "MissingIndicator": _missing,
        "TargetEncoder": _target,
    }
)
