"""Sentence similarity: how like a sentence others are, by the cosine of their embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from wardian.errors import InputError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_embedding import EmbeddingPipeline
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import require_texts
from wardian.postprocessing.similarity import cosine_similarity

__all__ = ["SentenceSimilarityPipeline"]

_FIELDS = ("source_sentence", "sentences")


class SentenceSimilarityPipeline(EmbeddingPipeline):
    """Sentences to their likeness with another, with the input and result of Hugging Face's inference API.

    ```python
    pipe = await pipeline("sentence-similarity", "all-MiniLM-L6-v2")
    await pipe({"source_sentence": "It rains.", "sentences": ["Rain falls.", "I am hungry."]})  # [0.8, 0.1]
    ```
    """

    kind: ClassVar[str] = "sentence-similarity"

    async def __call__(
        self,
        inputs: Mapping[str, Any],
        *,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> list[float]:
        """Compare one sentence with others.

        Args:
            inputs: `{"source_sentence": text, "sentences": [text, …]}`.
            batch_size: texts per run, see `FeatureExtractionPipeline`.
            progress: called as `progress("embed", texts done, texts)`.

        Returns:
            For each of the sentences the cosine of its embedding and that of the first, in [-1, 1]. Tokens
            are pooled as the model was trained: by their mean, unless `1_Pooling/config.json` says otherwise.

        Raises:
            InputError: a field is missing or unknown, or holds something that is no text.
            ModelError: the model was trained with a pooling that is not known here.
        """
        if not isinstance(inputs, Mapping) or set(inputs) != set(_FIELDS):
            received = ", ".join(map(str, inputs)) if isinstance(inputs, Mapping) else type(inputs).__name__
            raise InputError(
                "These are no sentences to compare.",
                value=shorten(inputs),
                expected=" and ".join(_FIELDS),
                received=received or "nothing",
            )
        source, sentences = (inputs[name] for name in _FIELDS)
        if not isinstance(source, str):
            raise InputError(
                "source_sentence is no text.",
                value=shorten(source),
                expected="str",
                received=type(source).__name__,
            )
        texts = [source, *require_texts(sentences, "sentence")]
        check_count("batch_size", batch_size, 1, 4096)
        vectors = await self._embed(texts, self.pooling, batch_size=batch_size, progress=progress)
        return [float(score) for score in cosine_similarity(vectors[:1], vectors[1:])[0]]
