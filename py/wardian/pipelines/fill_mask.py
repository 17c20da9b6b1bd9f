"""Fill mask: the words that fit best in the place of a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian.errors import InputError, ModelError, UnknownNameError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import TextPipeline, require_texts
from wardian.postprocessing.masked_words import best_words
from wardian.tokenizers import Encoding
from wardian.types import TensorSpec

__all__ = ["FillMaskPipeline"]

_USUAL = 5
_TOKENIZER_OPTIONS = ("truncation", "max_length")


class FillMaskPipeline(TextPipeline):
    """Texts with masks to the best words, with the arguments and results of `transformers.FillMaskPipeline`.

    ```python
    pipe = await pipeline("fill-mask", "bert")
    await pipe("The capital of France is [MASK].", top_k=1)
    # [{"score": 0.42, "token": 3000, "token_str": "paris", "sequence": "the capital of france is paris."}]
    ```
    """

    kind: ClassVar[str] = "fill-mask"
    #: Spelling and id of the mask.
    mask_token: str
    mask_token_id: int
    _logits: TensorSpec

    async def _prepare(self) -> None:
        await super()._prepare()
        token = self.roles.special.get("mask_token")
        index = self._special_id("mask_token")
        if token is None or index is None:
            raise ModelError(
                f"The model {self.folder.id!r} has no mask.",
                expected="mask_token in tokenizer_config.json, a token of tokenizer.json",
                received=repr(token),
            )
        self.mask_token, self.mask_token_id = token, index

    def _find_tensors(self) -> None:
        self._logits = self._find("output", 3, ("float32", "float16"), ("logits",))

    async def __call__(
        self,
        inputs: str | Sequence[str],
        *,
        top_k: int | None = None,
        targets: str | Sequence[str] | None = None,
        tokenizer_kwargs: Mapping[str, Any] | None = None,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Fill the masks of one text or several.

        Args:
            inputs: texts with one mask (`pipe.mask_token`) or more.
            top_k: how many words for each mask, best first; 5 by default.
            targets: the words that compete; of one that is no token its first token. Scores stay those among
                all words.
            tokenizer_kwargs: `truncation` and `max_length`, as `TextClassificationPipeline` has them.
            batch_size: texts per run; 1 by default, for a model gives scores of all words for every token.
            progress: called as `progress("fill", texts done, texts)`.

        Returns:
            For a text with one mask `[{"score", "token", "token_str", "sequence"}, …]`, with several a list
            of these, one for each mask: the others stay masks in its sequences. For several texts a list of
            that; for a list of one what the text alone gives, as transformers does.

        Raises:
            InputError: something that is no text, a text without a mask or too long, or an option out of
                range.
        """
        texts = require_texts(inputs)
        check_count("batch_size", batch_size, 1, 4096)
        check_count("top_k", top_k, 1, 1_000_000)
        wanted = None if targets is None else self._target_ids(targets)
        encodings = self._encode(texts, tokenizer_kwargs or {})
        results: list[Any] = [None] * len(texts)
        fetches = [self._logits.name]
        runs = self._runs(encodings, fetches, stage="fill", batch_size=batch_size or 1, progress=progress)
        async for members, outputs in runs:
            for index, logits in zip(members, outputs[self._logits.name], strict=True):
                results[index] = self._fill(encodings[index], logits, top_k or _USUAL, wanted)
        many = isinstance(inputs, (list, tuple)) and len(inputs) > 1
        return results if many else results[0]

    def _encode(self, texts: list[str], options: Mapping[str, Any]) -> list[Encoding]:
        for name in options:
            if name not in _TOKENIZER_OPTIONS:
                raise UnknownNameError("option in tokenizer_kwargs", name, _TOKENIZER_OPTIONS)
        self._truncate(options.get("truncation", False), options.get("max_length"))
        encodings = self.tokenizer.encode_batch(texts)
        self._require_fitting(texts, encodings, 'tokenizer_kwargs={"truncation": True} cuts it.')
        for text, encoding in zip(texts, encodings, strict=True):
            if self.mask_token_id not in encoding.ids:
                raise InputError("The text has no mask.", value=shorten(text, 60), expected=self.mask_token)
        return encodings

    def _fill(self, encoding: Encoding, logits: Any, k: int, targets: list[int] | None) -> Any:
        places = np.flatnonzero(encoding.ids == self.mask_token_id)
        found = []
        for place, words in zip(places, best_words(logits[places], k, targets), strict=True):
            rows = []
            for word, score in words:
                ids = encoding.ids.copy()
                ids[place] = word
                rows.append(
                    {
                        "score": score,
                        "token": word,
                        "token_str": self._decode([word], skip=False),
                        "sequence": self._decode(ids[ids != self._pad_id].tolist(), skip=len(places) == 1),
                    }
                )
            found.append(rows)
        return found[0] if len(found) == 1 else found

    def _decode(self, ids: list[int], skip: bool) -> str:
        return self.tokenizer.decode(ids, skip, self.roles.clean_up_tokenization_spaces)

    def _target_ids(self, targets: str | Sequence[str]) -> list[int]:
        found = []
        for target in require_texts(targets, "target"):
            index = self.tokenizer.token_to_id(target)
            if index is None:
                self.tokenizer.no_truncation()
                ids = self.tokenizer.encode(target, add_special_tokens=False).ids
                if not len(ids):
                    raise InputError("A target has no tokens.", value=shorten(target, 60))
                index = int(ids[0])
            found.append(index)
        return found
