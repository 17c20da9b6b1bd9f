"""The model of tables as a decoder, for tests of the search: it has no cache to be wrong about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.support import run

from golden import generation_cases as cases
from wardian.generation import Generated, GenerationConfig, Step, collect, generate


class TableDecoder:
    """Recomputes everything, and holds the search to `reorder`: a sequence goes on from the row it says."""

    def __init__(self) -> None:
        self.vocabulary = cases.VOCABULARY
        self.tables = cases.Tables()
        self.calls: list[tuple[int, int]] = []
        self._ids: NDArray[np.int64] | None = None
        self._rows: NDArray[np.int64] | None = None

    async def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        assert ids.dtype == np.int64
        if self._ids is not None:
            rows = np.arange(len(ids)) if self._rows is None else self._rows
            assert np.array_equal(ids[:, :-1], self._ids[rows])
        self._ids, self._rows = ids.copy(), None
        self.calls.append(ids.shape)
        return self.scores(ids)

    def scores(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.tables(ids)

    def reorder(self, rows: NDArray[np.int64]) -> None:
        self._rows = np.asarray(rows, np.int64)


def generated(prompt: list[int], decoder: Any = None, **settings: Any) -> tuple[Generated, ...]:
    """The sequences after a prompt, by the model of tables."""
    steps = generate(decoder or TableDecoder(), prompt, GenerationConfig.from_dict({}, **settings))
    return run(collect(steps))


def steps_of(prompt: list[int], decoder: Any = None, **settings: Any) -> list[Step]:
    async def all_of() -> list[Step]:
        config = GenerationConfig.from_dict({}, **settings)
        return [step async for step in generate(decoder or TableDecoder(), prompt, config)]

    return run(all_of())
