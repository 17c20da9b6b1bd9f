"""Text classification: texts, or pairs of texts, to labels with scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, UnknownNameError, shorten
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.labels import FUNCTIONS, labels_of, require_function
from wardian.pipelines.text_inputs import batches, check_count, feeds_of, longest_text, require_text_inputs
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.postprocessing.classification import LabelScore, top_k
from wardian.tokenizers import Encoding, Tokenizer
from wardian.types import TensorSpec

__all__ = ["TextClassificationPipeline"]

#: One text, or a pair: `{"text": …, "text_pair": …}`.
TextInput = str | Mapping[str, str]

#: Values of `truncation`, as in transformers, and the strategy each stands for.
_TRUNCATION: dict[bool | str, str | None] = {
    False: None,
    "do_not_truncate": None,
    True: "longest_first",
    "longest_first": "longest_first",
    "only_first": "only_first",
    "only_second": "only_second",
}

#: Texts per run. More gain nothing on a CPU, where a run is already wide, and cost memory and padding.
_BATCH = 8

#: The default of top_k, which is not the same as 1: see `__call__`.
_BEST = "best"


class TextClassificationPipeline(Pipeline):
    """Texts to labels, with the arguments and results of `transformers.TextClassificationPipeline`.

    ```python
    pipe = await pipeline("text-classification", "sentiment")
    await pipe("I loved every minute.")               # [{"label": "POSITIVE", "score": 0.9998}]
    await pipe("I loved every minute.", top_k=None)   # [{"label": "POSITIVE", …}, {"label": "NEGATIVE", …}]
    await pipe({"text": "It rains.", "text_pair": "The street is wet."}, top_k=None)
    ```
    """

    kind: ClassVar[str] = "text-classification"
    tokenizer: Tokenizer
    labels: list[str]
    #: Most tokens of a text, special ones included.
    longest: int
    #: What makes scores of logits where nobody says: "softmax", "sigmoid" or "none".
    function_to_apply: str
    _pad_id: int
    _logits: TensorSpec

    async def _prepare(self) -> None:
        self.tokenizer = await read_tokenizer(self.folder)
        config = await self.folder.read_json("config.json")
        settings: dict[str, Any] = {}
        if self.folder.has("tokenizer_config.json"):
            settings = await self.folder.read_json("tokenizer_config.json")
        self.longest = longest_text(config, settings)
        self.tokenizer.no_padding()
        self._direction = str(settings.get("truncation_side", "right"))
        self._pad_id = int(config.get("pad_token_id") or 0)
        self._find_tensors()
        self.labels = labels_of(config, self._logits.dims[1])
        self.function_to_apply = _usual_function(config, len(self.labels))

    def _find_tensors(self) -> None:
        require_text_inputs(self.session.inputs, self.folder.id, self.kind)
        self._logits = self._find("output", 2, ("float32", "float16"), ("logits",))

    def _session_changed(self) -> None:
        self._find_tensors()

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
            batch_size: texts per run; by default 8, and 1 for q8 models: their scales are taken over the
                whole batch, so only alone are a text's scores independent of its neighbours.
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
        encodings = self._encode(pairs, truncation, max_length)
        function = FUNCTIONS[function_to_apply or self.function_to_apply]
        results: list[list[LabelScore]] = [[] for _ in encodings]
        done = 0
        for members in batches(encodings, batch_size or (1 if self.dtype == "q8" else _BATCH)):
            scores = function(await self._run([encodings[index] for index in members]))
            for index, row in zip(members, scores, strict=True):
                results[index] = _top_k(row, self.labels, k)
            done += len(members)
            if progress is not None:
                progress("classify", done, len(encodings))
        if top_k != _BEST:
            return results if many else results[0]
        best = [ranked[0] for ranked in results]
        return best if many or isinstance(inputs, str) else best[0]

    def _encode(
        self, texts: Sequence[tuple[str, ...]], truncation: bool | str, max_length: int | None
    ) -> list[Encoding]:
        if not isinstance(truncation, (bool, str)) or truncation not in _TRUNCATION:
            raise UnknownNameError("truncation", truncation, map(str, _TRUNCATION))
        check_count("max_length", max_length, 3, self.longest)
        # transformers cuts where max_length is given, whether or not truncation is.
        strategy = _TRUNCATION[truncation] or ("longest_first" if max_length is not None else None)
        if strategy is None:
            self.tokenizer.no_truncation()
        else:
            self.tokenizer.enable_truncation(
                max_length or self.longest, strategy=strategy, direction=self._direction
            )
        encodings = self.tokenizer.encode_batch([t[0] if len(t) == 1 else t for t in texts])
        for given, encoding in zip(texts, encodings, strict=True):
            if len(encoding) > self.longest:
                raise InputError(
                    "The text is too long for the model.",
                    value=shorten(given[0], 60),
                    expected=f"at most {self.longest} tokens",
                    received=f"{len(encoding)} tokens",
                    hint="truncation=True cuts it.",
                )
        return encodings

    async def _run(self, encodings: list[Encoding]) -> NDArray[np.float32]:
        """Logits of a batch: float32 (batch, classes)."""
        feeds = feeds_of(encodings, self.session.inputs, self._pad_id)
        outputs = await self.session.run(feeds, fetches=[self._logits.name])
        return np.asarray(outputs[self._logits.name]).astype(np.float32, copy=False)


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
