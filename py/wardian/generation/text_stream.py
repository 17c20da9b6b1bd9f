"""Text as it is generated: piece by piece, never half a character, with what it took."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from wardian import _platform
from wardian.errors import CancelledError, InputError
from wardian.generation.config import GenerationConfig
from wardian.generation.constrain import constraint_of
from wardian.generation.decoder import Decoder
from wardian.generation.generate import generate
from wardian.generation.steps import FinishReason
from wardian.generation.stopping import StopStrings
from wardian.tokenizers import DecodeStream, Tokenizer

__all__ = ["TextDelta", "stream_text"]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """What one step added: `text` may be empty, `tokens` counts all so far, times are in seconds."""

    text: str
    tokens: int
    seconds: float
    first_token_seconds: float
    finish_reason: FinishReason | None = None


async def stream_text(
    decoder: Decoder,
    prompt: Sequence[int],
    config: GenerationConfig,
    tokenizer: Tokenizer,
    *,
    context: int | None = None,
) -> AsyncGenerator[TextDelta, None]:
    """The text after a prompt's tokens, a delta for each token; greedy or sampled.

    Special tokens are left out, and so is a stop string. Closing the generator stops it; what is asked to
    stop by the page stops between two tokens, so that the engine and what it has computed stay.

    Raises InputError for beams and for several sequences, whose text is known only at the end.
    """
    if config.num_beams > 1 or config.num_return_sequences > 1:
        raise InputError(
            "Only one sequence can be streamed.",
            received=f"num_beams {config.num_beams}, num_return_sequences {config.num_return_sequences}",
            hint="Call the pipeline instead, which gives all at the end.",
        )
    started = time.perf_counter()
    pieces, stop = DecodeStream(tokenizer, skip_special_tokens=True), StopStrings(config.stop_strings)
    steps = generate(
        decoder, prompt, config, context=context, decode=tokenizer.decode,
        constraint=constraint_of(config, tokenizer, decoder.vocabulary),
    )  # fmt: skip
    count, first = 0, 0.0
    with _platform.ends_soon():
        try:
            async for step in steps:
                count += 1
                now = time.perf_counter() - started
                first = first or now
                text = stop.feed(pieces.step(int(step.tokens[0])) or "")
                reason = step.results[0].finish_reason if step.results else None
                if reason is not None:
                    text += stop.end()
                yield TextDelta(text, count, now, first, reason)
                if _platform.cancelling():
                    raise CancelledError
        finally:
            await steps.aclose()
