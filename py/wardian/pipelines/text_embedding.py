"""The base of pipelines over embeddings of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.pipelines.base import Progress
from wardian.pipelines.text_inputs import attention_mask
from wardian.pipelines.text_pipeline import TextPipeline
from wardian.postprocessing.pooling import normalize, pool, pooling_of
from wardian.types import TensorSpec

__all__ = ["EmbeddingPipeline"]

#: Where sentence-transformers keeps the pooling of a model.
_TRAINED = "1_Pooling/config.json"


class EmbeddingPipeline(TextPipeline):
    """A model that gives a vector for every token, and how they become one for a text."""

    #: Longest text in tokens, unless one asks for more.
    max_length: int
    _hidden: TensorSpec
    _pooling: dict[str, Any]

    @property
    def pooling(self) -> str:
        """What the model was trained with: `"mean"` unless its `1_Pooling/config.json` says otherwise.

        Raises ModelError when it is another than `mean`, `cls` and `last_token`.
        """
        return pooling_of(self._pooling)

    async def _prepare(self) -> None:
        await super()._prepare()
        trained = self.tokenizer.truncation
        self.max_length = min(trained["max_length"], self.longest) if trained else self.longest
        self._pooling = {"pooling_mode": "mean"}
        if self.folder.has(_TRAINED):
            self._pooling = await self.folder.read_json(_TRAINED)

    def _find_tensors(self) -> None:
        names = ("last_hidden_state", "token_embeddings")
        self._hidden = self._find("output", 3, ("float32", "float16"), names)

    async def _embed(
        self,
        texts: Sequence[str],
        pooling: str,
        *,
        normalized: bool = True,
        batch_size: int | None = None,
        max_length: int | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """float32 (texts, features), or (texts, tokens, features) for pooling "none"."""
        self.tokenizer.enable_truncation(max_length or self.max_length)
        encodings = self.tokenizer.encode_batch(texts)
        fetches = [self._hidden.name]
        results: NDArray[np.float32] | None = None
        runs = self._runs(encodings, fetches, stage="embed", batch_size=batch_size, progress=progress)
        async for members, outputs in runs:
            mask = attention_mask([encodings[index] for index in members])
            rows = pool(outputs[self._hidden.name], mask, pooling)
            if results is None:
                longest = (max(map(len, encodings)),) if pooling == "none" else ()
                results = np.zeros((len(texts), *longest, rows.shape[-1]), np.float32)
            if pooling == "none":
                results[members, : rows.shape[1]] = rows
            else:
                results[members] = rows
        assert results is not None  # callers refuse an empty list
        return normalize(results) if normalized else results
