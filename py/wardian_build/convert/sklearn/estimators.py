"""Estimators at the end of a pipeline: linear ones, naive Bayes, perceptrons with layers, trees.

Each gives the numbers before its link function, float64 (batch_size, n), and the name of that function.

Source: `predict_proba`, `decision_function` and `predict` in `sklearn/linear_model`, `naive_bayes`,
`neural_network`, `ensemble`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.sklearn.by_skl2onnx import answered_by_skl2onnx, or_borrowed
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.table import Block, Writer
from wardian_build.convert.sklearn.transformers import transformed
from wardian_build.convert.sklearn.trees import FORESTS, forest

__all__ = ["LINEAR", "WRITERS", "answered", "estimated", "linear_of", "linked"]

_PROBABILISTIC = ("LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "LinearDiscriminantAnalysis")
_SCORING = ("LinearSVC", "RidgeClassifier", "RidgeClassifierCV", "Perceptron", "PassiveAggressiveClassifier")
_REGRESSING = (
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "SGDRegressor",
    "HuberRegressor", "BayesianRidge", "ARDRegression", "Lars", "LassoLars", "LinearSVR", "TheilSenRegressor",
    "QuantileRegressor", "PoissonRegressor", "GammaRegressor",
)  # fmt: skip
LINEAR = (*_PROBABILISTIC, *_SCORING, *_REGRESSING, "MultinomialNB", "ComplementNB")
"""What is a matrix product and a sum."""


def estimated(w: Writer, step: Described, block: Block, kind: str) -> str:
    """The estimator's answer, float32 (batch_size, n); `kind` is probabilities, scores or predictions.

    Raises UnsupportedError for estimators that have no form here.
    """
    return w.op("Cast", answered(w, step, block, kind), to=1)


def answered(w: Writer, step: Described, block: Block, kind: str) -> str:
    """The same as float64, for what is computed with it; a pipeline's steps first."""
    if step.kind == "Pipeline" and not step.foreign:
        *before, (name, last) = step.param("steps", [])
        for label, table in before:
            if table not in (None, "passthrough"):
                block = transformed(w, step.child(table, f"step {label!r}"), block)
        return answered(w, step.child(last, f"step {name!r}"), block, kind)
    return or_borrowed(
        w,
        step,
        lambda: _written(w, step, block, kind),
        lambda: answered_by_skl2onnx(w, step, block, kind),
    )


def _written(w: Writer, step: Described, block: Block, kind: str) -> str:
    if step.foreign or (step.kind not in LINEAR and step.kind not in WRITERS and step.kind not in FORESTS):
        known = ", ".join(sorted({*LINEAR, *WRITERS, *FORESTS}))
        raise step.unsupported("", f"only these are converted as the last step: {known}")
    if step.kind in FORESTS:
        value, link = forest(w, step, block)[0], _forest_link(step)
    elif step.kind in WRITERS:
        value, link = WRITERS[step.kind](w, step, block)
    else:
        matrix, shift, link = linear_of(step, kind)
        if len(matrix) != len(block.columns):
            raise step.bad("coef_", f"{len(block.columns)} numbers in a row", str(len(matrix)))
        value = w.op("Add", block.product(w, step, matrix), w.constant(shift))
    if kind == "scores" and link in ("sigmoid", "softmax"):
        # What is before the link is what scikit-learn's decision_function gives.
        link = "both" if link == "sigmoid" else "identity"
    return linked(w, step, value, link)


def linear_of(step: Described, kind: str) -> tuple[NDArray[Any], NDArray[Any], str]:
    """(features, n), (n,) and the link of a linear estimator."""
    if step.kind in ("MultinomialNB", "ComplementNB"):
        rows = step.array("feature_log_prob_")
        prior = step.array("class_log_prior_")
        if step.kind == "ComplementNB" and len(prior) > 1:
            prior = np.zeros(len(rows))
        return rows.T, prior, "softmax"
    rows, shift = np.atleast_2d(step.array("coef_")), np.atleast_1d(step.array("intercept_"))
    shift = np.broadcast_to(shift, len(rows))
    if kind != "probabilities":
        link = "exp" if step.kind in ("PoissonRegressor", "GammaRegressor") else "identity"
        return rows.T, shift, ("both" if kind == "scores" and len(rows) == 1 else link)
    if step.kind == "SGDClassifier":
        step.require("loss", "log_loss")
    apart = (
        step.kind == "SGDClassifier"
        or step.param("solver") == "liblinear"
        or step.param("multi_class") == "ovr"
    )
    return rows.T, shift, "sigmoid" if len(rows) == 1 else "each" if apart else "softmax"


def linked(w: Writer, step: Described, value: str, link: str) -> str:
    """Probabilities of all classes, two opposite scores for two classes, or the number itself."""
    if link == "identity":
        return value
    if link == "exp":
        return w.op("Exp", value)
    if link == "softmax":
        return w.op("Softmax", value, axis=1)
    if link == "share":
        return value
    if link == "both":
        return w.op("Concat", w.op("Neg", value), value, axis=1)
    if link == "sigmoid":
        # Of both sides: 1 − σ(x) would lose what is small.
        return w.op("Sigmoid", w.op("Concat", w.op("Neg", value), value, axis=1))
    if link == "each":
        found = w.op("Sigmoid", value)
        return w.op("Div", found, w.op("ReduceSum", found, w.graph.ints([1]), keepdims=1))
    raise step.unsupported(f"with link {link}", "use another estimator")


def _forest_link(step: Described) -> str:
    if "GradientBoosting" not in step.kind:
        return "share"
    if step.kind.endswith("Classifier"):
        if not step.kind.startswith("Hist"):
            step.require("loss", "log_loss")
        return "sigmoid" if len(step.values("classes_")) == 2 else "softmax"
    return "exp" if step.param("loss") in ("poisson", "gamma") else "identity"


def _voting(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """The mean of the members' probabilities or predictions, weighted."""
    if step.kind == "VotingClassifier":
        step.require("voting", "soft", "soft")
    members = step.raw("estimators_")
    weights = np.ones(len(members)) if step.param("weights") is None else step.array_param("weights")
    kind = "probabilities" if step.kind == "VotingClassifier" else "predictions"
    total = ""
    for number, (table, weight) in enumerate(zip(members, weights / weights.sum(), strict=True)):
        member = step.child(table, f"member {number}")
        value = answered(w, member, block, kind)
        part = w.op("Mul", value, w.constant(np.float64(weight)))
        total = part if not total else w.op("Add", total, part)
    return total, "share"


def _bernoulli(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """Σ log p where a feature is there, log (1 − p) where it is not."""
    limit = step.param("binarize", 0.0)
    value = w.numbers(block, step)
    if limit is not None:
        value = w.op("Cast", w.op("Greater", value, w.constant(np.float64(limit))), to=11)
    rows = step.array("feature_log_prob_")
    absent = np.log1p(-np.exp(rows))
    product = w.op("MatMul", value, w.constant((rows - absent).T))
    return w.op("Add", product, w.constant(step.array("class_log_prior_") + absent.sum(axis=1))), "softmax"


def _gaussian(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """log prior − ½ Σ (log 2πσ² + (x − μ)² / σ²) for each class."""
    mean, variance = step.array("theta_"), step.array("var_")
    value = w.op("Unsqueeze", w.numbers(block, step), w.graph.ints([1]))
    apart = w.op("Sub", value, w.constant(mean))
    squares = w.op("Div", w.op("Mul", apart, apart), w.constant(-2 * variance))
    total = w.op("ReduceSum", squares, w.graph.ints([2]), keepdims=0)
    shift = np.log(step.array("class_prior_")) - 0.5 * np.log(2 * np.pi * variance).sum(axis=1)
    return w.op("Add", total, w.constant(shift)), "softmax"


def _layers(w: Writer, step: Described, block: Block) -> tuple[str, str]:
    """MLPClassifier and MLPRegressor."""
    kinds = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "identity": "Identity"}
    activation = kinds.get(step.param("activation"))
    if activation is None:
        raise step.unsupported(f"with activation {step.param('activation')!r}", "use " + ", ".join(kinds))
    value = w.numbers(block, step)
    weights, shifts = step.raw("coefs_"), step.raw("intercepts_")
    for number, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
        layer = Described(step.path, {"class": step.kind, "fitted": {"w": weight, "b": shift}}, step.arrays)
        value = w.op("Add", w.op("MatMul", value, w.constant(layer.array("w"))), w.constant(layer.array("b")))
        if number < len(weights) - 1:
            value = w.op(activation, value)
    link = str(step.raw("out_activation_"))
    return value, "sigmoid" if link == "logistic" else link


WRITERS: dict[str, Callable[[Writer, Described, Block], tuple[str, str]]] = {
    "VotingClassifier": _voting,
    "VotingRegressor": _voting,
    "BernoulliNB": _bernoulli,
    "GaussianNB": _gaussian,
    "MLPClassifier": _layers,
    "MLPRegressor": _layers,
}
"""What is more than a matrix product and no tree."""
