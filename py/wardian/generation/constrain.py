"""The constraint that a configuration asks for: `choices`, `regex` or `json_schema`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wardian.generation.config import GenerationConfig
from wardian.tokenizers import Tokenizer

if TYPE_CHECKING:
    from wardian.generation.constraints import Automaton, Constraint

__all__ = ["constraint_of"]


def constraint_of(config: GenerationConfig, tokenizer: Tokenizer, vocabulary: int) -> Constraint | None:
    """What a configuration allows, for a model that scores `vocabulary` tokens; None where it allows all.

    Raises InputError for what cannot be a constraint or cannot be satisfied, ModelError for a tokenizer whose
    tokens have no text of their own.
    """
    if not config.constrained:
        return None
    # Who generates without a constraint need not load what makes one.
    from wardian.generation.constraints import Constraint, Vocabulary

    automaton = _automaton(config.choices, config.regex, config.json_schema)
    return Constraint(automaton, Vocabulary.of(tokenizer, vocabulary), config.eos_token_id)


@lru_cache(maxsize=16)
def _automaton(choices: tuple[str, ...] | None, regex: str | None, schema: str | None) -> Automaton:
    from wardian.generation.constraints import automaton_of, parse_json_schema, parse_regex
    from wardian.generation.constraints.nodes import alternatives, literal

    if choices is not None:
        return automaton_of(alternatives(map(literal, choices)), "list of choices")
    if regex is not None:
        return automaton_of(parse_regex(regex), "regular expression")
    return automaton_of(parse_json_schema(schema or "false"), "JSON schema")
