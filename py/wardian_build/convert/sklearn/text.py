"""Texts: the vectorizer becomes `vectorizer.json`, for Python; the linear estimator becomes the graph.

No text enters ONNX: its string operators split and lower-case by rules of their own. The graph takes the
numbers of a text's terms and their weights, so its work is that of the text and not of the vocabulary. Beside
the answer it gives what each term adds to it: an estimator that is a sum explains itself exactly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import Ports
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.estimators import LINEAR, answered, linear_of, linked
from wardian_build.convert.sklearn.table import Block, Writer
from wardian_build.convert.sklearn.transformers import SELECTORS, VECTORIZERS

__all__ = ["CONTRIBUTIONS", "TEXT_INPUTS", "TextModel", "begins_with_text", "write_text"]

CONTRIBUTIONS = "contributions"
"""The second output, float32 (batch_size, sequence_length, classes): 1 class where one number decides."""
TEXT_INPUTS: Ports = {
    "input_ids": ("int64", ["batch_size", "sequence_length"]),
    "weights": ("float64", ["batch_size", "sequence_length"]),
}


@dataclass(frozen=True)
class TextModel:
    """`vectorizer.json` as bytes, the graph's writer, and the names of its outputs there: what the estimator
    predicts, and what each term of a text adds to that before the link (softmax or sigmoid). The latter is
    empty for estimators made of several sums.
    """

    vectorizer: bytes
    writer: Writer
    output: str
    contributions: str
    classes: int


OF_SUMS = ("CalibratedClassifierCV", "OneVsRestClassifier", "VotingClassifier")
"""Estimators whose members may be sums over terms."""


@dataclass(frozen=True)
class _Terms(Block):
    """All terms of a text, which are never a matrix: a product with one is a sum over those that it has."""

    #: The places of the estimator's features among the terms, and how many terms there are.
    kept: NDArray[np.intp]
    count: int

    def product(self, w: Writer, step: Described, matrix: NDArray[Any]) -> str:
        # Logarithms of many rare terms add up to large numbers; weights of linear models do not.
        return _sum(w, self.whole(step, matrix), wide=step.kind.endswith("NB"))[1]

    def whole(self, step: Described, matrix: NDArray[Any]) -> NDArray[Any]:
        """A row for each term: those that are not selected stay in the list, with no weight in the sum."""
        if len(matrix) != len(self.kept):
            raise step.bad("coef_", f"{len(self.kept)} features", str(len(matrix)))
        whole = np.zeros((self.count, matrix.shape[1]))
        whole[self.kept] = matrix
        return whole


def _sum(w: Writer, matrix: NDArray[Any], wide: bool) -> tuple[str, str]:
    """What each term of a text adds, float64 (batch_size, terms, n), and the sum; the last row is padding."""
    table = np.vstack([matrix, np.zeros((1, matrix.shape[1]))])
    rows = w.op("Gather", w.constant(table, "float64" if wide else "float32"), "input_ids", axis=0)
    rows = rows if wide else w.op("Cast", rows, to=11)
    product = w.op("Mul", rows, w.op("Unsqueeze", "weights", w.graph.ints([2])))
    return product, w.op("ReduceSum", product, w.graph.ints([1]), keepdims=0)


def begins_with_text(step: Described) -> bool:
    """Whether the first step, or each part of a first FeatureUnion, is a vectorizer of texts."""
    steps = steps_of(step)
    return bool(steps) and bool(_vectorizers(steps[0]))


def steps_of(step: Described) -> list[Described]:
    """The steps of nested pipelines, in a row."""
    if step.kind != "Pipeline":
        return [step]
    pairs = [(name, table) for name, table in step.param("steps", []) if table not in (None, "passthrough")]
    return [one for name, table in pairs for one in steps_of(step.child(table, f"step {name!r}"))]


def _vectorizers(step: Described) -> list[list[Described]]:
    """Each vectorizer with what weights its counts afterwards; none where there are others."""
    if step.kind in VECTORIZERS:
        return [[step]]
    if step.kind != "FeatureUnion":
        return []
    rows = [
        steps_of(step.child(t, f"step {n!r}")) for n, t in step.param("transformer_list", []) if t != "drop"
    ]
    return rows if all(row and row[0].kind in VECTORIZERS for row in rows) else []


def write_text(root: Described, kind: str) -> TextModel:
    """The two files. Raises UnsupportedError for what neither a description nor a linear graph can say."""
    first, *steps = steps_of(root)
    rows = _vectorizers(first)
    if first.kind == "FeatureUnion":
        first.require("transformer_weights", None)
    elif len(steps) > 1 and steps[0].kind == "TfidfTransformer":
        rows = [[rows[0][0], steps.pop(0)]]
    selector = steps.pop(0) if len(steps) > 1 and steps[0].kind in SELECTORS else None
    if len(steps) != 1 or steps[0].kind not in (*LINEAR, *OF_SUMS):
        last = steps[-1] if steps else first
        raise last.unsupported(
            "after a vectorizer",
            "between it and the end only a TfidfTransformer and a selector; at the end "
            + ", ".join((*LINEAR, *OF_SUMS)),
        )
    parts = [_part(row) for row in rows]
    count = sum(len(part["terms"]) for part in parts)
    kept = np.arange(count) if selector is None else np.flatnonzero(selector.values("support"))
    if selector is not None and len(selector.values("support")) != count:
        raise selector.bad("support", f"{count} terms", str(len(selector.values("support"))))
    terms = _Terms("", (None,) * len(kept), kept, count)
    text = json.dumps({"version": 1, "parts": parts}, ensure_ascii=False).encode()
    w = Writer(root.path)
    if steps[0].kind not in LINEAR:
        value = answered(w, steps[0], terms, kind)
        return TextModel(text, w, w.op("Cast", value, to=1), "", 0)
    matrix, shift, link = linear_of(steps[0], kind)
    product, total = _sum(w, terms.whole(steps[0], matrix), wide=steps[0].kind.endswith("NB"))
    value = linked(w, steps[0], w.op("Add", total, w.constant(shift)), link)
    parts_of_sum = w.op("Cast", product, to=1)
    return TextModel(text, w, w.op("Cast", value, to=1), parts_of_sum, matrix.shape[1])


def _part(steps: Sequence[Described]) -> dict[str, Any]:
    """One vectorizer in `vectorizer.json`."""
    first, *others = steps
    for name in ("tokenizer", "preprocessor"):
        first.require(name, None)
    first.require("input", "content")
    first.require("decode_error", "strict", "ignore", "replace")
    first.require("analyzer", "word", "char", "char_wb")
    first.require("strip_accents", None, "ascii", "unicode")
    if len(others) > 1 or (others and others[0].kind != "TfidfTransformer"):
        raise others[-1].unsupported("after a vectorizer", "only a TfidfTransformer can follow it")
    pairs = first.raw("vocabulary_")["pairs"]
    terms: list[str] = [""] * len(pairs)
    for term, number in pairs:
        if not isinstance(number, int) or not 0 <= number < len(terms):
            raise first.bad("vocabulary_", f"numbers below {len(terms)}", f"{number!r:.40}")
        terms[number] = term
    table: dict[str, Any] = {"terms": terms, "ngram_range": first.param("ngram_range")}
    for name in ("analyzer", "lowercase", "strip_accents", "token_pattern", "binary"):
        table[name] = first.param(name)
    table["stop_words"] = first.values("stop_words")
    weighing = others[0] if others else first.fitted("_tfidf") if first.kind == "TfidfVectorizer" else None
    if weighing is not None:
        table["norm"], table["sublinear_tf"] = weighing.param("norm"), weighing.param("sublinear_tf")
        if weighing.param("use_idf"):
            # Terms of equal frequency have equal weights: a few hundred numbers for any vocabulary.
            values, places = np.unique(weighing.array("idf_"), return_inverse=True)
            table["idf_values"], table["idf"] = values.tolist(), places.reshape(-1).tolist()
    return table
