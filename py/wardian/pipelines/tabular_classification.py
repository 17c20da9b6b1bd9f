"""Tabular classification: rows of a table to labels."""

from __future__ import annotations

from typing import Any, ClassVar

from wardian.pipelines.base import Progress
from wardian.pipelines.labels import FUNCTIONS, count_of, labels_of, require_function, usual_function
from wardian.pipelines.tabular_pipeline import TabularPipeline
from wardian.postprocessing.classification import top_k
from wardian.preprocessing.table import is_row

__all__ = ["TabularClassificationPipeline"]

_LABELS = "labels"
"""The default of top_k: labels alone, without scores."""


class TabularClassificationPipeline(TabularPipeline):
    """Rows to labels. Without `top_k` it gives what Hugging Face's inference API gives for this task.

    ```python
    pipe = await pipeline("tabular-classification", "iris")
    await pipe({"sepal": [5.1, 6.2], "petal": [1.4, 4.5]})      # ["setosa", "versicolor"]
    await pipe({"sepal": 5.1, "petal": 1.4}, top_k=2)           # [{"label": "setosa", "score": 0.98}, …]
    ```
    """

    kind: ClassVar[str] = "tabular-classification"
    labels: list[str]
    #: What makes scores of the model's output where nobody says: "softmax", "sigmoid" or "none".
    function_to_apply: str

    def _session_changed(self) -> None:
        super()._session_changed()
        self.labels = labels_of(self.config, self._output.dims[1])
        # What scikit-learn calls so is what its estimators give: nothing is to be made of it.
        given = self._output.name in ("probabilities", "scores")
        self.function_to_apply = "none" if given else usual_function(self.config, len(self.labels))

    async def __call__(
        self,
        inputs: Any,
        *,
        top_k: int | str | None = _LABELS,
        function_to_apply: str | None = None,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Classify one row or several.

        Args:
            inputs: values by column, `{"age": [30, 40], …}`; a list of rows; or one row, `{"age": 30, …}`.
            top_k: how many labels with their scores, best first; None for all.
            function_to_apply: `"softmax"`, `"sigmoid"` or `"none"`; by default none for probabilities and
                scores of scikit-learn (which are no probabilities where an estimator has none), else as in
                `TextClassificationPipeline`.
            batch_size: rows per run.
            progress: called as `progress("classify", rows done, rows)`.

        Returns:
            The best label of each row; with `top_k` for each `[{"label", "score"}, …]`. One row gives that of
            it.

        Raises:
            InputError: columns or values are missing or do not fit (which is named), or an option is out of
                range.
            ModelError: the model's scores are not numbers, or not as many as its labels.
        """
        k = None if top_k is None else 1 if top_k == _LABELS else count_of(top_k)
        name = function_to_apply or self.function_to_apply
        require_function(name)
        outputs = await self._outputs(inputs, batch_size, progress, "classify")
        ranked = [_top_k(row, self.labels, k) for row in FUNCTIONS[name](outputs)]
        results: list[Any] = [row[0]["label"] for row in ranked] if top_k == _LABELS else list(ranked)
        return results[0] if is_row(inputs) else results


#: The method's argument `top_k` hides the function.
_top_k = top_k
