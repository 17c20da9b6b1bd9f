"""A text to another language: Hugging Face's `translation`, by a model of the visitor's own.

Which languages there are and how they are named is the model's affair: a Marian model has one pair and takes
no names, or translates into several, whose tokens (`>>fra<<`) stand before the text; T5 takes the pairs of
its configuration; M2M-100, NLLB and mBART take tokens as codes (`en` and `de`, `eng_Latn` and `deu_Latn`,
`en_XX` and `de_DE`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from wardian.errors import InputError, UnknownNameError
from wardian.pipelines.base import Progress
from wardian.pipelines.text2text_generation import Text2TextGenerationPipeline

__all__ = ["TranslationPipeline"]

#: How a code may be written as a token.
_SPELLINGS = ("{}", "__{}__", "<2{}>")
#: Of these the language comes after the text's end; of all others before the text.
_LANGUAGE_LAST = ("MBartTokenizer", "MBartTokenizerFast")
_WITH_TOKENS = ("m2m_100", "mbart")
#: Tokens of languages: `__en__`, `__zh_CN__`, `eng_Latn`, `en_XX`, `en`.
_LANGUAGE = re.compile(r"(?:__)?([a-z]{2,3}(?:_[A-Za-z]{2,4})?)(?:__)?")


#: What a Marian model into several languages is told, in its vocabulary and at the beginning of a text.
_INTO = re.compile(r"\s*>>(\w+)<<")


class TranslationPipeline(Text2TextGenerationPipeline):
    """`text2text-generation` that knows how a model is told its languages."""

    kind = "translation"
    answer = "translation_text"
    _language_last: bool
    #: Of a Marian model into several languages, their tokens.
    _targets: dict[str, int]

    async def _prepare(self) -> None:
        has_settings = self.folder.has("tokenizer_config.json")
        settings = await self.folder.read_json("tokenizer_config.json") if has_settings else {}
        self._language_last = settings.get("tokenizer_class") in _LANGUAGE_LAST
        await super()._prepare()
        vocabulary = self.tokenizer.get_vocab() if self.config.get("model_type") == "marian" else {}
        into = ((_INTO.fullmatch(token), index) for token, index in sorted(vocabulary.items()))
        self._targets = {match[1]: index for match, index in into if match is not None}

    @property
    def options(self) -> list[str]:
        return ["src_lang", "tgt_lang", *super().options]

    async def __call__(
        self,
        inputs: str | list[str],
        *,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> list[Any]:
        """Translate each text.

        Args:
            inputs: a text, or several.
            src_lang: the text's language, as the model names it, where it knows several.
            tgt_lang: the language to translate into.
            progress: called with `("generate", texts done, texts)`.
            options: settings of a `GenerationConfig`.

        Returns:
            as of `text2text-generation`, under `translation_text`.

        Raises InputError where languages are needed and not given, UnknownNameError for one that the model
        does not know.
        """
        config = self._settings(**options)
        source = self._sources(src_lang, tgt_lang)
        if self._with_tokens and "forced_bos_token_id" not in options:
            config = replace(config, forced_bos_token_id=self._language(str(tgt_lang)))
        return await self._answers(inputs, config, source, progress)

    def fits(self, text: str, src_lang: str | None = None, tgt_lang: str | None = None) -> bool:
        """Whether the model takes all of a text at once, with what it is told of the languages."""
        source = self._sources(src_lang, tgt_lang)
        try:
            return len(source(text)) <= self.window
        except InputError:
            return False

    def offers(self) -> dict[str, Any]:
        """`{"languages": …}`: `{"codes": […]}` of a model that translates between any two of them, `{"pairs":
        [[from, to], …]}` of one that knows pairs, `{"targets": […]}` of one that is told only into which,
        and `{}` of one that has a single pair and is told none.
        """
        if self._targets:
            return {"languages": {"targets": list(self._targets)}}
        if self._with_tokens:
            return {"languages": {"codes": self._codes()}}
        pairs = [name.partition("_to_")[::2] for name in self._pairs()]
        return {"languages": {"pairs": [list(pair) for pair in pairs]} if pairs else {}}

    @property
    def _with_tokens(self) -> bool:
        return self.config.get("model_type") in _WITH_TOKENS

    def _sources(self, src_lang: str | None, tgt_lang: str | None) -> Callable[[str], list[int]]:
        """What makes the model's tokens of a text in these languages."""
        if self._targets:
            return partial(self._into, tgt_lang)
        if not self._with_tokens:
            prefix = self._prefix(src_lang, tgt_lang)
            return lambda text: self._source(prefix + text)
        if tgt_lang is None or src_lang is None:
            raise InputError(
                "The model translates between many languages: name two.",
                expected="src_lang and tgt_lang",
                received=f"src_lang {src_lang!r}, tgt_lang {tgt_lang!r}",
            )
        return partial(self._marked, self._language(src_lang))

    def _marked(self, language: int, text: str) -> list[int]:
        """A text's tokens with that of its language, where this model expects it."""
        plain: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids.tolist()
        end = int(self.config.get("eos_token_id") or 2)
        return [*plain, end, language] if self._language_last else [language, *plain, end]

    def _into(self, target: str | None, text: str) -> list[int]:
        """A text's tokens after its language's, which a text may also begin with, as in transformers."""
        if match := _INTO.match(text):
            target, text = match[1], text[match.end() :]
        if target is None:
            raise InputError(
                "The model translates into several languages: name one.",
                expected=f"tgt_lang: {', '.join(list(self._targets)[:20])}",
                received=f"tgt_lang {target!r}",
            )
        if target not in self._targets:
            raise UnknownNameError("language", target, self._targets)
        return [self._targets[target], *self._source(text.strip())]

    def _prefix(self, source: str | None, target: str | None) -> str:
        """What a T5 is told: `translate English to German: `."""
        known = self._pairs()
        if not known:
            return ""
        if source is None or target is None:
            if len(known) == 1:
                return str(next(iter(known.values())).get("prefix") or "")
            raise InputError(
                "The model translates between several languages: name two.",
                expected=", ".join(known),
                received=f"src_lang {source!r}, tgt_lang {target!r}",
            )
        pair = f"{source}_to_{target}"
        if pair not in known:
            raise UnknownNameError("pair of languages", pair, known)
        return str(known[pair].get("prefix") or "")

    def _pairs(self) -> dict[str, Any]:
        """What a T5's configuration has of pairs of languages, by names such as `en_to_de`."""
        tasks = self.config.get("task_specific_params") or {}
        named = {name: task for name, task in tasks.items() if name.startswith("translation_")}
        return {name.removeprefix("translation_"): task for name, task in named.items()}

    def _codes(self) -> list[str]:
        """The languages that the tokenizer has tokens of, as `src_lang` and `tgt_lang` name them."""
        contents = (token.content for token in self.tokenizer.get_added_tokens_decoder().values())
        return [match[1] for content in contents if (match := _LANGUAGE.fullmatch(content))]

    def _language(self, code: str) -> int:
        """The token of a language."""
        for spelling in _SPELLINGS:
            if (index := self.tokenizer.token_to_id(spelling.format(code))) is not None:
                return index
        raise UnknownNameError("language", code, self._codes())
