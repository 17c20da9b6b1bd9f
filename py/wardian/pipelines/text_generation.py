"""A text, or a conversation, to what comes after it: Hugging Face's `text-generation`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from wardian.errors import InputError, shorten
from wardian.generation.causal import CausalDecoder
from wardian.generation.config import GenerationConfig
from wardian.generation.constrain import constraint_of
from wardian.generation.context import fit_turns
from wardian.generation.generate import generate
from wardian.generation.scoring import ScoredText, token_logprobs
from wardian.generation.steps import Generated, collect
from wardian.generation.text_stream import TextDelta, stream_text
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.tokenizers import Tokenizer

if TYPE_CHECKING:
    from wardian.generation.chat_template import ChatTemplate

__all__ = ["Prompt", "TextGenerationPipeline"]

Messages = Sequence[Mapping[str, Any]]

#: What is left for an answer where nobody says how long it may be.
_ROOM = 256


@dataclass(frozen=True)
class Prompt:
    """The tokens that a generation begins with, and how many of the oldest messages did not fit."""

    ids: list[int]
    dropped: int = 0


class TextGenerationPipeline(Pipeline):
    """What comes after a text.

    ```python
    pipe = await pipeline("text-generation", "SmolLM2-135M-Instruct")
    [answer] = await pipe([{"role": "user", "content": "The capital of France?"}], max_new_tokens=20)
    async for delta in pipe.stream("Once upon a time", do_sample=True, seed=1):
        print(delta.text, end="")
    ```
    """

    kind = "text-generation"
    config: dict[str, Any]
    defaults: dict[str, Any]
    tokenizer: Tokenizer
    decoder: CausalDecoder
    _template: ChatTemplate | None

    async def _prepare(self) -> None:
        self.config = await self.folder.read_json("config.json")
        has_defaults = self.folder.has("generation_config.json")
        self.defaults = await self.folder.read_json("generation_config.json") if has_defaults else {}
        self.tokenizer = await read_tokenizer(self.folder)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self._template = None
        self._session_changed()

    def _session_changed(self) -> None:
        self.decoder = CausalDecoder(self.session, self.config)

    @property
    def options(self) -> list[str]:
        settings = [one.name for one in fields(GenerationConfig) if one.name != "extra"]
        return ["return_full_text", "tools", *settings]

    @property
    def context(self) -> int | None:
        """The longest sequence that the model takes, prompt and answer together, in tokens."""
        return self.decoder.context

    def settings(self, **options: Any) -> GenerationConfig:
        """The model's `generation_config.json` with a call's options in their place."""
        return GenerationConfig.from_dict(self.defaults, **options)

    async def prompt(
        self, inputs: str | Messages, config: GenerationConfig, tools: Sequence[Any] | None = None
    ) -> Prompt:
        """The tokens of a text, or of a conversation by the model's template.

        Of a conversation that does not fit, with room for the answer, the oldest turns are left out.

        Raises InputError for what is neither, ModelError for a conversation where the model has no template.
        """
        if isinstance(inputs, str):
            ids = self.tokenizer.encode(inputs).ids.tolist()
            if not ids:
                raise InputError("There is no text to go on from.", value=repr(inputs))
            return Prompt(ids)
        template = await self._chat_template()

        def encode(messages: Messages) -> list[int]:
            text = template.render(messages, tools=tools)
            found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids.tolist()
            return found

        if self.context is None:
            return Prompt(encode(inputs))
        room = self.context - min(config.max_new_tokens or _ROOM, self.context // 2)
        return Prompt(*fit_turns(inputs, encode, room))

    async def __call__(
        self,
        inputs: str | Messages | Sequence[str],
        *,
        return_full_text: bool = True,
        tools: Sequence[Any] | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> list[Any]:
        """Generate to the end.

        Args:
            inputs: a text, a conversation (messages with `role` and `content`), or a list of texts.
            return_full_text: whether `generated_text` begins with what was given.
            tools: JSON schemas of functions, for templates that take them.
            progress: called with `("generate", tokens, tokens at most)`.
            options: settings of a `GenerationConfig`.

        Returns:
            a list of `{"generated_text": …}`, one for each sequence; for a list of texts a list of these.

        Raises InputError for wrong inputs and options, ModelError where the model fails.
        """
        if isinstance(inputs, (list, tuple)) and all(isinstance(one, str) for one in inputs) and inputs:
            return [
                await self(text, return_full_text=return_full_text, progress=progress, **options)
                for text in inputs
            ]
        given = _require_input(inputs)
        config = self.settings(**options)
        prompt = await self.prompt(given, config, tools)
        results = await self.generate(prompt, config, progress)
        return [{"generated_text": self._full(given, result, config, return_full_text)} for result in results]

    async def generate(
        self, prompt: Prompt, config: GenerationConfig, progress: Progress | None = None
    ) -> tuple[Generated, ...]:
        """The sequences after a prompt's tokens, as ids."""
        self.decoder.progress = progress
        steps = generate(
            self.decoder, prompt.ids, config, context=self.context, decode=self.tokenizer.decode,
            constraint=constraint_of(config, self.tokenizer, self.decoder.vocabulary),
        )  # fmt: skip
        return await collect(steps)

    async def stream(
        self,
        inputs: str | Messages | Prompt,
        *,
        tools: Sequence[Any] | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> AsyncGenerator[TextDelta, None]:
        """The answer as it comes, a delta for each token; arguments as of a call, or a prompt of `prompt`."""
        config = self.settings(**options)
        if not isinstance(inputs, Prompt):
            inputs = await self.prompt(_require_input(inputs), config, tools)
        self.decoder.progress = progress
        deltas = stream_text(self.decoder, inputs.ids, config, self.tokenizer, context=self.context)
        # Who closes this one stops that one now, and not when it is collected.
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def score(self, text: str, *, progress: Progress | None = None) -> ScoredText:
        """How likely the model finds each token of a text after those before it, and its perplexity.

        Raises InputError for a text of fewer than two tokens, or of more than the model's context.
        """
        ids = self.tokenizer.encode(text).ids
        self.decoder.progress = progress
        return ScoredText(ids, await token_logprobs(self.decoder, ids))

    def _full(self, given: str | Messages, result: Generated, config: GenerationConfig, full: bool) -> Any:
        text = self.tokenizer.decode(result.ids.tolist(), skip_special_tokens=True)
        ends = [place for stop in config.stop_strings if (place := text.find(stop)) >= 0]
        text = text[: min(ends, default=len(text))]
        if not full:
            return text
        if isinstance(given, str):
            return given + text
        return [*given, {"role": "assistant", "content": text}]

    async def _chat_template(self) -> ChatTemplate:
        if self._template is None:
            # Who goes on with texts alone needs no jinja2.
            from wardian.generation.chat_template import ChatTemplate

            self._template = await ChatTemplate.from_folder(self.folder)
        return self._template


def _require_input(inputs: Any) -> str | Messages:
    if isinstance(inputs, str):
        return inputs
    if isinstance(inputs, (list, tuple)) and inputs and all(isinstance(one, Mapping) for one in inputs):
        return inputs
    raise InputError(
        "This is no text and no conversation.",
        value=shorten(inputs),
        expected='a text, or messages such as [{"role": "user", "content": "…"}]',
        received=type(inputs).__name__,
    )
