"""A text to another text by an encoder and a decoder: Hugging Face's `text2text-generation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from wardian.errors import InputError, ModelError
from wardian.generation.config import GenerationConfig
from wardian.generation.constrain import constraint_of
from wardian.generation.generate import generate
from wardian.generation.seq2seq import Seq2SeqDecoder
from wardian.generation.steps import Generated, collect
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.text_pipeline import require_texts
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.session import Session, open_session
from wardian.tokenizers import Tokenizer

__all__ = ["Text2TextGenerationPipeline"]

_DECODER = "decoder_model_merged"


class Text2TextGenerationPipeline(Pipeline):
    """What a model of the kinds of Marian, M2M-100, T5 and BART makes of a text.

    ```python
    pipe = await pipeline("text2text-generation", "my-t5")
    [answer] = await pipe("translate English to German: Good morning.", num_beams=4)
    answer["generated_text"]
    ```
    """

    kind = "text2text-generation"
    #: The key of an answer, as in transformers.
    answer: ClassVar[str] = "generated_text"
    config: dict[str, Any]
    defaults: dict[str, Any]
    tokenizer: Tokenizer
    _decoder_session: Session

    async def _prepare(self) -> None:
        self.config = await self.folder.read_json("config.json")
        has_defaults = self.folder.has("generation_config.json")
        self.defaults = await self.folder.read_json("generation_config.json") if has_defaults else {}
        self.tokenizer = await read_tokenizer(self.folder)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        if _DECODER not in self.folder.parts:
            raise ModelError(
                f"The model {self.folder.id!r} does not fit {self.kind}.",
                expected=f"an encoder and {_DECODER}.onnx",
                received=", ".join(self.folder.parts) or "one ONNX file",
            )
        file = await self.folder.onnx(self.dtype, _DECODER)
        self._decoder_session = await open_session(
            file, device=self.session.device, threads=self.session.threads, owner=self.owner
        )

    @property
    def options(self) -> list[str]:
        return [one.name for one in fields(GenerationConfig) if one.name != "extra"]

    async def close(self) -> None:
        await self._decoder_session.close()
        await super().close()

    async def __call__(
        self, inputs: str | list[str], *, progress: Progress | None = None, **options: Any
    ) -> list[Any]:
        """Generate for each text.

        Args:
            inputs: a text, or several.
            progress: called with `("generate", texts done, texts)`.
            options: settings of a `GenerationConfig`.

        Returns:
            for a text a list of `{"generated_text": …}`, one for each sequence that was asked for; for
            several texts a list of these where more than one sequence each was asked for, as in transformers.

        Raises InputError for wrong inputs and options, ModelError where the model fails.
        """
        return await self._answers(inputs, self._settings(**options), self._source, progress)

    async def _answers(
        self,
        inputs: str | list[str],
        config: GenerationConfig,
        source: Callable[[str], list[int]],
        progress: Progress | None,
    ) -> list[Any]:
        """The answers to each text, whose tokens are those of `source`."""
        texts, found = require_texts(inputs), []
        for number, text in enumerate(texts):
            results = await self.generate(source(text), config)
            found.append([{self.answer: self._text(result)} for result in results])
            if progress is not None:
                progress("generate", number + 1, len(texts))
        if isinstance(inputs, str):
            return found[0]
        return found if config.num_return_sequences > 1 else [one for [one] in found]

    async def generate(self, source: list[int], config: GenerationConfig) -> tuple[Generated, ...]:
        """The sequences that a source's tokens are made into, as ids without the start token."""
        ids = np.array([source], np.int64)
        mask = np.ones_like(ids)
        taken = {spec.name for spec in self.session.inputs}
        feeds = {
            name: value for name, value in {"input_ids": ids, "attention_mask": mask}.items() if name in taken
        }
        outputs = await self.session.run(feeds)
        decoder = Seq2SeqDecoder(
            self._decoder_session, self.config, np.asarray(next(iter(outputs.values()))), mask
        )
        try:
            constraint = constraint_of(config, self.tokenizer, decoder.vocabulary)
            steps = generate(
                decoder, [self._start(config)], config, context=decoder.context, constraint=constraint
            )
            return await collect(steps)
        finally:
            decoder.forget()

    def _settings(self, **options: Any) -> GenerationConfig:
        return GenerationConfig.from_dict(self.defaults, **options)

    @property
    def window(self) -> int:
        """How many tokens of a text the model was made for; T5's places have no end, but its training had."""
        values = (self.config.get(name) for name in ("max_position_embeddings", "n_positions"))
        return next((value for value in values if isinstance(value, int) and value > 0), 512)

    def fits(self, text: str) -> bool:
        """Whether the model takes all of a text at once, with what it is told before."""
        try:
            return len(self._source(text)) <= self.window
        except InputError:
            return False

    def _source(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text).ids.tolist()
        longest = self.config.get("max_position_embeddings")
        if isinstance(longest, int) and len(ids) > longest:
            raise InputError(
                "The text is too long for the model.",
                expected=f"at most {longest} tokens",
                received=f"{len(ids)} tokens",
                hint="Give it in parts.",
            )
        return ids

    def _start(self, config: GenerationConfig) -> int:
        """The token that every answer begins with."""
        values: Mapping[str, Any] = self.config
        for start in (
            config.decoder_start_token_id,
            values.get("decoder_start_token_id"),
            config.bos_token_id,
        ):
            if isinstance(start, int):
                return start
        raise ModelError(
            "Nothing says with which token the decoder begins.",
            expected="decoder_start_token_id in generation_config.json or config.json",
        )

    def _text(self, result: Generated) -> str:
        return self.tokenizer.decode(result.ids.tolist(), skip_special_tokens=True)
