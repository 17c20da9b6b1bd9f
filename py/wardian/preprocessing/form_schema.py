"""The fields of a form, from a JSON schema of an object without objects in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wardian.errors import InputError, shorten

__all__ = ["KINDS", "MOST_FIELDS", "FieldKind", "FormField", "read_form"]

FieldKind = Literal["text", "number", "integer", "date", "time", "email", "phone", "choice"]

#: Each kind as JSON schema says it; a choice is an `enum` of texts. Formats that begin with x- are this
#: package's: a time and a telephone number as they stand in the text.
KINDS: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "x-time"},
    "email": {"type": "string", "format": "email"},
    "phone": {"type": "string", "format": "x-phone"},
}
MOST_FIELDS = 30
_LONGEST = 80
_MOST_CHOICES = 30
_TAKEN = {"type", "format", "enum", "title", "x-title", "description", "nullable", "default", "examples"}
_TAKEN |= {"$comment"}
_OF_FORM = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "title",
    "description",
    "$schema",
    "$id",
    "$comment",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: `name` in the JSON, `title` as people call it. `choices` are those of the kind "choice".

    `titles` are what a page calls it in other languages ("x-title" in the schema); a model reads `title`.
    """

    name: str
    title: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    required: bool = False
    titles: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


def read_form(schema: Any) -> list[FormField]:
    """The fields of a schema, from a mapping or its JSON.

    >>> schema = {"type": "object", "properties": {"due": {"type": ["string", "null"], "format": "date"}}}
    >>> read_form(schema)
    [FormField(name='due', title='due', kind='date', choices=(), required=False)]

    Raises InputError for what is no JSON or no form (lists, objects in it, other keywords), with its place.
    """
    given = _parsed(schema)
    if given.get("type", "object") != "object" or not isinstance(given.get("properties"), Mapping):
        raise InputError(
            "The form has no fields.",
            value=shorten(given, 80),
            expected='a JSON schema with "properties"',
        )
    _require_known(given, _OF_FORM, "$")
    properties = given["properties"]
    if not 1 <= len(properties) <= MOST_FIELDS:
        raise InputError(
            "The form has a wrong number of fields.",
            expected=f"1 to {MOST_FIELDS} fields",
            received=str(len(properties)),
        )
    required = given.get("required", [])
    if not isinstance(required, (list, tuple)) or any(name not in properties for name in required):
        raise InputError(
            "A required field is not described.", value=shorten(required, 80), expected="names of properties"
        )
    return [_field(name, part, name in required) for name, part in properties.items()]


def _parsed(schema: Any) -> Mapping[str, Any]:
    if isinstance(schema, str):
        if len(schema) > 50_000:
            raise InputError("The schema is too long.", expected="at most 50,000 characters")
        try:
            # A parser in C has less of a stack in a browser.
            schema = json.loads(schema) if schema.count("[") + schema.count("{") < 1_000 else None
        except (ValueError, RecursionError) as error:
            raise InputError(
                "The schema is no JSON.", value=shorten(schema, 80), received=str(error)
            ) from error
    if not isinstance(schema, Mapping):
        raise InputError("The schema is no JSON schema.", value=shorten(schema, 80), expected="an object")
    return schema


def _field(name: Any, schema: Any, required: bool) -> FormField:
    place = f"$.properties.{name}"
    if not isinstance(schema, Mapping):
        raise _refused("A field is not described.", place, schema)
    _require_known(schema, _TAKEN, place)
    title, titles = schema.get("title") or name, schema.get("x-title") or {}
    if not isinstance(titles, Mapping):
        raise _refused("The titles of a field are not by language.", place, titles)
    for text in (name, title, *titles.values()):
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST or _is_broken(text):
            raise _refused(f"A field needs a name of 1 to {_LONGEST} characters.", place, text)
    if "enum" in schema:
        choices = schema["enum"]
        texts = isinstance(choices, (list, tuple)) and [one for one in choices if one is not None]
        if not texts or len(texts) > _MOST_CHOICES or not all(_is_choice(one) for one in texts):
            raise _refused(f"The choices of a field are 1 to {_MOST_CHOICES} texts.", place, choices)
        return FormField(name, title.strip(), "choice", tuple(dict.fromkeys(texts)), required, titles)
    given = schema.get("type")
    types = [one for one in given if one != "null"] if isinstance(given, (list, tuple)) else [given]
    for kind, words in KINDS.items():
        if types == [words["type"]] and schema.get("format") == words.get("format"):
            return FormField(name, title.strip(), kind, (), required, titles)  # type: ignore[arg-type]
    raise _refused(
        "A field has a kind that a form does not have.",
        place,
        {"type": given, "format": schema.get("format")},
    )


def _is_choice(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and not _is_broken(value)


def _is_broken(text: str) -> bool:
    """Whether it has half a character, or breaks a line."""
    return any(0xD800 <= ord(character) <= 0xDFFF or character in "\r\n" for character in text)


def _require_known(schema: Mapping[str, Any], known: set[str], place: str) -> None:
    for name in schema:
        if name not in known:
            raise _refused("A form cannot have this keyword.", place, name)


def _refused(message: str, place: str, value: Any) -> InputError:
    return InputError(
        message,
        value=shorten(value, 80),
        expected="string, number, integer or enum, with format date, email, x-time or x-phone",
        received=f"it at {place}",
    )
