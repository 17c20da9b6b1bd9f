"""Several text classifiers as one: what each gets wrong differs, so that together they get less wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.postprocessing.classification import pooled, top_k

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.text_classification import TextClassificationPipeline
    from wardian.postprocessing.classification import LabelScore

__all__ = ["PooledClassifiers"]


class PooledClassifiers:
    """Classifiers of the same labels, each with a weight: their logits are added
    (`wardian.postprocessing.classification.pooled`).

    ```python
    both = PooledClassifiers([(large, 0.8), (small, 0.2)])
    await both("I loved every minute.")    # [{"label": "positive", …}, {"label": "negative", …}]
    ```
    """

    def __init__(self, members: Sequence[tuple[TextClassificationPipeline, float]]) -> None:
        """`members` are opened pipelines and their weights, above 0. They stay their owner's to close.

        Raises InputError when there is none, or a weight is not above 0; ModelError when two have different
        labels.
        """
        weights = [weight for _, weight in members]
        if not members or not all(0 < weight < math.inf for weight in weights):
            raise InputError(
                "These classifiers cannot answer together.",
                value=f"weights {weights}",
                expected="at least one classifier, with finite weights above 0",
            )
        self.labels = list(members[0][0].labels)
        self._members = list(members)
        for pipe, _ in members:
            if set(pipe.labels) != set(self.labels):
                raise ModelError(
                    "These classifiers have different labels.",
                    expected=", ".join(self.labels),
                    received=f"{', '.join(pipe.labels)} of {pipe.folder.id}",
                )

    async def __call__(
        self,
        inputs: str | Sequence[str],
        *,
        top_k: int | None = None,
        truncation: bool = False,
        progress: Progress | None = None,
    ) -> Any:
        """The best `top_k` labels with their scores, best first, for one text; a list of these for a list.

        Arguments, progress and errors are those of `TextClassificationPipeline`; without `top_k` all labels.
        """
        texts = [inputs] if isinstance(inputs, str) else list(inputs)
        count = len(self._members)
        scores = []
        for number, (pipe, _) in enumerate(self._members):

            def part(stage: str, done: int, total: int, number: int = number) -> None:
                if progress is not None:
                    progress(stage, number * total + done, count * total)

            scores.append(self._rows(await pipe(texts, top_k=None, truncation=truncation, progress=part)))
        rows = pooled(np.stack(scores), [weight for _, weight in self._members])
        answers = [_top_k(row, self.labels, top_k) for row in rows]
        return answers[0] if isinstance(inputs, str) else answers

    def _rows(self, answers: Sequence[Sequence[LabelScore]]) -> NDArray[np.float32]:
        """float32 (texts, labels): scores in the order of `labels`."""
        tables = [{one["label"]: one["score"] for one in answer} for answer in answers]
        return np.array([[table[label] for label in self.labels] for table in tables], np.float32)


#: The argument `top_k` hides the function.
_top_k = top_k
