"""Text classification: texts, or pairs of texts, to labels with scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian.errors import InputError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.labels import FUNCTIONS, require_function
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import TextPipeline
from wardian.postprocessing.classification import LabelScore, top_k
from wardian.types import TensorSpec

__all__ = ["TextClassificationPipeline"]

#: One text, or a pair: `{"text": …, "text_pair": …}`.
TextInput = str | Mapping[str, str]

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

    def _find_tensors(self) -> None:
        self._logits = self._find("output", 2, ("float32", "float16"), ("logits",))
        self.labels = self._class_labels(self._logits)
        self.function_to_apply = _usual_function(self.config, len(self.labels))

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
                label, else softmax.
            truncation: cut what is too long: True or `"longest_first"`, `"only_first"`, `"only_second"`
                (which of a pair). False, as in transformers, does not; too long a text is then an error.
            max_length: cut to so many tokens, special ones included; by default as many as the model takes.
            batch_size: texts per run; by default as many as cost no more than one long text, and 1 for q8
                models: their scales are taken over the whole batch, so only alone are a text's scores
                independent of its neighbours.
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
        k = None if top_k is None else _count(top_k)
        require_function(function_to_apply or self.function_to_apply)
        check_count("batch_size", batch_size, 1, 4096)
        self._truncate(truncation, max_length)
        encodings = self.tokenizer.encode_batch([pair[0] if len(pair) == 1 else pair for pair in pairs])
        self._require_fitting((pair[0] for pair in pairs), encodings, "truncation=True cuts it.")
        function = FUNCTIONS[function_to_apply or self.function_to_apply]
        results: list[list[LabelScore]] = [[] for _ in encodings]
        fetches = [self._logits.name]
        runs = self._runs(encodings, fetches, stage="classify", batch_size=batch_size, progress=progress)
        async for members, outputs in runs:
            scores = function(outputs[self._logits.name].astype(np.float32, copy=False))
            for index, row in zip(members, scores, strict=True):
                results[index] = _top_k(row, self.labels, k)
        if top_k != _BEST:
            return results if many else results[0]
        best = [ranked[0] for ranked in results]
        return best if many or isinstance(inputs, str) else best[0]


#: The method's argument `top_k` hides the function.
_top_k = top_k


def _usual_function(config: Mapping[str, Any], labels: int) -> str:
    problem = config.get("problem_type")
    if problem == "regression":
        return "none"
    return "sigmoid" if problem == "multi_label_classification" or labels == 1 else "softmax"


def _count(top_k: int | str) -> int:
    """How many labels a value of `top_k` asks for."""
    if top_k == _BEST:
        return 1
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InputError("top_k is wrong.", value=repr(top_k), expected="an integer ≥ 1, or None for all")
    return top_k


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
