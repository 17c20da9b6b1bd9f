"""The base of pipelines over embeddings of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError, UnknownNameError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_inputs import attention_mask
from wardian.pipelines.text_pipeline import TextPipeline
from wardian.postprocessing.pooling import normalize, pool, pooling_of, span_means
from wardian.types import TensorSpec

__all__ = ["EmbeddingPipeline", "prompts_of"]

#: Where sentence-transformers keeps the pooling of a model.
_TRAINED = "1_Pooling/config.json"
#: Where it keeps what a model was trained to find before a text, by the names of its uses.
_PROMPTS = "config_sentence_transformers.json"


class EmbeddingPipeline(TextPipeline):
    """A model that gives a vector for every token, and how they become one for a text."""

    #: Longest text in tokens, unless one asks for more.
    max_length: int
    _hidden: TensorSpec
    _pooling: dict[str, Any]
    #: What comes before a text, by the name of its use: `{"query": "query: ", "passage": "passage: "}`.
    prompts: dict[str, str]
    #: The use where a call names none.
    default_prompt_name: str | None

    @property
    def pooling(self) -> str:
        """What the model was trained with: `"mean"` unless its `1_Pooling/config.json` says otherwise.

        Raises ModelError when it is another than `mean`, `cls` and `last_token`.
        """
        return pooling_of(self._pooling)

    async def embed_spans(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[tuple[int, int]]],
        *,
        max_length: int | None = None,
        prompt_name: str | None = None,
    ) -> list[NDArray[np.float32]]:
        """Embeddings of texts, and of parts of them as they read in their surroundings ("late chunking").

        Args:
            texts: texts, each run once.
            spans: of each text, the parts in characters (code points).
            max_length, prompt_name: as in `FeatureExtractionPipeline`; a part beyond the length is like
                nothing.

        Returns:
            for each text float32 (1 + parts, features), rows of length 1: first the text, pooled as the model
            was trained, then its parts, each the mean of its own tokens.

        Source: Günther et al. 2024, "Late Chunking", arXiv:2409.04701.
        """
        self.tokenizer.enable_truncation(max_length or self.max_length)
        prompt = self._prompt(prompt_name)
        encodings = self.tokenizer.encode_batch([prompt + text for text in texts])
        found: dict[int, NDArray[np.float32]] = {}
        async for members, outputs in self._runs(encodings, [self._hidden.name], stage="embed"):
            hidden = outputs[self._hidden.name]
            whole = pool(hidden, attention_mask([encodings[index] for index in members]), self.pooling)
            for row, index in enumerate(members):
                places = np.array(encodings[index].offsets, np.int64).reshape(-1, 2) - len(prompt)
                parts = span_means(hidden[row], places, spans[index])
                found[index] = normalize(np.concatenate([whole[row][None], parts]))
        return [found[index] for index in range(len(texts))]

    async def _prepare(self) -> None:
        await super()._prepare()
        trained = self.tokenizer.truncation
        self.max_length = min(trained["max_length"], self.longest) if trained else self.longest
        self._pooling = {"pooling_mode": "mean"}
        if self.folder.has(_TRAINED):
            self._pooling = await self.folder.read_json(_TRAINED)
        settings = await self.folder.read_json(_PROMPTS) if self.folder.has(_PROMPTS) else {}
        self.prompts, self.default_prompt_name = prompts_of(settings)

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
        prompt_name: str | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """float32 (texts, features), or (texts, tokens, features) for pooling "none"."""
        prompt = self._prompt(prompt_name)
        texts = [prompt + text for text in texts] if prompt else texts
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

    def _prompt(self, name: str | None) -> str:
        """What comes before each text. Raises UnknownNameError for a use that the model does not have."""
        name = self.default_prompt_name if name is None else name
        if name is None:
            return ""
        if name not in self.prompts:
            raise UnknownNameError(f"prompt of model {self.folder.id!r}", name, self.prompts)
        return self.prompts[name]


def prompts_of(settings: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """Prompts by name and the default name, from `config_sentence_transformers.json`.

    Raises ModelError where they are no texts, or the default is none of them.
    Source: sentence-transformers, `SentenceTransformer.encode`.

    >>> prompts_of({"prompts": {"query": "query: "}, "default_prompt_name": "query"})
    ({'query': 'query: '}, 'query')
    """
    prompts, default = settings.get("prompts") or {}, settings.get("default_prompt_name")
    texts = isinstance(prompts, Mapping) and all(isinstance(prompt, str) for prompt in prompts.values())
    if not texts or not (default is None or (isinstance(default, str) and default in prompts)):
        raise ModelError(
            "The prompts of this model cannot be read.",
            value=_PROMPTS,
            expected="prompts, texts by name, and a default_prompt_name that is one of the names",
            received=shorten({"prompts": prompts, "default_prompt_name": default}),
        )
    return dict(prompts), default
