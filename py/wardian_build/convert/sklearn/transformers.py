"""Transformers of scikit-learn over a table, in float64, one function for each kind.

Source: `sklearn/preprocessing`, `sklearn/impute`, `sklearn/compose`, `sklearn/decomposition` of scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.sklearn.by_skl2onnx import or_borrowed, transformed_by_skl2onnx
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.encoders import one_hot, ordinal
from wardian_build.convert.sklearn.table import Block, Writer, hint_rows, made_columns

__all__ = ["SELECTORS", "TRANSFORMERS", "VECTORIZERS", "dropped_places", "transformed"]

SELECTORS = (
    *("SelectKBest", "SelectPercentile", "SelectFpr", "SelectFdr", "SelectFwe", "GenericUnivariateSelect"),
    *("SelectFromModel", "VarianceThreshold", "RFE", "RFECV", "SequentialFeatureSelector"),
)
VECTORIZERS = ("CountVectorizer", "TfidfVectorizer")
"""What makes terms of texts."""
_MOST_DEGREE = 8


def transformed(w: Writer, step: Described, block: Block) -> Block:
    """What a transformer makes of a block. Raises UnsupportedError for kinds that have no form here."""
    if not block.value:
        raise step.unsupported("over terms of texts", "put it before the vectorizer's end, or leave it out")
    if step.kind in VECTORIZERS:
        raise step.unsupported(
            "over a column of a table",
            "terms of texts have no form beside other columns: fit a Pipeline that begins with it and takes "
            "texts alone (--kind text-classification), or leave its column out",
        )
    return or_borrowed(
        w, step, lambda: _written(w, step, block), lambda: transformed_by_skl2onnx(w, step, block)
    )


def _written(w: Writer, step: Described, block: Block) -> Block:
    if step.foreign or step.kind not in TRANSFORMERS:
        known = ", ".join(sorted(TRANSFORMERS))
        raise step.unsupported("", f"only these are converted before an estimator of a table: {known}")
    return TRANSFORMERS[step.kind](w, step, block)


def _scaled(
    w: Writer, step: Described, block: Block, center: NDArray[Any] | None, scale: NDArray[Any] | None
) -> Block:
    """(x − center) / scale."""
    value = w.numbers(block, step)
    if center is not None:
        value = w.op("Sub", value, w.constant(center))
    if scale is not None:
        value = w.op("Div", value, w.constant(scale))
        middle = np.zeros_like(scale) if center is None else center
        hint_rows(block, middle - scale, middle, middle + scale)
    return made_columns(value, len(block.columns))


def _standard(w: Writer, step: Described, block: Block) -> Block:
    center = step.array("mean_") if step.param("with_mean", True) else None
    scale = step.array("scale_") if step.param("with_std", True) else None
    return _scaled(w, step, block, center, scale)


def _robust(w: Writer, step: Described, block: Block) -> Block:
    center = step.array("center_") if step.param("with_centering", True) else None
    scale = step.array("scale_") if step.param("with_scaling", True) else None
    return _scaled(w, step, block, center, scale)


def _min_max(w: Writer, step: Described, block: Block) -> Block:
    """x · scale + min, cut to the range where it says so."""
    scale, least = step.array("scale_"), step.array("min_")
    value = w.op("Add", w.op("Mul", w.numbers(block, step), w.constant(scale)), w.constant(least))
    hint_rows(block, step.array("data_min_"), step.array("data_max_"))
    if step.param("clip", False):
        low, high = step.param("feature_range", [0, 1])
        value = w.op("Clip", value, w.constant(np.float64(low)), w.constant(np.float64(high)))
    return made_columns(value, len(block.columns))


def _normalizer(w: Writer, step: Described, block: Block) -> Block:
    """Rows of length 1; rows of zeros stay."""
    value, norm = w.numbers(block, step), step.param("norm", "l2")
    axes = w.graph.ints([1])
    if norm == "l2":
        length = w.op("Sqrt", w.op("ReduceSum", w.op("Mul", value, value), axes, keepdims=1))
    elif norm in ("l1", "max"):
        length = w.op("ReduceSum" if norm == "l1" else "ReduceMax", w.op("Abs", value), axes, keepdims=1)
    else:
        raise step.unsupported(f"with norm={norm!r}", "use l1, l2 or max")
    one = w.constant(np.float64(1))
    safe = w.op("Where", w.op("Equal", length, w.constant(np.float64(0))), one, length)
    return made_columns(w.op("Div", value, safe), len(block.columns))


def _imputer(w: Writer, step: Described, block: Block) -> Block:
    """NaN becomes the column's statistic; of a text column, the code of its text."""
    missing = step.param("missing_values", math.nan)
    if not (missing is None or (isinstance(missing, float) and math.isnan(missing))):
        raise step.unsupported(f"with missing_values={missing!r:.40}", "use NaN for what is missing")
    fills, columns = [], list(block.columns)
    for column, value in zip(block.columns, step.values("statistics_"), strict=True):
        text = isinstance(value, str)
        if value is None or (not text and not math.isfinite(value)):
            raise step.unsupported("over a column that was all missing", "leave that column out")
        if column is None and text:
            raise step.unsupported("over texts that a step made", "put it first")
        if column is not None:
            column.missing = True
        fills.append(column.code(value) if text and column is not None else float(value))
        if not text and column is not None:
            column.hints.append(float(value))
    value = w.op("Where", w.op("IsNaN", block.value), w.constant(np.array(fills)), block.value)
    # Codes stay codes: an encoder after it still knows its column.
    filled = Block(value, tuple(columns))
    if not step.param("add_indicator", False):
        return filled
    return w.joined([filled, transformed(w, step.fitted("indicator_"), block)])


def _projected(w: Writer, step: Described, block: Block) -> Block:
    """PCA and its like: (x − mean) · componentsᵀ; TruncatedSVD has no mean."""
    value, components = w.numbers(block, step), step.array("components_")
    if step.has("mean_"):
        value = w.op("Sub", value, w.constant(step.array("mean_")))
    value = w.op("MatMul", value, w.constant(components.T))
    if step.kind != "FastICA" and step.param("whiten", False):
        value = w.op("Div", value, w.constant(np.sqrt(step.array("explained_variance_"))))
    return made_columns(value, len(components))


def _selected(w: Writer, step: Described, block: Block) -> Block:
    """The columns that a selector keeps."""
    support = step.values("support")
    if len(support) != len(block.columns) or not any(support):
        raise step.bad("support", f"some of {len(block.columns)} columns", f"{sum(map(bool, support))}")
    return w.gather(block, [place for place, kept in enumerate(support) if kept])


def _polynomial(w: Writer, step: Described, block: Block) -> Block:
    """Products of columns: each is one column after another, and ones at the end."""
    powers = step.array("powers").astype(np.int64)
    if powers.ndim != 2 or powers.shape[1] != len(block.columns) or powers.min(initial=0) < 0:
        raise step.bad("powers", f"(features, {len(block.columns)})", str(powers.shape))
    degree = int(powers.sum(axis=1).max(initial=0))
    if degree > _MOST_DEGREE:
        raise step.unsupported(f"of degree {degree}", f"use a degree of at most {_MOST_DEGREE}")
    ones = len(block.columns)
    rows = [np.repeat(np.arange(ones), row).tolist() + [ones] * (degree - int(row.sum())) for row in powers]
    value = w.op("Pad", w.numbers(block, step), w.graph.ints([0, 0, 0, 1]), w.constant(np.float64(1)))
    product = w.op("Gather", value, w.graph.ints([row[0] if row else ones for row in rows]), axis=1)
    for place in range(1, degree):
        other = w.op("Gather", value, w.graph.ints([row[place] for row in rows]), axis=1)
        product = w.op("Mul", product, other)
    return made_columns(product, len(rows))


def _pipeline(w: Writer, step: Described, block: Block) -> Block:
    for name, table in step.param("steps", []):
        if table not in (None, "passthrough"):
            block = transformed(w, step.child(table, f"step {name!r}"), block)
    return block


def _union(w: Writer, step: Described, block: Block) -> Block:
    step.require("transformer_weights", None)
    pairs = [(name, table) for name, table in step.param("transformer_list", []) if table != "drop"]
    return w.joined(
        [
            block if t == "passthrough" else transformed(w, step.child(t, f"step {n!r}"), block)
            for n, t in pairs
        ]
    )


def _columns(w: Writer, step: Described, block: Block) -> Block:
    """ColumnTransformer: each of its transformers over some columns, side by side."""
    step.require("transformer_weights", None)
    names = step.values("feature_names_in_") if step.has("feature_names_in_") else []
    count = len(block.columns) + len(block.dropped)
    given = [place for place in range(count) if place not in block.dropped]
    parts = []
    for name, table, wanted in step.raw("transformers_"):
        indices = _indices(step, wanted, names, count)
        if table == "drop" or not indices:
            continue
        part = w.gather(block, [given.index(place) for place in indices])
        parts.append(
            part if table == "passthrough" else transformed(w, step.child(table, f"step {name!r}"), part)
        )
    if not parts:
        raise step.unsupported("without any columns", "give it some")
    return w.joined(parts)


def dropped_places(step: Described, count: int) -> tuple[int, ...]:
    """Named columns that a ColumnTransformer was fitted with and leaves out: nobody has to give them."""
    if step.kind != "ColumnTransformer" or not step.has("feature_names_in_"):
        return ()
    names = step.values("feature_names_in_")
    read = {
        place
        for _, table, wanted in step.raw("transformers_")
        if table != "drop"
        for place in _indices(step, wanted, names, count)
    }
    return tuple(place for place in range(count) if place not in read) if read else ()


def _indices(step: Described, wanted: Any, names: list[Any], count: int) -> list[int]:
    """Columns by name, number, mask or slice."""
    if isinstance(wanted, dict) and "slice" in wanted:
        start, stop, stride = wanted["slice"]
        if any(isinstance(end, str) for end in (start, stop)):
            start = names.index(start) if isinstance(start, str) else start
            stop = names.index(stop) + 1 if isinstance(stop, str) else stop
        return list(range(count))[slice(start, stop, stride)]
    listed = [wanted] if isinstance(wanted, (str, int)) else step.plain(wanted, "columns")
    if listed and all(isinstance(one, bool) for one in listed):
        return [place for place, chosen in enumerate(listed) if chosen]
    found: list[Any] = [names.index(one) if one in names else one for one in listed]
    if not all(isinstance(one, int) and -count <= one < count for one in found):
        raise step.bad("columns", f"columns out of {count}", f"{wanted!r:.100}")
    return [one % count for one in found]


TRANSFORMERS: dict[str, Callable[[Writer, Described, Block], Block]] = {
    "Pipeline": _pipeline,
    "FeatureUnion": _union,
    "ColumnTransformer": _columns,
    "StandardScaler": _standard,
    "RobustScaler": _robust,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": lambda w, step, block: _scaled(w, step, block, None, step.array("scale_")),
    "Normalizer": _normalizer,
    "SimpleImputer": _imputer,
    "OneHotEncoder": one_hot,
    "OrdinalEncoder": ordinal,
    "PolynomialFeatures": _polynomial,
    **dict.fromkeys(SELECTORS, _selected),
    **dict.fromkeys(("PCA", "IncrementalPCA", "TruncatedSVD", "FastICA"), _projected),
}
"""The function for each kind of transformer."""
