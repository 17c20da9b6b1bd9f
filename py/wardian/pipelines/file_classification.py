"""File classification: what a file is, by the bytes at its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wardian.errors import ModelError
from wardian.pipelines.base import Pipeline, Progress
from wardian.postprocessing.classification import LabelScore, top_k
from wardian.postprocessing.file_type import ContentType, ContentTypes, Thresholds
from wardian.preprocessing.file_bytes import FileBytes
from wardian.preprocessing.file_ends import FileEnds
from wardian.types import TensorSpec

__all__ = ["FileClassificationPipeline", "IdentifiedFile"]


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """What a file is: `type` is the answer, `score` that of the model's best label.

    `best` are the model's labels, best first; empty for an empty file and for one too small for the model,
    whose answer comes from rules, with the score 1. `reason` and `threshold` are those of `Decision`.
    """

    file: FileEnds
    type: ContentType
    score: float
    best: list[LabelScore]
    reason: str
    threshold: float


class FileClassificationPipeline(Pipeline):
    """Files to types, with models of Magika (Fratantonio et al. 2024, arXiv:2409.13768).

    ```python
    pipe = await pipeline("file-classification", "magika")
    await pipe("photo.jpg", top_k=2)                # [{"label": "png", "score": 0.999}, …]
    (await pipe.identify("photo.jpg")).type         # ContentType(label="png", description="PNG image", …)
    ```

    Its folder has Magika's `config.min.json` as `config.json`, and `content_types_kb.json`.
    """

    kind: ClassVar[str] = "file-classification"
    types: ContentTypes
    labels: list[str]
    _reader: FileBytes
    _thresholds: Thresholds
    _bytes: TensorSpec
    _scores: TensorSpec

    async def _prepare(self) -> None:
        config = await self.folder.read_json("config.json")
        self.types = ContentTypes(await self.folder.read_json("content_types_kb.json"))
        self._reader = FileBytes.from_config(config)
        self._thresholds = Thresholds.from_config(config)
        labels = config.get("target_labels_space")
        if not isinstance(labels, list) or not labels:
            raise ModelError("config.json names no labels.", expected="target_labels_space: a list")
        self.labels = [self.types[str(label)].label for label in labels]
        self._session_changed()

    def _session_changed(self) -> None:
        self._bytes = self._find("input", 2, ("int32",), ("bytes",))
        self._scores = self._find("output", 2, ("float32",), ("target_label",))

    async def __call__(
        self, file: Any, *, top_k: int | None = 5, progress: Progress | None = None
    ) -> list[LabelScore]:
        """The labels of a file with their probabilities, as the model gives them.

        Args:
            file: a path, bytes, `{"file": bytes, "name"}` or `FileEnds`.
            top_k: how many labels, best first; None for all.
            progress: called as `progress("classify", 1, 1)`.

        Returns:
            `[{"label", "score"}, …]`; one label with the score 1 for a file too small for the model.

        Raises InputError when the file cannot be read, ModelError when the model's scores are not numbers.
        """
        found = await self.identify(file, top_k=top_k)
        if progress is not None:
            progress("classify", 1, 1)
        return found.best or [{"label": found.type.label, "score": found.score}]

    async def identify(self, file: Any, *, top_k: int | None = 5) -> IdentifiedFile:
        """What a file is, by the model's thresholds and fall-backs; arguments as those of a call."""
        ends = FileEnds.of_source(file, self._reader.block_size)
        numbers = self._reader(ends)
        if numbers is None:
            few = "txt" if self._reader.is_text(ends) else "unknown"
            return IdentifiedFile(ends, self.types[few if ends.size else "empty"], 1.0, [], "none", 0.0)
        outputs = await self.session.run({self._bytes.name: numbers[None]}, fetches=[self._scores.name])
        scores = np.asarray(outputs[self._scores.name], np.float32)[0]
        best = _top_k(scores, self.labels, top_k)
        decision = self._thresholds.decide(best[0]["label"], best[0]["score"], self.types)
        return IdentifiedFile(
            ends, self.types[decision.label], best[0]["score"], best, decision.reason, decision.threshold
        )


#: The method's argument `top_k` hides the function.
_top_k = top_k
