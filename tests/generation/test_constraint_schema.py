"""JSON schemas: whatever a model's scores are, what it writes is JSON that satisfies the schema."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest
from tests.generation.constrained import answers, valid

from wardian.errors import InputError
from wardian.generation.constraints import automaton_of, parse_json_schema

SCHEMAS = int(os.environ.get("WARDIAN_EXAMPLES", "40"))

#: Keywords of strings and integers, as a random schema has them.
_STRINGS: list[dict[str, Any]] = [
    {}, {"minLength": 1, "maxLength": 3}, {"maxLength": 0}, {"pattern": "^[a-c]+$"}, {"pattern": "a"},
    {"pattern": 'x"\\\\'}, {"format": "date"},
]  # fmt: skip
_INTEGERS: list[dict[str, int]] = [
    {}, {"minimum": 0}, {"minimum": -12, "maximum": 7}, {"maximum": -3}, {"exclusiveMinimum": 99},
    {"minimum": 95, "maximum": 1203}, {"minimum": 5, "maximum": 5},
]  # fmt: skip
_ENUMS: list[list[Any]] = [["a", "é"], [1, "1", None], ['"', "\\", "\n"], [True, False], [{"a": [1]}], [1.5]]


def random_schema(rng: np.random.Generator, depth: int = 0) -> dict[str, Any]:
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "const", "types"]
    kind = rng.choice(
        kinds if depth > 2 else [*kinds, "object", "object", "array", "array", "anyOf", "nullable"]
    )
    if kind == "object":
        names = [
            str(name)
            for name in rng.permutation(["a", "b", "naïve", 'q"', "other name"])[: rng.integers(0, 5)]
        ]
        return {
            "type": "object",
            "properties": {name: random_schema(rng, depth + 1) for name in names},
            "required": [name for name in names if rng.random() < 0.5],
            "additionalProperties": False,
        }
    if kind == "array":
        least = int(rng.integers(0, 3))
        return {
            "type": "array", "items": random_schema(rng, depth + 1),
            "minItems": least, "maxItems": least + int(rng.integers(0, 2)),
        }  # fmt: skip
    if kind == "anyOf":
        return {"anyOf": [random_schema(rng, depth + 1) for _ in range(2)]}
    if kind == "nullable":
        return {**random_schema(rng, 3), "nullable": True}
    if kind == "enum":
        return {"enum": _ENUMS[rng.integers(len(_ENUMS))]}
    if kind == "const":
        return {"const": _ENUMS[rng.integers(len(_ENUMS))][0]}
    if kind == "types":
        return {"type": ["integer", "null", "boolean"], **_INTEGERS[rng.integers(len(_INTEGERS))]}
    more: dict[str, Any] = {"string": _STRINGS, "integer": _INTEGERS}.get(str(kind), [{}])  # type: ignore[assignment]
    return {"type": str(kind), **more[rng.integers(len(more))]}


@pytest.mark.parametrize("seed", range(SCHEMAS))
def test_random_scores_under_a_random_schema_are_valid_json(seed: int) -> None:
    schema = random_schema(np.random.default_rng(seed))
    automaton = automaton_of(parse_json_schema(schema))
    least = 12 + int(automaton.least[0])
    for settings in ({}, {"do_sample": True, "seed": seed}, {"num_beams": 2}):
        for most in (least, least + 40):
            [(text, reason)] = answers(automaton, seed, max_new_tokens=most, **settings)
            assert reason == "eos"
            assert valid(json.loads(text), schema, schema), (schema, text)


def matches(schema: Any, value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return automaton_of(parse_json_schema(schema)).matches(text.encode())


def test_values_of_a_schema_are_all_possible() -> None:
    """What is valid is allowed, and what is not is not: the other half of the proof."""
    person = {
        "$defs": {"name": {"type": "string", "minLength": 1}},
        "type": "object",
        "properties": {
            "name": {"$ref": "#/$defs/name"}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2},
            "born": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        },
        "required": ["name"], "additionalProperties": False,
    }  # fmt: skip
    good = [
        {"name": "Zoë \"Z\" \\ 李\n"}, {"name": "x", "age": 0}, {"name": "x", "tags": []},
        {"name": "x", "age": 150, "tags": ["b", "b"], "born": "2024-02-29"}, {"name": "x", "born": None},
    ]  # fmt: skip
    bad = [
        {}, {"age": 3}, {"name": ""}, {"name": "x", "age": 151}, {"name": "x", "age": -1},
        {"name": "x", "tags": ["c"]}, {"name": "x", "tags": ["a"] * 3}, {"name": "x", "born": "2023-02-29"},
        {"name": "x", "other": 1}, {"name": 3}, [], "x",
    ]  # fmt: skip
    for value in good:
        assert valid(value, person, person) and matches(person, value), value
    for value in bad:
        assert not matches(person, value), value


@pytest.mark.parametrize(
    ("low", "high"), [(0, 9), (-5, 5), (7, 1234), (-120, -3), (99, 100), (1000, 1000), (0, 0)]
)
def test_bounds_of_integers(low: int, high: int) -> None:
    schema = {"type": "integer", "minimum": low, "maximum": high}
    automaton = automaton_of(parse_json_schema(schema))
    for value in range(-200, 1300):
        assert automaton.matches(str(value).encode()) == (low <= value <= high), value
    assert not automaton.matches(b"-0") and not automaton.matches(b"007")


@pytest.mark.parametrize(("bounds", "inside", "outside"), [
    ({}, [0, -1, 10**20], []), ({"minimum": 15}, [15, 99, 100, 10**9], [14, 2, -15]),
    ({"maximum": -15}, [-15, -99, -(10**9)], [-14, 0, 15]), ({"maximum": 3}, [3, 0, -77], [4, 33]),
])  # fmt: skip
def test_half_open_bounds(bounds: dict[str, int], inside: list[int], outside: list[int]) -> None:
    automaton = automaton_of(parse_json_schema({"type": "integer", **bounds}))
    assert all(automaton.matches(str(value).encode()) for value in inside)
    assert not any(automaton.matches(str(value).encode()) for value in outside)


def test_every_day_is_a_date_and_no_other() -> None:
    from datetime import date, timedelta

    automaton = automaton_of(parse_json_schema({"type": "string", "format": "date"}))
    days = {(date(1996, 1, 1) + timedelta(day)).isoformat() for day in range(366 * 9)}
    for year in range(1996, 2004):
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                assert automaton.matches(f'"{text}"'.encode()) == (text in days), text
    for text, right in (
        ("1900-02-29", False),
        ("2000-02-29", True),
        ("0000-01-01", False),
        ("0004-02-29", True),
    ):
        assert automaton.matches(f'"{text}"'.encode()) == right


OBJECT = {"type": "object", "properties": {}}
LOOP = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}}
#: What is refused: the schema, what the error says, where it says it is.
REFUSED: list[tuple[Any, str, str]] = [
    ({"type": "string", "contentEncoding": "x"}, "'contentEncoding'", "$"),
    ({"type": "number", "minimum": 1}, "'minimum'", "$"),
    ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "'uniqueItems'", "$"),
    ({"type": "object", "properties": {"a": {"oneOf": []}}}, "says nothing", "$.properties.a"),
    ({"type": "object", "properties": {"a": {}}}, "says nothing", "$.properties.a"),
    ({**OBJECT, "required": ["b"]}, "'b'", "$"),
    ({**OBJECT, "minProperties": 1}, "'minProperties'", "$"),
    ({"type": "array", "items": {"type": "string", "format": "uri"}}, "'uri'", "$.items"),
    ({"type": "array"}, "not described", "$"),
    ({"type": "string", "pattern": "a(?=b)"}, "'(?='", "character 2 of $.pattern"),
    ({"type": "string", "pattern": "a", "maxLength": 3}, "together", "$"),
    ({"type": "string", "minLength": 4, "maxLength": 3}, "leave nothing", "$"),
    ({"type": "integer", "minimum": 4, "maximum": 3}, "No integer", "$"),
    ({"type": "integer", "minimum": 0.5}, "minimum is wrong", "$"),
    ({"type": "text"}, "unknown type", "$"),
    ({"type": "string", "enum": [1, 2]}, "No value", "$"),
    ({"enum": ["abc"], "minLength": 2}, "'minLength'", "$"),
    ({"anyOf": [{"type": "string"}], "type": "string"}, "beside anyOf", "$"),
    ({"$ref": "#/$defs/a"}, "'#/$defs/a'", "$"),
    ({"$ref": "other.json"}, "'other.json'", "$"),
    (LOOP, "itself", ".items"),
    ({"type": "string", "maxLength": "3"}, "maxLength is wrong", "$"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_cannot_be_a_constraint_is_named_with_its_place(number: int) -> None:
    schema, said, place = REFUSED[number]
    with pytest.raises(InputError) as error:
        parse_json_schema(schema)
    assert said in str(error.value), error.value
    assert place in str(error.value), error.value


@pytest.mark.parametrize("schema", [
    False, {"anyOf": []}, {"type": "object", "properties": {"a": False}, "required": ["a"]},
    {"type": "array", "items": {"anyOf": []}, "minItems": 1},
])  # fmt: skip
def test_a_schema_that_nothing_satisfies_is_refused(schema: Any) -> None:
    with pytest.raises(InputError, match="No text can satisfy"):
        automaton_of(parse_json_schema(schema))


def test_what_is_too_deep_or_holds_half_a_character_is_refused() -> None:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(40):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InputError, match="nested too deeply"):
        parse_json_schema(schema)
    with pytest.raises(InputError, match="half a character"):
        parse_json_schema('{"enum": ["\\ud800"]}')


def test_forty_optional_members_are_not_two_to_the_fortieth() -> None:
    names = [f"field{number}" for number in range(40)]
    schema = {"type": "object", "properties": {name: {"type": "string", "maxLength": 40} for name in names}}
    automaton = automaton_of(parse_json_schema(schema))
    assert len(automaton) < 20_000
    assert automaton.matches(b'{"field3": "x", "field39": ""}') and not automaton.matches(
        b'{, "field3": "x"}'
    )
