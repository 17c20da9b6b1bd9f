"""Objects of a JSON schema: their properties in order, with or without those that are not required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wardian.generation.constraints import json_values
from wardian.generation.constraints.nodes import Members, Node, literal, row
from wardian.generation.constraints.schema_reader import SchemaReader, refused

__all__ = ["members"]


def members(reader: SchemaReader, node: Callable[[Any, str], Node]) -> Node:
    """The texts of an object, whose properties stand in the order of the schema.

    Raises InputError where a property is required that is not described.
    """
    properties = reader.take("properties", dict, {})
    required = reader.take("required", list, [])
    # Whether others were allowed does not matter: none is written.
    reader.take("additionalProperties", (bool, dict), False)
    for name in required:
        if name not in properties:
            raise refused("A required property is not described.", reader.place, value=repr(name))
    found = []
    for name, schema in properties.items():
        if schema is False and name not in required:
            continue
        value = node(schema, f"{reader.place}.properties.{name}")
        found.append((row([json_values.constant(name), literal(": "), value]), name in required))
    return row([literal("{"), Members(tuple(found)), literal("}")])
