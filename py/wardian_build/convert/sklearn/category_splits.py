"""Splits by category, of histogram gradient boosting, as columns that a tree can compare.

Source: `sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx` and `gradient_boosting.py`: a row goes to
the left if its category is in the node's set; one that is missing, or was not there when it was fitted, goes
where missing ones go. Columns of categories stand before those of numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.encoders import category_index, is_missing
from wardian_build.convert.sklearn.table import Block, Writer

__all__ = ["THRESHOLD", "CategorySplits"]

#: What a column of splits is compared with: its 0 goes to the left, its 1 to the right.
THRESHOLD = 0.5


class CategorySplits:
    """Collects the splits of all trees; then there is a block with a column for each different one."""

    def __init__(self, w: Writer, step: Described, block: Block) -> None:
        chosen = [bool(one) for one in step.values("is_categorical_")]
        rows = step.fitted("_preprocessor").raw("transformers_")
        if len(chosen) != len(block.columns) or not isinstance(rows, list) or not any(chosen):
            raise step.bad("is_categorical_", f"one for each of {len(block.columns)} columns", str(chosen))
        self._w, self._step = w, step
        self._encoder = step.child(rows[0][1], f"categories of {step.label}")
        self._texts = w.gather(block, [n for n, one in enumerate(chosen) if one])
        self._numbers = w.gather(block, [n for n, one in enumerate(chosen) if not one])
        self._known = [
            [not is_missing(one) for one in self._encoder.plain(row, "categories_")]
            for row in self._encoder.raw("categories_")
        ]
        #: By place, which codes go to the left, missing ones last: the number of the split.
        self._splits: dict[tuple[int, tuple[bool, ...]], int] = {}

    def feature(self, number: int) -> int:
        """Where a column of numbers stands in the block."""
        return number - len(self._known)

    def split(self, place: int, left: NDArray[np.integer], missing_left: bool) -> int:
        """Where the column of a split stands in the block; `left` is the set, 32 codes in each number."""
        if not 0 <= place < len(self._known):
            raise self._step.bad("trees", f"splits of {len(self._known)} columns by category", f"{place}")
        codes = range(len(self._known[place]))
        if len(left) * 32 < len(codes):
            raise self._step.bad("trees", f"sets of {len(codes)} categories", f"{len(left) * 32}")
        sides = [
            bool(int(left[code // 32]) >> (code % 32) & 1) if self._known[place][code] else missing_left
            for code in codes
        ]
        key = (place, (*sides, missing_left))
        return len(self._numbers.columns) + self._splits.setdefault(key, len(self._splits))

    def block(self) -> Block:
        """The columns of numbers, then one for each split: 0 for the left, 1 for the right."""
        if not self._splits:
            return self._numbers
        w = self._w
        for column in self._texts.columns:
            if column is not None:
                column.missing = True
        indices = [category_index(w, self._encoder, self._texts, place) for place in range(len(self._known))]
        index = indices[0] if len(indices) == 1 else w.op("Concat", *indices, axis=1)
        tables = [np.where(sides, 0.0, 1.0) for _, sides in self._splits]
        starts = np.cumsum([0, *map(len, tables[:-1])])
        rows = w.op("Gather", index, w.graph.ints([place for place, _ in self._splits]), axis=1)
        rows = w.op("Add", rows, w.constant(starts, "int64"))
        found = w.op("Gather", w.constant(np.concatenate(tables)), rows, axis=0)
        splits = Block(found, (None,) * len(tables))
        return w.joined([self._numbers, splits]) if self._numbers.columns else splits
