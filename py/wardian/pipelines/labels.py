"""The labels of a classifier, and what makes scores of its logits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.postprocessing.classification import sigmoid, softmax

__all__ = ["FUNCTIONS", "count_of", "labels_of", "require_function", "usual_function"]

_Scores = NDArray[np.float32]

#: Values of `function_to_apply`.
FUNCTIONS: dict[str, Callable[[_Scores], _Scores]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "none": lambda logits: logits,
}


def labels_of(config: Mapping[str, Any], classes: int | str) -> list[str]:
    """The labels of `config.json` in the order of the scores; LABEL_0, LABEL_1 … where it has none.

    >>> labels_of({"id2label": {"1": "joy", "0": "anger"}}, 2)
    ['anger', 'joy']

    Raises ModelError when they are broken, or there are none and the number of classes is not fixed.
    """
    named = config.get("id2label")
    if named is None:
        if not isinstance(classes, int):
            raise ModelError("config.json names no labels.", expected="id2label: number to label")
        return [f"LABEL_{index}" for index in range(classes)]
    try:
        by_index = {int(index): str(label) for index, label in dict(named).items()}
        return [by_index[index] for index in range(len(by_index))]
    except (TypeError, ValueError, KeyError) as error:
        raise ModelError(
            "id2label of config.json is broken.",
            expected="an object: numbers from 0 on to labels",
            received=repr(error),
        ) from error


def require_function(name: object) -> None:
    """Raises InputError for an unknown `function_to_apply`."""
    if name not in FUNCTIONS:
        raise InputError(
            "The function is unknown.", value=repr(name), expected="one of " + ", ".join(FUNCTIONS)
        )


def usual_function(config: Mapping[str, Any], labels: int) -> str:
    """What makes scores of logits where nobody says, as in transformers.

    >>> usual_function({}, 3), usual_function({}, 1), usual_function({"problem_type": "regression"}, 1)
    ('softmax', 'sigmoid', 'none')
    """
    problem = config.get("problem_type")
    if problem == "regression":
        return "none"
    return "sigmoid" if problem == "multi_label_classification" or labels == 1 else "softmax"


def count_of(top_k: object) -> int:
    """How many labels a value of `top_k` asks for. Raises InputError for one that asks for none."""
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InputError("top_k is wrong.", value=repr(top_k), expected="an integer ≥ 1, or None for all")
    return top_k
