"""Feature extraction: texts to embeddings, of every token or pooled to one per text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.pipelines.base import Progress
from wardian.pipelines.text_embedding import EmbeddingPipeline
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import require_texts
from wardian.postprocessing.pooling import POOLINGS

__all__ = ["FeatureExtractionPipeline"]

_POOLING = ("none", *POOLINGS)


class FeatureExtractionPipeline(EmbeddingPipeline):
    """Texts to embeddings.

    ```python
    pipe = await pipeline("feature-extraction", "all-MiniLM-L6-v2")
    tokens = await pipe("Two words")                                             # (1, 4, 384)
    texts = await pipe(["One text.", "Another."], pooling="mean", normalize=True)  # (2, 384)
    ```
    """

    kind: ClassVar[str] = "feature-extraction"

    async def __call__(
        self,
        texts: str | Sequence[str],
        *,
        pooling: str = "none",
        normalize: bool = False,
        batch_size: int | None = None,
        max_length: int | None = None,
        prompt_name: str | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """Embed one text or many.

        Args:
            texts: any lengths; they are sorted by length and run in buckets, so little is padded.
            pooling: `"none"`, the `"mean"` of a text's tokens, its first one (`"cls"`) or its `"last_token"`;
                `pipe.pooling` is what the model was trained with.
            normalize: scale embeddings to Euclidean length 1.
            batch_size: texts per run; by default as many as cost no more than one long text, and 1 for models
                that quantise activations by one scale for a whole batch: there a text's answer depends on its
                neighbours.
            max_length: cut longer texts to so many tokens, special ones included; by default the length
                that the model was trained with.
            prompt_name: what the texts are, one of `pipe.prompts`, for models that were trained with words
                before each text: `"query"` or `"passage"` for multilingual-e5-small. By default
                `pipe.default_prompt_name`; models without prompts have none.
            progress: called as `progress("embed", texts done, texts)`.

        Returns:
            float32 (texts, features), or for pooling `"none"` (texts, tokens, features), where rows past
            the end of a shorter text are 0. One text gives texts = 1.

        Raises:
            InputError: something that is not a text, no text, or an option out of range.
            UnknownNameError: the model has no such prompt.
        """
        batch = require_texts(texts)
        if pooling not in _POOLING:
            raise InputError(
                "The pooling is unknown.", value=repr(pooling), expected="one of " + ", ".join(_POOLING)
            )
        check_count("batch_size", batch_size, 1, 4096)
        check_count("max_length", max_length, 3, self.longest)
        return await self._embed(
            batch,
            pooling,
            normalized=normalize,
            batch_size=batch_size,
            max_length=max_length,
            prompt_name=prompt_name,
            progress=progress,
        )
