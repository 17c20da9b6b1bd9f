"""OneHotEncoder and OrdinalEncoder: categories of texts and of numbers, missing and rare ones among them.

Source: `sklearn/preprocessing/_encoders.py` of scikit-learn.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.table import Block, Column, Writer, made_columns

__all__ = ["category_index", "is_missing", "one_hot", "ordinal"]


def _own_code(step: Described, column: Column | None, category: Any) -> float:
    """What a category is in the matrix: a number itself, or a text's code."""
    if isinstance(category, str):
        if column is None:
            raise step.unsupported("over texts that a step made", "put it first")
        return column.code(category)
    number = float(category)
    if column is not None and math.isfinite(number):
        column.hints.append(number)
    return number


def is_missing(category: Any) -> bool:
    return category is None or (isinstance(category, float) and math.isnan(category))


def _categories(step: Described, block: Block) -> list[list[Any]]:
    rows = step.raw("categories_")
    if not isinstance(rows, list) or len(rows) != len(block.columns):
        raise step.bad("categories_", f"{len(block.columns)} lists", f"{rows!r:.80}")
    return [step.plain(row, "categories_") for row in rows]


def _matches(w: Writer, step: Described, block: Block, place: int, categories: list[Any]) -> str:
    """bool (batch_size, categories): which one a row has."""
    column = block.columns[place]
    value = w.op("Gather", block.value, w.graph.ints([place]), axis=1)
    plain = [one for one in categories if not is_missing(one)]
    if column is not None and len(plain) < len(categories):
        column.missing = True
    found = []
    if plain:
        own = np.array([[_own_code(step, column, one) for one in plain]])
        found.append(w.op("Equal", value, w.constant(own)))
    if len(plain) < len(categories):
        # A missing value is a category of its own, the last one.
        found.append(w.op("IsNaN", value))
    return found[0] if len(found) == 1 else w.op("Concat", *found, axis=1)


def one_hot(w: Writer, step: Described, block: Block) -> Block:
    step.require("handle_unknown", "error", "ignore", "infrequent_if_exist", "warn")
    known = step.has("_infrequent_indices")
    for name in ("min_frequency", "max_categories") if not known else ():
        step.require(name, None)
    rare = step.raw("_infrequent_indices") if known else [None] * len(block.columns)
    if any(one is not None for one in rare):
        step.require("drop", None)
    dropped = step.values("drop_idx_") if step.has("drop_idx_") else [None] * len(block.columns)
    parts, count = [], 0
    for place, (categories, drop) in enumerate(zip(_categories(step, block), dropped, strict=True)):
        column = block.columns[place]
        if column is not None and step.param("handle_unknown", "error") == "error":
            column.strict = True
        value = _matches(w, step, block, place, categories)
        kept = [index for index in range(len(categories)) if index != drop]
        if rare[place] is not None:
            seldom = [int(index) for index in step.plain(rare[place], "_infrequent_indices")]
            kept = [*(index for index in kept if index not in seldom), -1]
            value = _with_rare(w, step, value, kept[:-1], len(categories))
        elif len(kept) != len(categories):
            value = w.op("Gather", value, w.graph.ints(kept), axis=1)
        parts.append(w.op("Cast", value, to=11))
        count += len(kept)
    return made_columns(parts[0] if len(parts) == 1 else w.op("Concat", *parts, axis=1), count)


def _with_rare(w: Writer, step: Described, found: str, kept: list[int], count: int) -> str:
    """Categories of their own, and one for all others; an unknown one is another, or none."""
    table = np.zeros((count, len(kept) + 1))
    table[:, -1] = 1
    table[kept] = np.eye(len(kept), len(kept) + 1)
    value = w.op("Cast", found, to=11)
    columns = w.op("MatMul", value, w.constant(table))
    if step.param("handle_unknown", "error") in ("error", "ignore"):
        return columns
    none = w.op("Sub", w.constant(np.float64(1)), w.op("ReduceMax", value, w.graph.ints([1]), keepdims=1))
    return w.op("Add", columns, w.op("Mul", none, w.constant(np.eye(len(kept) + 1)[-1:])))


def category_index(w: Writer, step: Described, block: Block, place: int) -> str:
    """int64 (batch_size, 1): which category a row has in a column; their number where it has none of them."""
    found = w.op("Cast", _matches(w, step, block, place, _categories(step, block)[place]), to=11)
    # A column of one for none, then the first that is true: NaN may be among the numbers.
    none = w.op("Sub", w.constant(np.float64(1)), w.op("ReduceMax", found, w.graph.ints([1]), keepdims=1))
    return w.op("ArgMax", w.op("Concat", found, none, axis=1), axis=1, keepdims=1)


def ordinal(w: Writer, step: Described, block: Block) -> Block:
    """The place of the category; another number for unknown and for missing ones."""
    for name in ("min_frequency", "max_categories"):
        step.require(name, None)
    step.require("handle_unknown", "error", "use_encoded_value")
    strict = step.param("handle_unknown", "error") == "error"
    unknown = np.nan if strict else step.param("unknown_value")
    missing = step.param("encoded_missing_value", math.nan)
    parts = []
    for place, categories in enumerate(_categories(step, block)):
        column = block.columns[place]
        if column is not None:
            column.strict |= strict
        places = [missing if is_missing(one) else float(n) for n, one in enumerate(categories)]
        index = category_index(w, step, block, place)
        parts.append(w.op("Gather", w.constant(np.array([*places, unknown], np.float64)), index, axis=0))
    return made_columns(parts[0] if len(parts) == 1 else w.op("Concat", *parts, axis=1), len(parts))
