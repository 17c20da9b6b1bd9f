"""Support vectors with kernels, and nearest neighbours: what compares a row with rows of the training.

Source: `sklearn/svm/_base.py`, `sklearn/utils/multiclass.py`, libsvm's `svm.cpp`, `sklearn/neighbors`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.estimators import WRITERS
from wardian_build.convert.sklearn.table import Block, Writer

__all__: list[str] = []

_DOUBLE = 11


def _kernel(w: Writer, step: Described, block: Block) -> str:
    """float64 (batch_size, support vectors)."""
    rows, kind = step.array("support_vectors_"), step.param("kernel", "rbf")
    value = w.numbers(block, step)
    if rows.ndim != 2 or rows.shape[1] != len(block.columns):
        raise step.bad("support_vectors_", f"rows of {len(block.columns)} columns", str(rows.shape))
    if kind == "linear":
        return w.op("MatMul", value, w.constant(rows.T))
    gamma = np.float64(step.array("_gamma"))
    if kind == "rbf":
        # Only distances matter: near to zero their squares lose less.
        middle = rows.mean(axis=0)
        value, rows = w.op("Sub", value, w.constant(middle)), rows - middle
        own = w.op("ReduceSum", w.op("Mul", value, value), w.graph.ints([1]), keepdims=1)
        product = w.op("MatMul", value, w.constant(-2 * rows.T))
        square = w.op("Add", w.op("Add", product, own), w.constant((rows**2).sum(axis=1)))
        return w.op("Exp", w.op("Mul", square, w.constant(-gamma)))
    product = w.op("MatMul", value, w.constant(gamma * rows.T))
    moved = w.op("Add", product, w.constant(np.float64(step.param("coef0", 0.0))))
    if kind == "sigmoid":
        return w.op("Tanh", moved)
    if kind != "poly":
        raise step.unsupported(f"with kernel={kind!r:.40}", "use linear, rbf, poly or sigmoid")
    return w.op("Pow", moved, w.constant(np.float64(step.param("degree", 3))))


def _pairs(step: Described, count: int) -> NDArray[np.float64]:
    """(support vectors, pairs of classes): what each adds to the decision between two classes."""
    numbers, duals = step.array("_n_support").astype(int), step.array("dual_coef_")
    ends = np.cumsum(numbers)
    if len(numbers) != count or duals.shape != (count - 1, ends[-1]):
        raise step.bad("dual_coef_", f"{count - 1} numbers for each of {ends[-1]} vectors", str(duals.shape))
    found = np.zeros((ends[-1], count * (count - 1) // 2))
    for place, (one, other) in enumerate(combinations(range(count), 2)):
        for own, against in ((one, other), (other, one)):
            rows = slice(ends[own] - numbers[own], ends[own])
            found[rows, place] = duals[against - (against > own), rows]
    return found


def _support(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """SVC and NuSVC: votes of the decisions between two classes, and how clear these are."""
    if step.param("probability", False) is True:
        raise step.unsupported(
            "with probability=True", "fit it without, or put it into a CalibratedClassifierCV"
        )
    count = len(step.values("classes_"))
    kernel, shift = _kernel(w, step, block), w.constant(step.array("intercept_"))
    if count == 2:
        return w.op("Add", w.op("MatMul", kernel, w.constant(step.array("dual_coef_").T)), shift), "both"
    step.require("decision_function_shape", "ovr")
    decision = w.op("Add", w.op("MatMul", kernel, w.constant(_pairs(step, count))), shift)
    one, other = (np.eye(count)[list(rows)] for rows in zip(*combinations(range(count), 2), strict=True))
    won = w.op("Cast", w.op("GreaterOrEqual", decision, w.constant(np.float64(0))), to=_DOUBLE)
    # A vote is for one or for the other: all others', and the difference where it is for the one.
    votes = w.op("Add", w.op("MatMul", won, w.constant(one - other)), w.constant(other.sum(axis=0)))
    clear = w.op("MatMul", decision, w.constant(one - other))
    size = w.op("Add", w.op("Abs", clear), w.constant(np.float64(1)))
    part = w.op("Div", clear, w.op("Mul", size, w.constant(np.float64(3))))
    return w.op("Add", votes, part), "identity"


def _support_number(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """SVR, NuSVR and OneClassSVM."""
    product = w.op("MatMul", _kernel(w, step, block), w.constant(step.array("dual_coef_").T))
    return w.op("Add", product, w.constant(step.array("intercept_"))), "identity"


def _distances(w: Writer, step: Described, block: Block) -> str:
    """float64 (batch_size, rows of the training), one row at a time."""
    rows, metric = step.array("_fit_X").astype(np.float64), step.param("metric", "minkowski")
    power = {"euclidean": 2.0, "manhattan": 1.0, "minkowski": float(step.param("p", 2))}.get(str(metric))
    if power is None or step.param("metric_params") is not None:
        raise step.unsupported(f"with metric={metric!r:.40}", "use euclidean, manhattan or minkowski")
    if rows.ndim != 2 or rows.shape[1] != len(block.columns):
        raise step.bad("_fit_X", f"rows of {len(block.columns)} columns", str(rows.shape))
    known, value = w.constant(rows), w.numbers(block, step)
    inner = w.graph.inner()
    apart = inner.op("Abs", inner.op("Sub", known, "row", name="row:apart"), name="row:size")
    if power != 1:
        apart = inner.op("Pow", apart, w.constant(np.float64(power)), name="row:power")
    inner.op("ReduceSum", apart, w.graph.ints([1]), name="row:sum", keepdims=0)
    body = inner.inner_graph(
        "row", {"row": ("float64", [rows.shape[1]])}, {"row:sum": ("float64", [len(rows)])}
    )
    total = w.op("Scan", value, body=body, num_scan_inputs=1)
    if power == 1:
        return total
    return w.op("Sqrt", total) if power == 2 else w.op("Pow", total, w.constant(np.float64(1 / power)))


def _neighbours(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """The mean of what the nearest rows are, all alike or by 1 / distance."""
    targets = step.array("_y")
    targets = targets.reshape(len(targets), -1)
    if targets.shape[1] != 1:
        raise step.unsupported("with several outputs", "fit an estimator for each")
    if step.kind.endswith("Classifier"):
        targets = np.eye(len(step.values("classes_")))[targets[:, 0].astype(int)]
    count = np.array([int(step.param("n_neighbors", 5))])
    weights = step.param("weights", "uniform")
    near = w.ops("TopK", _distances(w, step, block), w.constant(count, "int64"), count=2, axis=1, largest=0)
    found = w.op("Gather", w.constant(targets.astype(np.float64)), near[1], axis=0)
    axis = w.graph.ints([1])
    if weights == "uniform":
        return w.op("ReduceMean", found, axis, keepdims=0), "share"
    if weights != "distance":
        raise step.unsupported(f"with weights={weights!r:.40}", "use uniform or distance")
    # Rows that are the very same count alone, and alike.
    same = w.op("Cast", w.op("Equal", near[0], w.constant(np.float64(0))), to=_DOUBLE)
    some = w.op("Greater", w.op("ReduceMax", same, axis, keepdims=1), w.constant(np.float64(0)))
    weight = w.op("Where", some, same, w.op("Reciprocal", near[0]))
    weighed = w.op("Mul", found, w.op("Unsqueeze", weight, w.graph.ints([2])))
    total = w.op("ReduceSum", weight, axis, keepdims=1)
    return w.op("Div", w.op("ReduceSum", weighed, axis, keepdims=0), total), "share"


WRITERS.update(
    {
        **dict.fromkeys(("SVC", "NuSVC"), _support),
        **dict.fromkeys(("SVR", "NuSVR", "OneClassSVM"), _support_number),
        **dict.fromkeys(("KNeighborsClassifier", "KNeighborsRegressor"), _neighbours),
    }
)
