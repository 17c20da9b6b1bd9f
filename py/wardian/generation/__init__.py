"""From a prompt to an answer: what tokens a model's scores are made into, for any `Decoder`."""

from __future__ import annotations

from wardian.generation.chat_template import ChatTemplate
from wardian.generation.config import GenerationConfig
from wardian.generation.constrain import constraint_of
from wardian.generation.decoder import Decoder
from wardian.generation.generate import generate
from wardian.generation.scoring import ScoredText, perplexity, token_logprobs
from wardian.generation.steps import Generated, Step, collect

__all__ = [
    "ChatTemplate",
    "Decoder",
    "Generated",
    "GenerationConfig",
    "ScoredText",
    "Step",
    "collect",
    "constraint_of",
    "generate",
    "perplexity",
    "token_logprobs",
]
