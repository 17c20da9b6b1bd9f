"""Steps that skl2onnx writes: their answers are compared with all others' in `test_sklearn.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from test_sklearn import made, step_of

from wardian_build.convert.graph import GraphBuilder, taken_by
from wardian_build.errors import ConversionError, UnsupportedError


def test_the_story_tells_which_steps_are_not_ours() -> None:
    assert made("borrowed_near").borrowed == (
        "step 'kneighborsclassifier' (KNeighborsClassifier) written by skl2onnx 1.20.0",
    )
    steps = made("borrowed_steps").borrowed
    assert [step.split(" (")[1].split(")")[0] for step in steps] == ["QuantileTransformer", "KMeans"]
    assert made("logistic").borrowed == made("near").borrowed == ()


def test_nothing_is_left_of_what_was_begun_here() -> None:
    """Each node's answer is taken by another, or by the model."""
    for name in ("borrowed_near", "borrowed_steps", "borrowed_outside"):
        graph = onnx.load_from_string(made(name).onnx).graph
        taken = {one.name for one in graph.output}
        for node in graph.node:
            taken |= taken_by(node)
        assert [node.name for node in graph.node if not taken.intersection(node.output)] == []


def test_an_attempt_that_fails_leaves_no_trace() -> None:
    def written(fails: bool) -> bytes:
        graph = GraphBuilder("trace")
        graph.op("Neg", "x", name="kept")
        if fails:
            with pytest.raises(KeyError), graph.attempt():
                graph.op("Add", "kept", graph.constant("one", np.float32(1)), name="dropped")
                raise KeyError
            assert graph.has("kept") and not graph.has("dropped")
        return graph.build({"x": ("float32", ["n"])}, {"kept": ("float32", ["n"])})

    assert written(True) == written(False)


def _change(**fitted: Any) -> Any:
    return lambda model: step_of(model, -1)["fitted"].update(fitted)


def test_where_skl2onnx_has_none_either_its_words_are_told() -> None:
    said = "skl2onnx has none either (NotImplementedError: metric='cosine' is not implemented.)"
    with pytest.raises(UnsupportedError) as caught:
        made("borrowed_near", _change(onnx=None, onnx_by=said))
    assert [remedy for _, remedy in caught.value.items] == ["use euclidean, manhattan or minkowski", said]
    with pytest.raises(UnsupportedError, match="does not say how many columns it makes"):
        made("borrowed_steps", lambda model: step_of(model, 1)["fitted"].pop("onnx_columns"))


@pytest.mark.parametrize("graph", [[1, 2, 3], []])
def test_a_graph_that_is_none_is_refused(graph: list[int]) -> None:
    with pytest.raises(ConversionError, match=r"KNeighbors\w+.*onnx(?s:.*)a graph of skl2onnx"):
        made("borrowed_near", _change(onnx=graph))
