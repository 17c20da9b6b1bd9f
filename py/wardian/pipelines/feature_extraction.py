"""Feature extraction: texts to embeddings, of every token or pooled to one per text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, shorten
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.text_inputs import (
    attention_mask,
    batches,
    check_count,
    feeds_of,
    longest_text,
    require_text_inputs,
)
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.postprocessing.pooling import POOLINGS, last_token, mean_pooling, normalize, pooling_of
from wardian.tokenizers import Encoding, Tokenizer
from wardian.types import TensorSpec

__all__ = ["FeatureExtractionPipeline"]

_POOLING = ("none", *POOLINGS)

#: Where sentence-transformers keeps the pooling of a model.
_TRAINED = "1_Pooling/config.json"

#: Texts per run. More gain nothing on a CPU, where a run is already wide, and cost memory and padding.
_BATCH = 8


class FeatureExtractionPipeline(Pipeline):
    """Texts to embeddings.

    ```python
    pipe = await pipeline("feature-extraction", "all-MiniLM-L6-v2")
    tokens = await pipe("Two words")                                             # (1, 4, 384)
    texts = await pipe(["One text.", "Another."], pooling="mean", normalize=True)  # (2, 384)
    ```
    """

    kind: ClassVar[str] = "feature-extraction"
    tokenizer: Tokenizer
    #: Longest text in tokens: unless one asks for more, and at all.
    max_length: int
    longest: int
    _pad_id: int
    _hidden: TensorSpec
    _pooling: dict[str, Any]

    @property
    def pooling(self) -> str:
        """What the model was trained with: `"mean"` unless its `1_Pooling/config.json` says otherwise.

        Raises ModelError when it is another than `__call__` takes.
        """
        return pooling_of(self._pooling)

    async def _prepare(self) -> None:
        self.tokenizer = await read_tokenizer(self.folder)
        config = await self.folder.read_json("config.json")
        settings = {}
        if self.folder.has("tokenizer_config.json"):
            settings = await self.folder.read_json("tokenizer_config.json")
        self.longest = longest_text(config, settings)
        self._pad_id = int(config.get("pad_token_id") or 0)
        trained = self.tokenizer.truncation
        self.max_length = min(trained["max_length"], self.longest) if trained else self.longest
        self.tokenizer.no_padding()
        require_text_inputs(self.session.inputs, self.folder.id, self.kind)
        names = ("last_hidden_state", "token_embeddings")
        self._pooling = {"pooling_mode": "mean"}
        if self.folder.has(_TRAINED):
            self._pooling = await self.folder.read_json(_TRAINED)
        self._hidden = self._find("output", 3, ("float32", "float16"), names)

    async def __call__(
        self,
        texts: str | Sequence[str],
        *,
        pooling: str = "none",
        normalize: bool = False,
        batch_size: int | None = None,
        max_length: int | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """Embed one text or many.

        Args:
            texts: any lengths; they are sorted by length and run in batches, so little is padded.
            pooling: `"none"`, the `"mean"` of a text's tokens, its first one (`"cls"`) or its `"last_token"`;
                `pipe.pooling` is what the model was trained with.
            normalize: scale embeddings to Euclidean length 1.
            batch_size: texts per run; by default 8, and 1 for q8 models: their scales are taken over the
                whole batch, so only alone is a text's embedding independent of its neighbours.
            max_length: cut longer texts to so many tokens, special ones included; by default the length
                that the model was trained with.
            progress: called as `progress("embed", texts done, texts)`.

        Returns:
            float32 (texts, features), or for pooling `"none"` (texts, tokens, features), where rows past
            the end of a shorter text are 0. One text gives texts = 1.

        Raises:
            InputError: something that is not a text, no text, or an option out of range.
        """
        # Anything else goes to the check as one text, which names what it is.
        batch: list[Any] = list(texts) if isinstance(texts, (list, tuple)) else [texts]
        self._check(batch, pooling, batch_size, max_length)
        self.tokenizer.enable_truncation(max_length or self.max_length)
        encodings = self.tokenizer.encode_batch(batch)
        size = batch_size or (1 if self.dtype == "q8" else _BATCH)
        longest = max(map(len, encodings))
        results: NDArray[np.float32] | None = None
        done = 0
        for members in batches(encodings, size):
            rows = await self._embed([encodings[index] for index in members], pooling)
            if results is None:
                shape = (len(batch), longest) if pooling == "none" else (len(batch),)
                results = np.zeros((*shape, rows.shape[-1]), np.float32)
            if pooling == "none":
                results[members, : rows.shape[1]] = rows
            else:
                results[members] = rows
            done += len(members)
            if progress is not None:
                progress("embed", done, len(batch))
        assert results is not None  # _check refuses an empty batch
        return _normalize(results) if normalize else results

    async def _embed(self, encodings: list[Encoding], pooling: str) -> NDArray[np.float32]:
        """One run: float32 (batch, features), or (batch, tokens, features) for pooling "none"."""
        feeds = feeds_of(encodings, self.session.inputs, self._pad_id)
        outputs = await self.session.run(feeds, fetches=[self._hidden.name])
        hidden = np.asarray(outputs[self._hidden.name])
        mask = attention_mask(encodings)
        if pooling == "mean":
            return mean_pooling(hidden, mask)
        if pooling == "cls":
            return hidden[:, 0].astype(np.float32)
        if pooling == "last_token":
            return last_token(hidden, mask)
        return np.where(mask[:, :, None] == 1, hidden, 0).astype(np.float32, copy=False)

    def _check(self, batch: list[Any], pooling: str, batch_size: int | None, max_length: int | None) -> None:
        if not batch:
            raise InputError("There is no text.", value="[]", expected="at least one text")
        for text in batch:
            if not isinstance(text, str):
                raise InputError(
                    "This is not a text.", value=shorten(text), expected="str", received=type(text).__name__
                )
        if pooling not in _POOLING:
            raise InputError(
                "The pooling is unknown.", value=repr(pooling), expected="one of " + ", ".join(_POOLING)
            )
        check_count("batch_size", batch_size, 1, 4096)
        check_count("max_length", max_length, 3, self.longest)


#: The method's argument `normalize` hides the function.
_normalize = normalize
