"""What a chat template is given: messages, tools, documents and variables, checked and copied.

A template sees plain values of JSON alone, so it can neither change what the caller has nor reach methods of
the caller's objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wardian.errors import InputError, shorten

__all__ = ["Message", "plain", "read_documents", "read_messages", "read_tools"]

Message = dict[str, Any]
"""`role`, `content` (text, or parts such as `{"type": "text", "text": …}`), `tool_calls` and what else a
model's template reads."""

#: Names under which models' reasoning is passed; transformers gives templates the first two.
_REASONING = ("reasoning_content", "thinking", "reasoning")
_MOST_NESTED = 60


def read_messages(messages: object) -> list[Message]:
    """The turns of a conversation as a template gets them: entries that are None are left out, as
    transformers does.

    >>> read_messages([{"role": "user", "content": "Hello", "name": None}])
    [{'role': 'user', 'content': 'Hello'}]

    Raises InputError, naming the message, for what is none.
    """
    expected = 'a list of messages such as {"role": "user", "content": "Hello"}'
    if not isinstance(messages, (list, tuple)):
        raise InputError("The messages are wrong.", value=shorten(messages), expected=expected)
    if not messages:
        raise InputError("There are no messages.", expected="at least one message")
    return [_message(f"messages[{index}]", message) for index, message in enumerate(messages)]


def _message(place: str, message: object) -> Message:
    if not isinstance(message, Mapping):
        raise InputError(
            f"{place} is wrong.", value=shorten(message), expected="a mapping with role and content"
        )
    given = plain(place, {key: value for key, value in message.items() if value is not None})
    role, content = given.get("role"), given.get("content")
    if not isinstance(role, str) or not role:
        raise InputError(f"{place} has no role.", value=shorten(role), expected='text such as "user"')
    if content is None and given.keys() <= {"role", "name"}:
        raise InputError(f"{place} has no content.", expected="text, or a list of parts")
    if content is not None and not isinstance(content, str):
        _require_parts(place, content)
    calls = given.get("tool_calls", [])
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise InputError(
            f"{place} has wrong tool_calls.", value=shorten(calls), expected="a list of mappings"
        )
    return _with_reasoning(given)


def _require_parts(place: str, content: Any) -> None:
    if not isinstance(content, list):
        raise InputError(
            f"{place} has wrong content.", value=shorten(content), expected="text, or a list of parts"
        )
    for index, part in enumerate(content):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise InputError(
                f"{place} has a wrong part.",
                value=shorten(part),
                expected='a mapping with its type, such as {"type": "text", "text": "Hello"}',
                received=f"part {index}",
            )
        if part["type"] == "text" and not isinstance(part.get("text"), str):
            raise InputError(
                f"{place} has a part of text without text.", value=shorten(part), received=f"part {index}"
            )


def _with_reasoning(message: Message) -> Message:
    """Reasoning under the names that templates read."""
    reasoning = next((message[key] for key in _REASONING if message.get(key) is not None), None)
    if reasoning is None:
        return message
    return {"thinking": reasoning, **message, "reasoning_content": reasoning}


def read_tools(tools: object) -> list[dict[str, Any]] | None:
    """The tools as JSON schemas.

    Raises InputError for others; functions of Python are not turned into schemas.
    """
    if tools is None:
        return None
    if not isinstance(tools, (list, tuple)):
        raise InputError("The tools are wrong.", value=shorten(tools), expected="a list of JSON schemas")
    for index, tool in enumerate(tools):
        if not isinstance(tool, Mapping):
            what = (
                "A function of Python as a tool is not supported." if callable(tool) else "A tool is wrong."
            )
            raise InputError(
                what,
                value=shorten(tool),
                expected='a JSON schema, such as {"type": "function", "function": {"name": …}}',
                received=f"tool {index}",
            )
    return [plain(f"tools[{index}]", tool) for index, tool in enumerate(tools)]


def read_documents(documents: object) -> list[dict[str, Any]] | None:
    """The documents that an answer may draw on. Raises InputError for what is no list of mappings."""
    if documents is None:
        return None
    if not isinstance(documents, (list, tuple)) or not all(isinstance(one, Mapping) for one in documents):
        raise InputError(
            "The documents are wrong.",
            value=shorten(documents),
            expected="a list of mappings with title and text",
        )
    return [plain(f"documents[{index}]", one) for index, one in enumerate(documents)]


def plain(place: str, value: Any, nested: int = 0) -> Any:
    """A copy of a value that consists of what JSON has (and tuples, which stay tuples).

    >>> plain("here", {"a": np.float32(0.5), "b": (1, None)})
    {'a': 0.5, 'b': (1, None)}

    Raises InputError naming the place of anything else.
    """
    if nested > _MOST_NESTED:
        raise InputError(f"{place} is nested too deep.", expected=f"at most {_MOST_NESTED} levels")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, str):  # without the methods that a subclass has
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, Mapping):
        return {
            plain(place, key, nested + 1): plain(f"{place}[{key!r:.40}]", item, nested + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        items = [plain(f"{place}[{index}]", item, nested + 1) for index, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    raise InputError(
        f"{place} cannot be shown to a chat template.",
        value=shorten(value),
        expected="text, a number, true, false, null, a list or a mapping",
        received=type(value).__name__,
    )
