"""Describes a fitted scikit-learn estimator as JSON and arrays, or runs it on rows.

Estimators are not interpreted here: class, parameters and fitted attributes are written down as they are, and
`wardian_build.convert.sklearn` makes a graph of them.
"""

from __future__ import annotations

import math
from collections import UserList
from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import RefusedError, answer
from wardian_build.convert.elsewhere.sklearn_onnx import as_onnx

#: Fitted attributes without the usual underscore at the end that a graph needs.
_PRIVATE = (
    *("_tfidf", "_baseline_prediction", "_predictors", "_preprocessor", "_scaler", "_infrequent_indices"),
    *("_n_support", "_gamma", "_fit_X", "_y"),
    *("_max_samples", "_average_path_length_per_tree", "_decision_path_lengths"),
)
#: What answers for estimators that only chose or hold another.
_CHOSEN = {
    **dict.fromkeys(("GridSearchCV", "RandomizedSearchCV"), "best_estimator_"),
    **dict.fromkeys(("HalvingGridSearchCV", "HalvingRandomSearchCV"), "best_estimator_"),
    "FrozenEstimator": "estimator",
}
_MOST_DEPTH = 12


class Describer:
    """Objects to JSON; arrays of numbers go into `arrays` and leave {"array": key} behind.

    With `graphs`, estimators bring a graph of skl2onnx, or why it has none, in `onnx` and `onnx_by`.
    """

    def __init__(self, graphs: bool = False) -> None:
        self.arrays: dict[str, Any] = {}
        self.graphs = graphs

    def of(self, value: Any, depth: int = 0) -> Any:
        if depth > _MOST_DEPTH:
            return {"unknown": "nested too deeply"}
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, (int, np.integer)):
            return int(value)
        if isinstance(value, (float, np.floating)):
            # Infinities and NaN have no form in JSON.
            return float(value) if math.isfinite(value) else {"float": repr(float(value))}
        if isinstance(value, np.ndarray):
            return self._array(value, depth)
        if isinstance(value, slice):
            return {"slice": [value.start, value.stop, value.step]}
        if isinstance(value, (list, tuple, UserList)):
            return [self.of(one, depth + 1) for one in value]
        if isinstance(value, (set, frozenset)):
            return sorted(self.of(one, depth + 1) for one in value)
        if isinstance(value, dict):
            return {"pairs": [[self.of(k, depth + 1), self.of(v, depth + 1)] for k, v in value.items()]}
        return self._object(value, depth)

    def _array(self, value: Any, depth: int) -> Any:
        if value.dtype.kind in "OUS":
            return [self.of(one, depth + 1) for one in value.tolist()]
        key = f"a{len(self.arrays)}"
        self.arrays[key] = value
        return {"array": key}

    def _object(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind.__name__ == "Tree" and kind.__module__.startswith("sklearn.tree"):
            names = ("children_left", "children_right", "feature", "threshold", "value")
            table = {name: self.of(np.asarray(getattr(value, name)), depth + 1) for name in names}
            missing = getattr(value, "missing_go_to_left", None)
            table["missing_go_to_left"] = None if missing is None else self.of(np.asarray(missing), depth + 1)
            return {"class": "Tree", "fitted": table}
        if kind.__name__ == "TreePredictor":
            nodes = {name: self.of(value.nodes[name].copy(), depth + 1) for name in value.nodes.dtype.names}
            nodes["raw_left_cat_bitsets"] = self.of(value.raw_left_cat_bitsets, depth + 1)
            return {"class": "TreePredictor", "fitted": nodes}
        if kind.__name__ == "_CalibratedClassifier":
            return {
                "class": kind.__name__,
                "fitted": {n: self.of(v, depth + 1) for n, v in vars(value).items()},
            }
        if isinstance(value, np.ufunc):
            return {"ufunc": value.__name__}
        if hasattr(value, "get_params"):
            return self._estimator(value, depth)
        if hasattr(value, "toarray") and hasattr(value, "nnz"):
            return self._array(value.toarray(), depth)
        return {"unknown": f"{kind.__module__}.{kind.__qualname__}"}

    def _estimator(self, value: Any, depth: int) -> Any:
        kind = type(value)
        found = getattr(value, _CHOSEN.get(kind.__name__, ""), None)
        if found is not None and kind.__module__.startswith("sklearn."):
            return self._estimator(found, depth)
        fitted = {
            name: one
            for name, one in vars(value).items()
            if (name.endswith("_") and not name.startswith("_")) or name in _PRIVATE
        }
        if not kind.__module__.startswith("sklearn."):
            return {"class": kind.__qualname__, "module": kind.__module__, "params": {}, "fitted": {}}
        self._computed(value, fitted)
        if self.graphs:
            graph, fitted["onnx_by"] = as_onnx(value, fitted.get("answers"))
            if graph is not None:
                fitted["onnx"] = np.frombuffer(graph, np.uint8)
                if hasattr(value, "get_feature_names_out"):
                    fitted["onnx_columns"] = len(value.get_feature_names_out())
        return {
            "class": kind.__name__,
            "module": kind.__module__,
            "params": {name: self.of(one, depth + 1) for name, one in value.get_params(deep=False).items()},
            "fitted": {name: self.of(one, depth + 1) for name, one in fitted.items()},
        }

    @staticmethod
    def _computed(value: Any, fitted: dict[str, Any]) -> None:
        """What scikit-learn works out from its attributes each time."""
        if hasattr(value, "get_support"):
            fitted["support"] = [bool(one) for one in value.get_support()]
        if hasattr(value, "predict"):
            fitted["answers"] = kind_of(value)
            fitted["decides"] = hasattr(value, "decision_function")
        # Of estimators made of others these are no attributes of their own.
        for name in ("classes_", "n_features_in_"):
            if hasattr(value, name):
                fitted.setdefault(name, getattr(value, name))
        if hasattr(value, "powers_"):
            fitted["powers"] = np.asarray(value.powers_)
        if hasattr(value, "get_stop_words"):
            fitted["stop_words"] = sorted(value.get_stop_words() or [])
        if hasattr(value, "_raw_predict_init"):
            init = value.init_ if hasattr(value, "init_") else None
            if type(init).__name__ in ("DummyClassifier", "DummyRegressor", "str"):
                fitted["raw_init"] = value._raw_predict_init(np.zeros((1, value.n_features_in_), np.float32))[
                    0
                ]


def load(path: str) -> Any:
    import joblib

    try:
        model = joblib.load(path)
    except AttributeError as error:
        # A pickle has the names of classes alone: one of the script that wrote it is nowhere to be found.
        raise RefusedError(
            "names a class that is not there",
            expected="estimators of scikit-learn alone",
            received=str(error).partition(" on <module")[0],
            hint="A step of one's own has no form here: apply it to the table beforehand.",
        ) from error
    if not hasattr(model, "get_params") or not hasattr(model, "predict"):
        raise RefusedError(
            "holds no estimator", expected="a fitted Pipeline or estimator", received=type(model).__name__
        )
    return model


def describe(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    import sklearn

    model = load(request["source"])
    describer = Describer(bool(request.get("graphs")))
    table = describer.of(model)
    np.savez(folder / "arrays.npz", **describer.arrays)
    return {"model": table, "version": sklearn.__version__, "predictions": kind_of(model)}


def kind_of(model: Any) -> str:
    """What the converted model is to compute."""
    if hasattr(model, "predict_proba"):
        return "probabilities"
    return "scores" if hasattr(model, "decision_function") else "predictions"


def compute(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The estimator's own answers to rows: texts, or columns by name, or a matrix."""
    model = load(request["source"])
    rows = request["rows"]
    if request["form"] == "frame":
        import pandas

        frame = pandas.DataFrame({name: _column(values) for name, values in rows.items()})
        data: Any = frame
    elif request["form"] == "matrix":
        data = np.array([_column(values) for values in rows.values()], dtype=_dtype(rows)).T
    else:
        data = rows
    found = getattr(model, {"probabilities": "predict_proba", "scores": "decision_function",
                            "predictions": "predict"}[request["kind"]])(data)  # fmt: skip
    np.save(folder / "outputs.npy", np.asarray(found, np.float64), allow_pickle=False)
    return {"labels": [str(one) for one in np.asarray(model.predict(data)).reshape(-1)]}


def _dtype(rows: dict[str, list[Any]]) -> Any:
    text = any(isinstance(value, (str, bool)) for values in rows.values() for value in values)
    return object if text else np.float64


def _column(values: list[Any]) -> Any:
    """Numbers as float64 with NaN for what is missing; anything else as objects."""
    if all(
        value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values
    ):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array([np.nan if value is None else value for value in values], object)


def main(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    return describe(request, folder) if request["do"] == "describe" else compute(request, folder)


if __name__ == "__main__":
    answer(main)
