"""A JSON schema as the tree of all JSON texts that satisfy it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from wardian.errors import InputError, shorten
from wardian.generation.constraints import json_values
from wardian.generation.constraints.nodes import ANY, Alternatives, Node, Repeat, alternatives, literal, row
from wardian.generation.constraints.regex import parse_regex
from wardian.generation.constraints.schema_object import members
from wardian.generation.constraints.schema_reader import SchemaReader, matches_type, refused

__all__ = ["LONGEST_SCHEMA", "parse_json_schema", "read_json_schema"]

LONGEST_SCHEMA = 200_000
"""Characters of a schema, as JSON."""
_DEEPEST = 30

_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


def read_json_schema(given: Any) -> str:
    """A schema, from a mapping, a boolean, or its JSON, as JSON.

    >>> read_json_schema({"type": "integer"})
    '{"type": "integer"}'

    Raises InputError for what is no JSON, and for what is too long.
    """
    text = given
    if not isinstance(given, str):
        if not isinstance(given, (Mapping, bool)):
            raise InputError(
                "The schema is no JSON schema.",
                value=shorten(given),
                expected="an object, true or false",
                received=type(given).__name__,
            )
        try:
            text = json.dumps(given, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(
                "The schema is no JSON.", value=shorten(type(given)), received=str(error)
            ) from error
    if len(text) > LONGEST_SCHEMA:
        raise InputError(
            "The schema is too long.",
            expected=f"at most {LONGEST_SCHEMA:,} characters",
            received=f"{len(text):,} characters",
        )
    _parsed(text)
    return str(text)


def _parsed(text: str) -> Any:
    if text.count("[") + text.count("{") > 5_000:  # a parser in C has less of a stack in a browser
        raise InputError("The schema is too large.", expected="at most 5,000 brackets")
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The schema is no JSON.",
            value=shorten(text, 80),
            expected='such as {"type": "object", "properties": {"name": {"type": "string"}}}',
            received=str(error),
        ) from error
    if not isinstance(found, (dict, bool)):
        raise InputError(
            "The schema is no JSON schema.", value=shorten(text, 80), expected="an object, true or false"
        )
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def parse_json_schema(schema: str | Mapping[str, Any] | bool) -> Node:
    """The tree of a schema: values as `json.dumps(value, ensure_ascii=False)` writes them.

    That is one text for each value, mostly: a space after commas and colons, properties in the order of the
    schema, no exponents. There are `type` (also several), `enum`, `const`, `anyOf`, `$ref` to `$defs` without
    recursion, `nullable`; of objects `properties`, `required`, `additionalProperties`; of arrays `items`,
    `minItems`, `maxItems`; of strings `minLength`, `maxLength`, `pattern` (as `parse_regex`, found anywhere,
    as JSON schema has it), `format` "date"; of integers `minimum`, `maximum`, `exclusiveMinimum`,
    `exclusiveMaximum`. Properties that a schema does not name are never written.

    >>> from wardian.generation.constraints.automaton import automaton_of
    >>> schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]}}}
    >>> texts = automaton_of(parse_json_schema(schema))
    >>> [texts.matches(text) for text in (b'{"a": 1, "b": "x"}', b'{"b": "x"}', b"{}", b'{"b": 1}')]
    [True, True, True, False]
    >>> parse_json_schema({"type": "array", "items": {"type": "string", "contentEncoding": "base64"}})
    Traceback (most recent call last):
    wardian.errors.InputError: The schema has a keyword that cannot be a constraint. Got 'contentEncoding'; \
received it at $.items. Leave it out, and check it afterwards.

    Raises InputError for all other keywords, naming them and their place, and for a schema that contradicts
    itself.
    """
    root = _parsed(read_json_schema(schema))
    return _Schema(root).node(root, "$", ())


class _Schema:
    """One schema document."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def node(self, schema: Any, place: str, seen: tuple[str, ...], depth: int = 0) -> Node:
        """The texts of the values that satisfy a schema inside the document; `seen` are references."""
        if depth > _DEEPEST:
            raise refused("The schema is nested too deeply.", place, expected=f"at most {_DEEPEST} levels")
        if schema is False:
            return Alternatives(())
        if schema is True or not isinstance(schema, dict):
            raise refused("The schema says nothing about a value.", place, expected="a type, enum or anyOf")
        reader = SchemaReader(schema, place)
        if (target := reader.reference()) is not None:
            if target in seen:
                raise refused(
                    "The schema refers to itself.", place, value=repr(target), hint="Write out the levels."
                )
            return self.node(self._resolved(target, place), target, (*seen, target), depth + 1)
        found = self._node(reader, lambda part, where: self.node(part, where, seen, depth + 1))
        reader.done()
        return found

    def _resolved(self, target: str, place: str) -> Any:
        at = self._root
        for part in target.removeprefix("#").strip("/").split("/") if target != "#" else []:
            name = part.replace("~1", "/").replace("~0", "~")
            if not target.startswith("#/") or not isinstance(at, dict) or name not in at:
                raise refused(
                    "The schema refers to what it does not have.", place, value=repr(target),
                    expected='such as "#/$defs/name"',
                )  # fmt: skip
            at = at[name]
        return at

    def _node(self, reader: SchemaReader, node: Callable[[Any, str], Node]) -> Node:
        """One schema that is no reference."""
        nullable = bool(reader.take("nullable", bool, False))
        types = reader.types(_TYPES)
        if reader.has("enum") or reader.has("const"):
            found = self._constants(reader, types)
        elif reader.has("anyOf"):
            if types:
                raise refused(
                    "type beside anyOf cannot be a constraint.", reader.place, hint="Move it inside."
                )
            parts = reader.take("anyOf", list, [])
            found = alternatives(node(part, f"{reader.place}.anyOf[{i}]") for i, part in enumerate(parts))
        elif types:
            found = alternatives(self._typed(kind, reader, node) for kind in types)
        else:
            raise refused(
                "The schema says nothing about a value.", reader.place, expected="a type, enum or anyOf"
            )
        return alternatives([found, literal("null")]) if nullable else found

    def _constants(self, reader: SchemaReader, types: list[str]) -> Node:
        values = [reader.take("const", object, None)] if reader.has("const") else None
        listed = reader.take("enum", list, None)
        if values is None:
            values = listed
        elif listed is not None:
            written = [json.dumps(value) for value in listed]
            values = [value for value in values if json.dumps(value) in written]
        fitting = [value for value in values or [] if not types or any(matches_type(value, t) for t in types)]
        if not fitting:
            raise refused("No value is allowed here.", reader.place, expected="a value of enum of that type")
        return alternatives(json_values.constant(value) for value in fitting)

    def _typed(self, kind: str, reader: SchemaReader, node: Callable[[Any, str], Node]) -> Node:
        if kind == "object":
            return members(reader, node)
        if kind == "array":
            return _array(reader, node)
        if kind == "string":
            return _string(reader)
        if kind == "integer":
            low, high = reader.bounds()
            return json_values.integer(low, high)
        if kind == "number":
            return json_values.NUMBER
        if kind == "boolean":
            return alternatives([literal("true"), literal("false")])
        return literal("null")


def _array(reader: SchemaReader, node: Callable[[Any, str], Node]) -> Node:
    least, most = reader.count("minItems", "maxItems")
    if not reader.has("items"):
        raise refused("The items of an array are not described.", reader.place, expected="items")
    schema = reader.take("items", (dict, bool), None)
    if most == 0:
        return literal("[]")
    item = node(schema, f"{reader.place}.items")
    rest = Repeat(row([literal(", "), item]), max(least - 1, 0), None if most is None else most - 1)
    some = row([literal("["), item, rest, literal("]")])
    return some if least else alternatives([literal("[]"), some])


def _string(reader: SchemaReader) -> Node:
    least, most = reader.count("minLength", "maxLength")
    pattern, form = reader.take("pattern", str, None), reader.take("format", str, None)
    given = [pattern is not None, form is not None, bool(least) or most is not None]
    if sum(given) > 1:
        raise refused(
            "pattern, format and lengths cannot be a constraint together.", reader.place,
            hint="Say the length in the pattern.",
        )  # fmt: skip
    if form is not None:
        if form != "date":
            raise refused(
                "The format cannot be a constraint.", reader.place, value=repr(form), expected="date"
            )
        return json_values.string_of(json_values.DATE)
    if pattern is None:
        return json_values.string(least, most)
    # A pattern of a schema is found anywhere, unless it has anchors.
    open_end = not (pattern.endswith("$") and not pattern.endswith("\\$"))
    text = parse_regex(pattern, f"{reader.place}.pattern")
    before = [] if pattern.startswith("^") else [Repeat(ANY, 0, None)]
    after = [Repeat(ANY, 0, None)] if open_end else []
    return json_values.string_of(row([*before, text, *after]))
