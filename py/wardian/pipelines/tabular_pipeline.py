"""The base of pipelines over tables: columns to the model's one input, rows in parts."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.text_inputs import check_count
from wardian.postprocessing.classification import require_finite
from wardian.preprocessing.table import Table
from wardian.types import TensorSpec

__all__ = ["TabularPipeline"]

_BATCH = 4096
"""Rows per run: many enough that a run's own cost is nothing beside them, few enough to be cancelled soon."""


class TabularPipeline(Pipeline):
    """A model over `features` (rows, columns), as `build.py add` makes it of a scikit-learn pipeline."""

    config: dict[str, Any]
    table: Table
    _features: TensorSpec
    _output: TensorSpec

    async def _prepare(self) -> None:
        self.config = await self.folder.read_json("config.json")
        self.table = Table.from_config(self.config)
        self._session_changed()

    def _session_changed(self) -> None:
        self._features = self._find("input", 2, ("float64", "float32"), ("features",))
        self._output = self._find(
            "output", 2, ("float32", "float64", "float16"), ("probabilities", "scores", "predictions")
        )

    async def _outputs(
        self, rows: Any, batch_size: int | None, progress: Progress | None, stage: str
    ) -> NDArray[np.float32]:
        """The model's answers: float32 (rows, outputs)."""
        check_count("batch_size", batch_size, 1, 1_000_000)
        answers = await self.run_features(self.table.encode(rows), batch_size, progress, stage)
        require_finite(answers)
        return answers

    async def run_features(
        self,
        features: NDArray[np.float64],
        batch_size: int | None = None,
        progress: Progress | None = None,
        stage: str = "predict",
    ) -> NDArray[np.float32]:
        """The model's answers float32 (rows, outputs) for rows as it takes them, float64 (rows, columns)."""
        features = features.astype(self._features.dtype, copy=False)
        size, found = batch_size or _BATCH, []
        for start in range(0, len(features), size):
            if start:
                await asyncio.sleep(0)  # who cancels is heard here
            feeds = {self._features.name: features[start : start + size]}
            outputs = await self.session.run(feeds, fetches=[self._output.name])
            found.append(np.asarray(outputs[self._output.name]).astype(np.float32, copy=False))
            if progress is not None:
                progress(stage, min(start + size, len(features)), len(features))
        return np.concatenate(found)
