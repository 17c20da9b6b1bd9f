"""The base of all pipelines over texts: tokenizer, lengths, and runs in buckets of texts of like length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from wardian.errors import InputError, UnknownNameError, shorten
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.labels import labels_of
from wardian.pipelines.text_inputs import (
    buckets,
    check_count,
    feeds_of,
    longest_text,
    require_text_inputs,
)
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.tokenizers import Encoding, Tokenizer
from wardian.tokenizers.tokenizer_config import TokenizerConfig, load_tokenizer_config
from wardian.types import Array, TensorSpec

__all__ = ["TRUNCATION", "Runs", "TextPipeline", "require_texts"]

Runs: TypeAlias = AsyncIterator[tuple[list[int], dict[str, Array]]]
"""Buckets: the indices of their members, and the outputs by name, a row for each."""

#: Values of `truncation`, as in transformers, and the strategy each stands for.
TRUNCATION: dict[bool | str, str | None] = {
    False: None,
    "do_not_truncate": None,
    True: "longest_first",
    "longest_first": "longest_first",
    "only_first": "only_first",
    "only_second": "only_second",
}


_SPECIAL_TOKENS = "special_tokens_map.json"
#: Spellings of special tokens by their role: BERT's and DeBERTa's, then RoBERTa's and XLM-RoBERTa's.
_USUAL_TOKENS = {
    "mask_token": ("[MASK]", "<mask>"),
    "cls_token": ("[CLS]", "<s>"),
    "unk_token": ("[UNK]", "<unk>"),
}


class TextPipeline(Pipeline):
    """What a subclass finds: the tokenizer, what `config.json` and `tokenizer_config.json` say, and runs."""

    tokenizer: Tokenizer
    config: dict[str, Any]
    settings: dict[str, Any]
    roles: TokenizerConfig
    #: Most tokens of a text, special ones included.
    longest: int
    _pad_id: int
    _direction: str

    async def _prepare(self) -> None:
        self.config = await self.folder.read_json("config.json")
        self.tokenizer = await read_tokenizer(self.folder)
        self.settings = {}
        if self.folder.has("tokenizer_config.json"):
            self.settings = await self.folder.read_json("tokenizer_config.json")
        self.roles = load_tokenizer_config({**await self._special_tokens(), **self.settings})
        self.longest = longest_text(self.config, self.settings)
        self.tokenizer.no_padding()
        self._direction = str(self.settings.get("truncation_side", "right"))
        self._pad_id = int(self.config.get("pad_token_id") or 0)
        self._session_changed()

    async def _special_tokens(self) -> dict[str, Any]:
        """Special tokens by role where `tokenizer_config.json` does not say: older folders have a file of
        their own for them, or leave them to the class of the tokenizer, which has the usual ones."""
        known = self.tokenizer.get_added_tokens_decoder().values()
        special = {token.content for token in known if token.special}
        usual = {
            role: next((token for token in tokens if token in special), None)
            for role, tokens in _USUAL_TOKENS.items()
        }
        if self.folder.has(_SPECIAL_TOKENS):
            usual |= await self.folder.read_json(_SPECIAL_TOKENS)
        return usual

    def _session_changed(self) -> None:
        require_text_inputs(self.session.inputs, self.folder.id, self.kind)
        self._find_tensors()

    def _find_tensors(self) -> None:
        """Look up the outputs that are needed. Raises ModelError when the model does not have them."""

    def _special_id(self, role: str) -> int | None:
        """The id of a special token by its role (`mask_token`), where there is one."""
        token = self.roles.special.get(role)
        return None if token is None else self.tokenizer.token_to_id(token)

    def _class_labels(self, logits: TensorSpec) -> list[str]:
        return labels_of(self.config, logits.dims[-1])

    def _truncate(self, truncation: bool | str, max_length: int | None) -> None:
        """Set the tokenizer's truncation from a call's options. Raises InputError for wrong ones."""
        if not isinstance(truncation, (bool, str)) or truncation not in TRUNCATION:
            raise UnknownNameError("truncation", truncation, map(str, TRUNCATION))
        check_count("max_length", max_length, 3, self.longest)
        # transformers cuts where max_length is given, whether or not truncation is.
        strategy = TRUNCATION[truncation] or ("longest_first" if max_length is not None else None)
        if strategy is None:
            self.tokenizer.no_truncation()
        else:
            self.tokenizer.enable_truncation(
                max_length or self.longest, strategy=strategy, direction=self._direction
            )

    def _require_fitting(self, texts: Iterable[str], encodings: Iterable[Encoding], hint: str) -> None:
        """Raises InputError for a text of more tokens than the model takes."""
        for text, encoding in zip(texts, encodings, strict=True):
            if len(encoding) > self.longest:
                raise InputError(
                    "The text is too long for the model.",
                    value=shorten(text, 60),
                    expected=f"at most {self.longest} tokens",
                    received=f"{len(encoding)} tokens",
                    hint=hint,
                )

    async def _runs(
        self,
        encodings: Sequence[Encoding],
        fetches: Sequence[str],
        *,
        stage: str,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Runs:
        """The outputs of all encodings, bucket by bucket.

        A row beyond the length of its encoding is of padding. Who cancels is heard between buckets.
        """
        # Where scales are taken over a whole batch, a text's answer is its own only where it is alone.
        size = batch_size or (1 if self.folder.depends_on_batch(self.dtype) else None)
        done = 0
        for members in buckets([len(encoding) for encoding in encodings], size):
            feeds = feeds_of([encodings[index] for index in members], self.session.inputs, self._pad_id)
            outputs = await self.session.run(feeds, fetches=list(fetches))
            yield members, {name: np.asarray(outputs[name]) for name in fetches}
            done += len(members)
            if progress is not None:
                progress(stage, done, len(encodings))
            if done < len(encodings):
                await asyncio.sleep(0)


def require_texts(given: Any, what: str = "text") -> list[str]:
    """A text, or several, as a list. Raises InputError for none, and for what is no text.

    >>> require_texts("one"), require_texts(("one", "two"))
    (['one'], ['one', 'two'])
    """
    # Anything else goes to the check as one text, which names what it is.
    texts = list(given) if isinstance(given, (list, tuple)) else [given]
    if not texts:
        raise InputError(f"There is no {what}.", value="[]", expected=f"at least one {what}")
    for text in texts:
        if not isinstance(text, str):
            received = "an object" if isinstance(text, Mapping) else type(text).__name__
            raise InputError(f"This is not a {what}.", value=shorten(text), expected="str", received=received)
    return texts
