"""Text classification: texts, or pairs of texts, to labels with scores."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian.errors import InputError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.labels import FUNCTIONS, count_of, require_function, usual_function
from wardian.pipelines.term_inputs import VECTORIZER, read_terms, require_term_inputs, term_feeds
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import Runs, TextPipeline
from wardian.postprocessing.classification import LabelScore, top_k
from wardian.preprocessing.term_weights import TermWeights
from wardian.types import TensorSpec

__all__ = ["TextClassificationPipeline"]

#: One text, or a pair: `{"text": …, "text_pair": …}`.
TextInput = str | Mapping[str, str]

#: Outputs of estimators of scikit-learn: nothing is to be made of them.
_SCIKIT_LEARN = ("probabilities", "scores", "predictions")

#: Texts per run of a model over terms, which are few numbers each.
_ROWS = 64

#: The default of top_k, which is not the same as 1: see `__call__`.
_BEST = "best"


class TextClassificationPipeline(TextPipeline):
    """Texts to labels, with the arguments and results of `transformers.TextClassificationPipeline`.

    ```python
    pipe = await pipeline("text-classification", "sentiment")
    await pipe("I loved every minute.")               # [{"label": "POSITIVE", "score": 0.9998}]
    await pipe("I loved every minute.", top_k=None)   # [{"label": "POSITIVE", …}, {"label": "NEGATIVE", …}]
    await pipe({"text": "It rains.", "text_pair": "The street is wet."}, top_k=None)
    ```
    """

    kind: ClassVar[str] = "text-classification"
    labels: list[str]
    #: What makes scores of logits where nobody says: "softmax", "sigmoid" or "none".
    function_to_apply: str
    _logits: TensorSpec

    #: What takes the place of the tokenizer in a folder with `vectorizer.json`.
    terms: TermWeights | None = None

    async def _prepare(self) -> None:
        if self.folder.has(VECTORIZER):
            self.config = await self.folder.read_json("config.json")
            self.terms = await read_terms(self.folder)
            self._session_changed()
        else:
            await super()._prepare()

    def _session_changed(self) -> None:
        if self.terms is None:
            super()._session_changed()
        else:
            require_term_inputs(self.session.inputs, self.folder.id)
            self._find_tensors()

    def _find_tensors(self) -> None:
        self._logits = self._find("output", 2, ("float32", "float16"), ("logits", *_SCIKIT_LEARN))
        self.labels = self._class_labels(self._logits)
        given = self._logits.name in _SCIKIT_LEARN
        self.function_to_apply = "none" if given else usual_function(self.config, len(self.labels))

    async def __call__(
        self,
        inputs: TextInput | Sequence[TextInput],
        *,
        top_k: int | str | None = _BEST,
        function_to_apply: str | None = None,
        truncation: bool | str = False,
        max_length: int | None = None,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Classify one text or pair, or several.

        Args:
            inputs: a text; a pair as `{"text", "text_pair"}`; or a list of texts and pairs.
            top_k: how many labels, best first; None for all. Unless it is given, the best label alone.
            function_to_apply: `"softmax"`, `"sigmoid"` or `"none"`. By default what `config.json` implies:
                none for `problem_type` "regression", sigmoid for "multi_label_classification" or a single
                label, else softmax; none for probabilities and scores of scikit-learn.
            truncation: cut what is too long: True or `"longest_first"`, `"only_first"`, `"only_second"`
                (which of a pair). False, as in transformers, does not; too long a text is then an error.
            max_length: cut to so many tokens, special ones included; by default as many as the model takes.
            batch_size: texts per run; by default as many as cost no more than one long text, and 1 for models
                that quantise activations by one scale for a whole batch: there a text's answer depends on its
                neighbours.
            progress: called as `progress("classify", texts done, texts)`.

        Returns:
            The shapes of transformers. With `top_k`: `[{"label", "score"}, …]` for one input, a list of these
            for a list. Without: `[{"label", "score"}]` for a text, `{"label", "score"}` for a pair, and for
            a list one such object for each.

        Raises:
            InputError: something that is no text or pair, nothing, a text that is too long, or an option out
                of range.
            ModelError: the model's scores are not numbers, or not as many as its labels.
        """
        many = isinstance(inputs, (list, tuple))
        pairs = _texts_of(inputs)
        k = None if top_k is None else 1 if top_k == _BEST else count_of(top_k)
        require_function(function_to_apply or self.function_to_apply)
        check_count("batch_size", batch_size, 1, 4096)
        function = FUNCTIONS[function_to_apply or self.function_to_apply]
        results: list[list[LabelScore]] = [[] for _ in pairs]
        if self.terms is None:
            runs = self._of_tokens(pairs, truncation, max_length, batch_size, progress)
        else:
            runs = self._of_terms(self.terms, pairs, batch_size, progress)
        async for members, outputs in runs:
            scores = function(outputs[self._logits.name].astype(np.float32, copy=False))
            for index, row in zip(members, scores, strict=True):
                results[index] = _top_k(row, self.labels, k)
        if top_k != _BEST:
            return results if many else results[0]
        best = [ranked[0] for ranked in results]
        return best if many or isinstance(inputs, str) else best[0]

    def _of_tokens(
        self,
        pairs: Sequence[tuple[str, ...]],
        truncation: bool | str,
        max_length: int | None,
        batch_size: int | None,
        progress: Progress | None,
    ) -> Runs:
        self._truncate(truncation, max_length)
        encodings = self.tokenizer.encode_batch([pair[0] if len(pair) == 1 else pair for pair in pairs])
        self._require_fitting((pair[0] for pair in pairs), encodings, "truncation=True cuts it.")
        fetches = [self._logits.name]
        return self._runs(encodings, fetches, stage="classify", batch_size=batch_size, progress=progress)

    async def _of_terms(
        self,
        terms: TermWeights,
        pairs: Sequence[tuple[str, ...]],
        batch_size: int | None,
        progress: Progress | None,
    ) -> Runs:
        """A text of any length is one row of terms: nothing is cut."""
        if any(len(pair) > 1 for pair in pairs):
            raise InputError("This model takes no pairs of texts.", expected="str")
        size = batch_size or _ROWS
        for start in range(0, len(pairs), size):
            if start:
                await asyncio.sleep(0)  # who cancels is heard here
            texts = [pair[0] for pair in pairs[start : start + size]]
            feeds = term_feeds(terms, texts, self.session.inputs)
            outputs = await self.session.run(feeds, fetches=[self._logits.name])
            members = list(range(start, start + len(texts)))
            yield members, {name: np.asarray(value) for name, value in outputs.items()}
            if progress is not None:
                progress("classify", start + len(texts), len(pairs))


#: The method's argument `top_k` hides the function.
_top_k = top_k


def _texts_of(inputs: Any) -> list[tuple[str, ...]]:
    """Every input as (text,) or (text, second text)."""
    batch = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not batch:
        raise InputError("There is no text.", value="[]", expected="at least one text")
    return [_pair_of(item) for item in batch]


def _pair_of(item: Any) -> tuple[str, ...]:
    if isinstance(item, str):
        return (item,)
    if isinstance(item, Mapping):
        unknown = set(item) - {"text", "text_pair"}
        if unknown or "text" not in item:
            raise InputError(
                "This is not a pair of texts.",
                value=shorten(dict(item)),
                expected="text and text_pair",
                received=", ".join(map(str, item)) or "nothing",
            )
        texts = [item["text"], *([item["text_pair"]] if item.get("text_pair") is not None else [])]
    else:
        texts = [item]
    for text in texts:
        if not isinstance(text, str):
            raise InputError(
                "This is not a text.",
                value=shorten(text),
                expected="str",
                received=type(text).__name__,
                hint='A pair of texts is {"text": …, "text_pair": …}.',
            )
    return tuple(texts)
