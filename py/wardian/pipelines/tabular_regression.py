"""Tabular regression: rows of a table to numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from wardian.errors import ModelError
from wardian.pipelines.base import Progress
from wardian.pipelines.tabular_pipeline import TabularPipeline
from wardian.preprocessing.table import is_row

__all__ = ["TabularRegressionPipeline"]


class TabularRegressionPipeline(TabularPipeline):
    """Rows to numbers, as Hugging Face's inference API gives them for this task.

    ```python
    pipe = await pipeline("tabular-regression", "rent")
    await pipe({"rooms": [2, 3], "city": ["Bern", "Oslo"]})     # [1450.0, 1720.5]
    ```
    """

    kind: ClassVar[str] = "tabular-regression"

    def _session_changed(self) -> None:
        super()._session_changed()
        if self._output.dims[1] != 1:
            raise ModelError(
                f"The model {self.folder.id!r} does not fit {self.kind}.",
                expected="an output of one number a row",
                received=self._output.describe(),
            )

    async def __call__(
        self,
        inputs: Any,
        *,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Predict one row or several.

        Args:
            inputs: values by column, `{"rooms": [2, 3], …}`; a list of rows; or one row, `{"rooms": 2, …}`.
            batch_size: rows per run.
            progress: called as `progress("predict", rows done, rows)`.

        Returns:
            A number for each row, in the units of what the model was fitted to; of one row that number.

        Raises:
            InputError: columns or values are missing or do not fit; the message names the column and the row.
            ModelError: an answer of the model is not a number.
        """
        outputs = await self._outputs(inputs, batch_size, progress, "predict")
        found = [float(row[0]) for row in outputs]
        return found[0] if is_row(inputs) else found
