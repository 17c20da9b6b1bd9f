"""What tests of constraints share: a model with random scores, vocabularies, and a reader of schemas."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.support import run

from wardian.generation import GenerationConfig, collect, generate
from wardian.generation.constraints import Automaton, Constraint, TokenBytes, Vocabulary

#: Every byte, and pieces that cross the borders of what a grammar is made of.
PIECES = [
    *(bytes([byte]) for byte in range(256)), b'"', b'{"', b'": ', b'", "', b'"}', b"}", b", ", b"null",
    b"true", b"false", b"12", b"00", b"-1", b"a", b"ab", b"abc", b"ba", "é".encode(), "你好".encode(),
    "你".encode()[:2], b'\\"', b"\\n", b"[]", b'["', b'"]', b"202", b"-0", b"", b"x" * 30,
]  # fmt: skip
EOS = len(PIECES) - 2


class RandomDecoder:
    """Scores that follow from the tokens, and mean nothing: a constraint has to hold whatever they are."""

    def __init__(self, vocabulary: int, seed: int = 0) -> None:
        self.vocabulary, self._seed = vocabulary, seed

    async def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        seeds = [zlib.crc32(row.tobytes()) for row in ids]
        rows = [np.random.default_rng([self._seed, seed]).normal(0, 5, self.vocabulary) for seed in seeds]
        return np.array(rows, np.float32)

    def reorder(self, rows: NDArray[np.int64]) -> None:
        pass


def vocabulary_of(tokens: Sequence[bytes], first: Sequence[bytes] | None = None) -> Vocabulary:
    rest = list(tokens)
    return Vocabulary.of_tokens(TokenBytes(rest if first is None else list(first), rest), len(rest))


def answers(
    automaton: Automaton, scores: int = 0, tokens: Sequence[bytes] = PIECES, eos: int = EOS, **settings: Any
) -> list[tuple[bytes, str]]:
    """The texts that a random model gives under a constraint, and why each ended."""
    constraint = Constraint(automaton, vocabulary_of(tokens), [eos])
    config = GenerationConfig.from_dict({"eos_token_id": eos, "max_new_tokens": 60}, **settings)
    steps = generate(RandomDecoder(len(tokens), scores), [eos], config, constraint=constraint)
    return [
        (b"".join(tokens[token] for token in one.ids.tolist() if token != eos), one.finish_reason)
        for one in run(collect(steps))
    ]


def valid(value: Any, schema: Any, root: Any) -> bool:
    """Whether a value satisfies a schema: JSON schema's own words, and none of the constraint's code."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return valid(value, target, root)
    if schema.get("nullable") and value is None:
        return True
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return False
    if "const" in schema and not _same(value, schema["const"]):
        return False
    if "anyOf" in schema and not any(valid(value, part, root) for part in schema["anyOf"]):
        return False
    kinds = schema.get("type", [])
    if kinds and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    return _inside(value, schema, root)


def _same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and value == other


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) or value is None:
        return {"boolean": bool, "null": type(None)}.get(kind) is type(value)
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float)}
    return kind in types and isinstance(value, types[kind])  # type: ignore[arg-type]


def _inside(value: Any, schema: Any, root: Any) -> bool:
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return (
            set(schema.get("required", [])) <= set(value)
            and (schema.get("additionalProperties") is not False or set(value) <= set(known))
            and all(valid(item, known[name], root) for name, item in value.items() if name in known)
        )
    if isinstance(value, list):
        fits = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return fits and all(valid(item, schema.get("items", True), root) for item in value)
    if isinstance(value, str):
        if schema.get("format") == "date":
            date.fromisoformat(value)
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return fits and re.search(schema.get("pattern", ""), value, re.ASCII) is not None
    if isinstance(value, int) and not isinstance(value, bool):
        return bool(
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
            and schema.get("exclusiveMinimum", value - 1) < value < schema.get("exclusiveMaximum", value + 1)
        )
    return True
