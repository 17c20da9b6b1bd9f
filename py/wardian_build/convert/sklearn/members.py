"""Estimators made of others: boosted, bagged, stacked and calibrated ones.

Source: `sklearn/ensemble/_weight_boosting.py`, `_bagging.py`, `_stacking.py`, `sklearn/calibration.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wardian_build.convert.sklearn.by_column import curve
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.estimators import WRITERS, answered
from wardian_build.convert.sklearn.table import Block, Writer
from wardian_build.convert.sklearn.trees import forest, isolation

__all__: list[str] = []

_DOUBLE = 11


def _members(step: Described) -> list[Described]:
    return [step.child(table, f"member {number}") for number, table in enumerate(step.raw("estimators_"))]


def _number(w: Writer, value: float) -> str:
    return w.constant(np.float64(value))


def _chosen(w: Writer, member: Described, block: Block, count: int) -> str:
    """float64 (batch_size, classes): 1 for the class that a member predicts."""
    if member.kind in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
        # Shares come out as float32: which one is the largest is decided in the leaves.
        return forest(w, member, block, hard=True)[0]
    value = answered(w, member, block, str(member.raw("answers")))
    best = w.op("ArgMax", value, axis=1, keepdims=1)
    return w.op("Cast", w.op("Equal", best, w.constant(np.arange(count)[None], "int64")), to=_DOUBLE)


def _boosted_classes(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """Each member votes for a class with its weight, and a little against the others."""
    count, members = len(step.values("classes_")), _members(step)
    weights = step.array("estimator_weights_")[: len(members)]
    step.require("algorithm", "deprecated", "SAMME")
    total = ""
    for member, weight in zip(members, weights / weights.sum(), strict=True):
        _same_classes(step, member, count)
        part = w.op("Mul", _chosen(w, member, block, count), _number(w, weight * count / (count - 1)))
        total = w.op("Add", total, part) if total else part
    # All votes against add up to one weight.
    shifted = w.op("Sub", total, _number(w, 1 / (count - 1)))
    return w.op("Div", shifted, _number(w, count - 1)), "softmax"


def _same_classes(step: Described, member: Described, count: int) -> None:
    if len(member.values("classes_")) != count:
        raise step.unsupported("whose members know other classes", "fit it with more rows of each class")


def _boosted_number(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """The median of what the members say, by their weights."""
    members = _members(step)
    weights = step.array("estimator_weights_")[: len(members)]
    rows = [answered(w, member, block, "predictions") for member in members]
    said = w.op("Concat", *rows, axis=1) if len(rows) > 1 else rows[0]
    ordered, places = w.ops(
        "TopK", said, w.constant(np.array([len(rows)]), "int64"), count=2, axis=1, largest=0, sorted=1
    )
    sums = w.op(
        "CumSum", w.op("Gather", w.constant(weights), places, axis=0), w.constant(np.int64(1), "int64")
    )
    half = w.op("GreaterOrEqual", sums, _number(w, 0.5 * weights.sum()))
    middle = w.op("ArgMax", w.op("Cast", half, to=6), axis=1, keepdims=1)
    return w.op("GatherElements", ordered, middle, axis=1), "identity"


def _bagged(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """The mean of members over their own columns; of those without probabilities, the shares of votes."""
    members, columns = _members(step), step.raw("estimators_features_")
    count = len(step.values("classes_")) if step.kind.endswith("Classifier") else 0
    total = ""
    for member, table in zip(members, columns, strict=True):
        own = w.gather(block, [int(place) for place in step.plain(table, "estimators_features_")])
        if not count:
            value = answered(w, member, own, "predictions")
        elif member.raw("answers") == "probabilities":
            _same_classes(step, member, count)
            value = answered(w, member, own, "probabilities")
        else:
            _same_classes(step, member, count)
            value = _chosen(w, member, own, count)
        total = w.op("Add", total, value) if total else value
    return w.op("Div", total, _number(w, len(members))), "share"


def _stacked(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """What the members say, as columns for the last one; of two classes only what speaks for the second."""
    parts = []
    for member, method in zip(_members(step), step.values("stack_method_"), strict=True):
        kinds = {"predict_proba": "probabilities", "decision_function": "scores", "predict": "predictions"}
        if kinds.get(method) == "predictions" and member.raw("answers") != "predictions":
            raise step.unsupported("with predicted labels of its members", "fit it with stack_method='auto'")
        value = answered(w, member, block, kinds[str(method)])
        both = method != "predict" and len(member.values("classes_")) == 2
        parts.append(w.op("Gather", value, w.graph.ints([1]), axis=1) if both else value)
    if step.param("passthrough", False):
        parts.append(w.numbers(block, step))
    last = step.fitted("final_estimator_", "final estimator")
    width = int(last.array("n_features_in_"))
    joined = Block(w.op("Concat", *parts, axis=1), (None,) * width)
    kind = "probabilities" if step.kind.endswith("Classifier") else "predictions"
    if kind == "probabilities" and last.raw("answers") != kind:
        raise last.unsupported("without probabilities at the end", "use a final estimator that has them")
    return answered(w, last, joined, kind), "share"


def _calibrated(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """The mean of members whose scores a curve turns into probabilities."""
    step.require("method", "sigmoid", "isotonic")
    count, tables, total = len(step.values("classes_")), step.raw("calibrated_classifiers_"), ""
    for number, table in enumerate(tables):
        one = step.child(table, f"member {number}")
        member = one.fitted("estimator", f"member {number}")
        _same_classes(step, member, count)
        value = answered(w, member, block, "scores" if member.raw("decides") else "probabilities")
        curves = [one.child(curve, "curve") for curve in one.raw("calibrators")]
        places = [1] if count == 2 else list(range(count))
        if len(curves) != len(places):
            raise one.bad("calibrators", f"{len(places)} curves", str(len(curves)))
        shares = [
            _curved(w, curve, w.op("Gather", value, w.graph.ints([place]), axis=1))
            for curve, place in zip(curves, places, strict=True)
        ]
        found = _shared(w, shares, count)
        total = w.op("Add", total, found) if total else found
    return w.op("Div", total, _number(w, len(tables))), "share"


def _shared(w: Writer, shares: list[str], count: int) -> str:
    """Probabilities of all classes; where none has any, all have the same."""
    if count == 2:
        return w.op("Concat", w.op("Sub", _number(w, 1), shares[0]), shares[0], axis=1)
    joined = w.op("Concat", *shares, axis=1)
    total = w.op("ReduceSum", joined, w.graph.ints([1]), keepdims=1)
    none = w.op("Equal", total, _number(w, 0))
    return w.op("Where", none, _number(w, 1 / count), w.op("Div", joined, total))


def _curved(w: Writer, curve: Described, value: str) -> str:
    """1 / (1 + exp(a · x + b)), or lines between points."""
    if curve.kind == "_SigmoidCalibration":
        slope, shift = (np.float64(curve.array(name)) for name in ("a_", "b_"))
        return w.op(
            "Sigmoid", w.op("Neg", w.op("Add", w.op("Mul", value, w.constant(slope)), w.constant(shift)))
        )
    if curve.kind != "IsotonicRegression":
        raise curve.unsupported("", "use method='sigmoid' or 'isotonic'")
    x, y = curve.array("X_thresholds_"), curve.array("y_thresholds_")
    widths = np.diff(x)
    if not len(widths):
        return w.op("Add", w.op("Mul", value, _number(w, 0)), _number(w, float(y[0])))
    # How far the value reaches into each piece, times how steep it is.
    into = w.op("Max", w.op("Sub", value, w.constant(x[:-1])), _number(w, 0))
    into = w.op("Min", into, w.constant(widths))
    slopes = np.divide(np.diff(y), widths, out=np.zeros_like(widths), where=widths > 0)
    return w.op("Add", w.op("MatMul", into, w.constant(slopes[:, None])), _number(w, float(y[0])))


def _one_against_rest(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """An estimator for each class, or one for two; what they say is divided by its sum."""
    several = step.fitted("label_binarizer_").raw("y_type_") == "multilabel-indicator"
    if several or step.raw("answers") != "probabilities":
        raise step.unsupported("without probabilities, or of several labels", "use one that has them")
    shares = [
        w.op("Gather", answered(w, member, block, "probabilities"), w.graph.ints([1]), axis=1)
        for member in _members(step)
    ]
    count = len(step.values("classes_"))
    if len(shares) != (1 if count == 2 else count):
        raise step.bad("estimators_", f"one for each of {count} classes", str(len(shares)))
    return _shared(w, shares, count), "share"


def _of_target(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """A regressor of a changed target, and the change taken back."""
    value = answered(w, step.fitted("regressor_"), block, "predictions")
    back = step.fitted("transformer_")
    if back.kind == "FunctionTransformer":
        return curve(w, back, back.param("inverse_func"), value), "identity"
    if back.kind != "StandardScaler":
        raise back.unsupported("of the target", "use a StandardScaler, or func and inverse_func of NumPy")
    if back.param("with_std", True):
        value = w.op("Mul", value, w.constant(back.array("scale_")))
    if back.param("with_mean", True):
        value = w.op("Add", value, w.constant(back.array("mean_")))
    return value, "identity"


def _quadratic(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """log prior − ½ (Σ log s + |(x − μ) R / √s|²) for each class."""
    value, parts = w.numbers(block, step), []
    rotations: list[Any] = step.raw("rotations_")
    for number, prior in enumerate(step.array("priors_")):
        rows = {"r": rotations[number], "s": step.raw("scalings_")[number]}
        own = Described(step.path, {"class": step.kind, "fitted": rows}, step.arrays)
        scale = own.array("s")
        apart = w.op("Sub", value, w.constant(step.array("means_")[number]))
        turned = w.op("MatMul", apart, w.constant(own.array("r") * scale**-0.5))
        total = w.op("ReduceSum", w.op("Mul", turned, turned), w.graph.ints([1]), keepdims=1)
        shift = np.log(prior) - 0.5 * np.log(scale).sum()
        parts.append(w.op("Add", w.op("Mul", total, _number(w, -0.5)), _number(w, float(shift))))
    return w.op("Concat", *parts, axis=1), "softmax"


def _isolated(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """−2^(−depth / expected depth), less the limit: negative for outliers."""
    rows = int(step.array("_max_samples"))
    # Of a tree over so many rows: 2 (ln (n − 1) + γ) − 2 (n − 1) / n.
    expected = (
        2 * (np.log(rows - 1) + np.euler_gamma) - 2 * (rows - 1) / rows if rows > 2 else float(rows == 2)
    )
    if not expected:
        raise step.unsupported("whose trees saw one row", "fit it with more rows")
    scale = -np.log(2) / (len(step.raw("estimators_")) * expected)
    share = w.op("Exp", w.op("Mul", isolation(w, step, block), _number(w, float(scale))))
    return w.op("Sub", w.op("Neg", share), _number(w, float(step.array("offset_")))), "identity"


WRITERS.update(
    {
        "AdaBoostClassifier": _boosted_classes,
        "AdaBoostRegressor": _boosted_number,
        "BaggingClassifier": _bagged,
        "BaggingRegressor": _bagged,
        "StackingClassifier": _stacked,
        "StackingRegressor": _stacked,
        "CalibratedClassifierCV": _calibrated,
        "OneVsRestClassifier": _one_against_rest,
        "TransformedTargetRegressor": _of_target,
        "IsolationForest": _isolated,
        "QuadraticDiscriminantAnalysis": _quadratic,
    }
)
