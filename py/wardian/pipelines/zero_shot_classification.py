"""Zero-shot classification: texts to labels that nobody trained, by entailment or by embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_embedding import EmbeddingPipeline
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import require_texts
from wardian.postprocessing.classification import require_finite
from wardian.postprocessing.entailment import entailment_id, entailment_scores, similarity_scores
from wardian.postprocessing.similarity import cosine_similarity
from wardian.tokenizers import Encoding
from wardian.types import TensorSpec

__all__ = ["ZeroShotClassificationPipeline"]

Result = dict[str, Any]


class ZeroShotClassificationPipeline(EmbeddingPipeline):
    """Texts to labels of one's own, with the arguments and results of transformers' pipeline.

    A model of natural language inference is asked whether the text implies the label's sentence. A model
    without classes gives embeddings, and the label whose sentence is most like the text is the best: that is
    an extension, which transformers does not have.

    ```python
    pipe = await pipeline("zero-shot-classification", "nli")
    await pipe("My phone does not charge.", candidate_labels=["battery", "screen"])
    # {"sequence": "My phone does not charge.", "labels": ["battery", "screen"], "scores": [0.9, 0.1]}
    ```
    """

    kind: ClassVar[str] = "zero-shot-classification"
    #: Whether the model tells what follows from what; else it gives embeddings.
    infers: bool
    _entailment: int
    _logits: TensorSpec

    def _find_tensors(self) -> None:
        outputs = self.session.outputs
        named = any(spec.name == "logits" for spec in outputs)
        self.infers = named or not any(len(spec.dims) == 3 for spec in outputs)
        if self.infers:
            self._logits = self._find("output", 2, ("float32", "float16"), ("logits",))
            self._entailment = entailment_id(self._class_labels(self._logits))
        else:
            super()._find_tensors()

    async def __call__(
        self,
        sequences: str | Sequence[str],
        candidate_labels: str | Sequence[str] | None = None,
        *,
        hypothesis_template: str = "This example is {}.",
        multi_label: bool = False,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Sort one text or several.

        Args:
            sequences: what is to be sorted; what is too long is cut.
            candidate_labels: a list, or names with commas between.
            hypothesis_template: the sentence that is made of a label, in the place of `{}`.
            multi_label: each label is judged by itself; else their scores sum to 1.
            batch_size: texts per run, see `FeatureExtractionPipeline`.
            progress: called as `progress("compare" or "embed", texts done, texts)`; with entailment each text
                counts once for each label.

        Returns:
            `{"sequence", "labels", "scores"}`, best label first; for a list of texts a list of these.

        Raises:
            InputError: no text or an empty one, no label, or a template without a place for the label.
            ModelError: the model's scores are not numbers.
        """
        texts, labels = require_texts(sequences), _labels_of(candidate_labels)
        if not all(texts):
            raise InputError("There is no text.", value="''", expected="at least one character")
        hypotheses = _hypotheses(hypothesis_template, labels)
        check_count("batch_size", batch_size, 1, 4096)
        if self.infers:
            logits = await self._logits_of(texts, hypotheses, batch_size, progress)
            scores = [entailment_scores(rows, self._entailment, multi_label) for rows in logits]
        else:
            cosines = await self._cosines(texts, hypotheses, batch_size, progress)
            scores = [similarity_scores(row, multi_label) for row in cosines]
        results = [_ranked(text, labels, row) for text, row in zip(texts, scores, strict=True)]
        return results if isinstance(sequences, (list, tuple)) else results[0]

    async def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Normalized embeddings, float32 (texts, features), pooled as the model was trained; not for a model
        that infers."""
        return await self._embed(texts, self.pooling)

    async def _logits_of(
        self, texts: list[str], hypotheses: list[str], batch_size: int | None, progress: Progress | None
    ) -> NDArray[np.float32]:
        """Each text with each hypothesis: float32 (texts, hypotheses, classes)."""
        encodings = self._encode([(text, hypothesis) for text in texts for hypothesis in hypotheses])
        found: list[Any] = [None] * len(encodings)
        fetches = [self._logits.name]
        runs = self._runs(encodings, fetches, stage="compare", batch_size=batch_size, progress=progress)
        async for members, outputs in runs:
            rows = outputs[self._logits.name].astype(np.float32, copy=False)
            require_finite(rows)
            for index, row in zip(members, rows, strict=True):
                found[index] = row
        return np.stack(found).reshape(len(texts), len(hypotheses), -1)

    def _encode(self, pairs: list[tuple[str, str]]) -> list[Encoding]:
        """Texts with hypotheses: the text is cut, the hypothesis never."""
        self.tokenizer.enable_truncation(self.longest, strategy="only_first", direction=self._direction)
        try:
            return self.tokenizer.encode_batch(pairs)
        except InputError:
            # A text that is so short that cutting it is no help; or one that is none, which is told again.
            if len(pairs) > 1:
                return [encoding for pair in pairs for encoding in self._encode([pair])]
            self.tokenizer.no_truncation()
            encodings = self.tokenizer.encode_batch(pairs)
            self._require_fitting([pairs[0][1]], encodings, "Use a shorter label or template.")
            return encodings

    async def _cosines(
        self, texts: list[str], hypotheses: list[str], batch_size: int | None, progress: Progress | None
    ) -> NDArray[np.float32]:
        """float32 (texts, hypotheses)."""
        both = [*hypotheses, *texts]
        vectors = await self._embed(both, self.pooling, batch_size=batch_size, progress=progress)
        return cosine_similarity(vectors[len(hypotheses) :], vectors[: len(hypotheses)])


def _ranked(text: str, labels: list[str], scores: NDArray[np.float32]) -> Result:
    order = np.argsort(scores)[::-1]
    return {
        "sequence": text,
        "labels": [labels[place] for place in order],
        "scores": [float(scores[place]) for place in order],
    }


def _labels_of(given: Any) -> list[str]:
    if isinstance(given, str):
        given = [label.strip() for label in given.split(",") if label.strip()]
    labels = list(given) if isinstance(given, (list, tuple)) else []
    if not labels or not all(isinstance(label, str) for label in labels):
        raise InputError(
            "There are no labels to choose from.",
            value=shorten(given),
            expected="candidate_labels: a list of str, or names with commas between",
        )
    return labels


def _hypotheses(template: Any, labels: list[str]) -> list[str]:
    """The sentence of each label."""
    try:
        made = [template.format(label) for label in labels]
    except (AttributeError, IndexError, KeyError, ValueError):
        made = [str(template)] * len(labels)
    if made[0] == template:
        raise InputError(
            "The template has no place for the label.", value=shorten(template), expected="{} in it, once"
        )
    return made
