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

from wardian_build.convert.graph import Ports
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.estimators import LINEAR, linear_of, linked
from wardian_build.convert.sklearn.table import Writer
from wardian_build.convert.sklearn.transformers import SELECTORS

__all__ = ["CONTRIBUTIONS", "TEXT_INPUTS", "VECTORIZERS", "TextModel", "begins_with_text", "write_text"]

VECTORIZERS = ("CountVectorizer", "TfidfVectorizer")
CONTRIBUTIONS = "contributions"
"""The second output, float32 (batch_size, sequence_length, classes): 1 class where one number decides."""
TEXT_INPUTS: Ports = {
    "input_ids": ("int64", ["batch_size", "sequence_length"]),
    "weights": ("float64", ["batch_size", "sequence_length"]),
}


@dataclass(frozen=True)
class TextModel:
    """`vectorizer.json` as bytes, the graph's writer, and the names of its outputs there: what the estimator
    predicts, and what each term of a text adds to that before the link (softmax or sigmoid).
    """

    vectorizer: bytes
    writer: Writer
    output: str
    contributions: str
    classes: int


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
    if len(steps) != 1 or steps[0].kind not in LINEAR:
        last = steps[-1] if steps else first
        raise last.unsupported(
            "after a vectorizer",
            f"between it and the end only a TfidfTransformer and a selector; at the end {', '.join(LINEAR)}",
        )
    parts = [_part(row) for row in rows]
    matrix, shift, link = linear_of(steps[0], kind)
    count = sum(len(part["terms"]) for part in parts)
    if selector is not None:
        # Terms that are not selected stay in the list, with no weight in the sum.
        kept, whole = np.array(selector.values("support"), bool), np.zeros((count, matrix.shape[1]))
        if kept.size != count or kept.sum() != len(matrix):
            raise selector.bad("support", f"{len(matrix)} of {count} terms", f"{kept.sum()} of {kept.size}")
        whole[kept] = matrix
        matrix = whole
    if matrix.shape[0] != count:
        raise steps[0].bad("coef_", f"{count} features", str(matrix.shape[0]))
    # Logarithms of many rare terms add up to large numbers; weights of linear models do not.
    wide = steps[0].kind.endswith("NB")
    w = Writer(root.path)
    table = np.vstack([matrix, np.zeros((1, matrix.shape[1]))])
    rows_of = w.op("Gather", w.constant(table, "float64" if wide else "float32"), "input_ids", axis=0)
    rows_of = rows_of if wide else w.op("Cast", rows_of, to=11)
    product = w.op("Mul", rows_of, w.op("Unsqueeze", "weights", w.graph.ints([2])))
    total = w.op("ReduceSum", product, w.graph.ints([1]), keepdims=0)
    value = linked(w, steps[0], w.op("Add", total, w.constant(shift)), link)
    text = json.dumps({"version": 1, "parts": parts}, ensure_ascii=False)
    parts_of_sum = w.op("Cast", product, to=1)
    return TextModel(text.encode(), w, w.op("Cast", value, to=1), parts_of_sum, matrix.shape[1])


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
