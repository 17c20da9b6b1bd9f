"""Keywords of one schema, each of the right type, and none that is overlooked."""

from __future__ import annotations

from typing import Any

from wardian.errors import InputError, shorten

__all__ = ["SchemaReader", "matches_type", "refused"]

#: Keywords that say nothing about which values are right.
_NOTES = {
    "title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions",
    "readOnly", "writeOnly", "deprecated", "propertyOrdering",
}  # fmt: skip
#: Keywords that matter for one type alone: they say nothing about others.
_OF_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
}


def refused(message: str, place: str, **facts: Any) -> InputError:
    """The error for something in a schema that cannot be."""
    return InputError(message, received=f"it at {place}", **facts)


def matches_type(value: Any, kind: str) -> bool:
    """Whether a JSON value is of a type of JSON schema.

    >>> matches_type(1.0, "integer"), matches_type(True, "integer")
    (True, False)
    """
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "integer": number and value == int(value),
        "number": number,
        "boolean": isinstance(value, bool),
        "null": value is None,
    }[kind]


class SchemaReader:
    """One object of a schema, at `place`; what was not taken is refused by `done`."""

    def __init__(self, schema: dict[str, Any], place: str) -> None:
        self.place = place
        self._schema = schema
        self._taken: set[str] = set()

    def has(self, name: str) -> bool:
        return name in self._schema

    def take(self, name: str, kind: type | tuple[type, ...], default: Any) -> Any:
        """The value of a keyword. Raises InputError where it is of another type."""
        self._taken.add(name)
        if name not in self._schema:
            return default
        value = self._schema[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise refused(f"The schema's {name} is wrong.", self.place, value=shorten(value, 80))
        return value

    def types(self, known: tuple[str, ...]) -> list[str]:
        """The types that are named, in the order in which they stand there."""
        given = self.take("type", (str, list), [])
        names = [given] if isinstance(given, str) else given
        for name in names:
            if name not in known:
                raise refused(
                    "The schema has an unknown type.", self.place, value=shorten(name, 80),
                    expected=", ".join(known),
                )  # fmt: skip
        for kind, words in _OF_TYPE.items():
            if names and kind not in names:
                self._taken |= words
        # Of a number every bound counts, and none of them can be kept.
        if "number" in names:
            self._taken -= _OF_TYPE["integer"]
        return list(dict.fromkeys(names))

    def reference(self) -> str | None:
        """Where `$ref` points. Raises InputError for keywords beside it, which would count, too."""
        if "$ref" not in self._schema:
            return None
        target: str = self.take("$ref", str, None)
        self.done()
        return target

    def count(self, least: str, most: str) -> tuple[int, int | None]:
        """Two keywords that count. Raises InputError for negative ones, and where none is between."""
        low, high = self.take(least, int, 0), self.take(most, int, None)
        if low < 0 or (high is not None and high < low):
            raise refused(
                f"The schema's {least} and {most} leave nothing.", self.place, value=f"{low} and {high}"
            )
        return low, high

    def bounds(self) -> tuple[int | None, int | None]:
        """The smallest and the largest integer. Raises InputError for other bounds, and for none between."""
        lows = [self._bound("minimum", 0), self._bound("exclusiveMinimum", 1)]
        highs = [self._bound("maximum", 0), self._bound("exclusiveMaximum", -1)]
        low = max((one for one in lows if one is not None), default=None)
        high = min((one for one in highs if one is not None), default=None)
        if low is not None and high is not None and low > high:
            raise refused("No integer is within the bounds.", self.place, value=f"{low} to {high}")
        return low, high

    def _bound(self, name: str, more: int) -> int | None:
        value = self.take(name, (int, float), None)
        if value is None:
            return None
        if isinstance(value, bool) or value != int(value) or abs(value) >= 10**18:
            raise refused(
                f"The schema's {name} is wrong.", self.place, value=shorten(value), expected="an integer"
            )
        return int(value) + more

    def done(self) -> None:
        """Raises InputError for the first keyword that nobody asked for."""
        for name in self._schema:
            if name == "uniqueItems" and self._schema[name] is False:
                continue
            if name not in self._taken and name not in _NOTES:
                raise refused(
                    "The schema has a keyword that cannot be a constraint.", self.place,
                    value=shorten(name, 80), hint="Leave it out, and check it afterwards.",
                )  # fmt: skip
