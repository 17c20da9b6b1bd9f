"""A conversation with a model: its turns, and how the next answer is to be chosen."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, cast

from wardian.components.base import Input, localize
from wardian.errors import InputError, UnknownNameError, shorten

__all__ = ["Conversation", "Dialogue", "Message", "SamplingSettings"]

Role = Literal["system", "user", "assistant"]
_ROLES = ("system", "user", "assistant")


class Message(TypedDict):
    """One turn, as chat templates take it."""

    role: Role
    content: str


class SamplingSettings(TypedDict):
    """How tokens are chosen, under the names of `GenerationConfig`; `seed` is None for one of chance."""

    do_sample: bool
    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float
    max_new_tokens: int
    seed: int | None


#: What a page begins with: of all fields, the range is below.
_DEFAULTS: SamplingSettings = {
    "do_sample": True, "temperature": 0.7, "top_p": 0.9, "top_k": 50, "repetition_penalty": 1.1,
    "max_new_tokens": 512, "seed": None,
}  # fmt: skip

#: Smallest and largest value, and whether it is a whole number. A temperature or top_p of 0 would leave no
#: token; a top_k of 0 leaves all. Seeds are what both a float64 and a uint32 hold.
_RANGES: dict[str, tuple[float, float, bool]] = {
    "temperature": (0.05, 2.0, False),
    "top_p": (0.05, 1.0, False),
    "top_k": (0, 1000, True),
    "repetition_penalty": (1.0, 2.0, False),
    "max_new_tokens": (1, 4096, True),
    "seed": (0, 2**32 - 1, True),
}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Messages, the last one the user's and only the first one maybe the system's, and settings."""

    messages: list[Message]
    settings: SamplingSettings


class Conversation(Input):
    """Turns of a conversation, kept by the page; the answer to the last one is shown as the next.

    The payload is `{"messages": [{"role", "content"}, …], "settings": {"do_sample", "temperature", "top_p",
    "top_k", "repetition_penalty", "max_new_tokens", "seed"}}`; what `settings` leaves out has the default
    (`defaults`, over those of this module). `max_length` counts the characters (code points) of one message.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Conversation",
        *,
        placeholder: str | Mapping[str, str] = "",
        max_length: int = 30_000,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(label)
        self.placeholder = localize(placeholder)
        self.max_length = max_length
        self.defaults = _settings({**_DEFAULTS, **(defaults or {})})

    def settings(self) -> dict[str, Any]:
        return {
            "placeholder": self.placeholder,
            "max_length": self.max_length,
            "defaults": self.defaults,
            "ranges": {name: [lowest, highest] for name, (lowest, highest, _) in _RANGES.items()},
        }

    def read(self, argument: str) -> dict[str, Any]:
        """An argument of the command line is a conversation's first message."""
        return {"messages": [{"role": "user", "content": argument}]}

    def preprocess(self, payload: Any) -> Dialogue:
        """
        >>> hello = {"role": "user", "content": "Hello"}
        >>> dialogue = Conversation().preprocess({"messages": [hello], "settings": {"temperature": 1}})
        >>> dialogue.messages, dialogue.settings["temperature"]
        ([{'role': 'user', 'content': 'Hello'}], 1.0)

        Raises InputError for what is no conversation, for a message that is empty or too long, for roles
        out of order, and for a setting out of its range.
        """
        if not isinstance(payload, Mapping) or not isinstance(payload.get("messages"), (list, tuple)):
            raise InputError(
                "This is not a conversation.",
                value=shorten(payload),
                expected="messages and settings",
                received="nothing" if payload is None else type(payload).__name__,
            )
        messages = [self._message(message) for message in payload["messages"]]
        _check_order(messages)
        settings = payload.get("settings")
        if settings is not None and not isinstance(settings, Mapping):
            raise InputError(
                "The settings of the answer cannot be read.",
                value=shorten(settings),
                expected=", ".join(_DEFAULTS),
                received=type(settings).__name__,
            )
        return Dialogue(messages, _settings({**self.defaults, **(settings or {})}))

    def _message(self, message: Any) -> Message:
        role = message.get("role") if isinstance(message, Mapping) else None
        content = message.get("content") if isinstance(message, Mapping) else None
        if role not in _ROLES or not isinstance(content, str):
            raise InputError(
                "This is not a message.",
                value=shorten(message, 80),
                expected=f"a text as content, and as role one of {', '.join(_ROLES)}",
                received=type(message).__name__,
            )
        if len(content) > self.max_length and role != "assistant":
            raise InputError(
                "A message is too long.",
                value=shorten(content, 60),
                expected=f"at most {self.max_length:,} characters",
                received=f"{len(content):,} characters",
                hint="Send a part of it.",
            )
        return {"role": role, "content": _well_formed(content)}


def _well_formed(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no tokenizer takes.

    >>> _well_formed("a\\ud83d b") == "a\\ufffd b"
    True
    """
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _check_order(messages: list[Message]) -> None:
    """Raises InputError unless a user's message is last and a system's nowhere but first."""
    roles = [message["role"] for message in messages]
    if not roles or roles[-1] != "user":
        raise InputError(
            "There is nothing to answer.",
            expected="a message of the user at the end",
            received=f"one of the {roles[-1]}" if roles else "nothing",
        )
    if "system" in roles[1:]:
        raise InputError(
            "Only the first message can be the system's.",
            expected="user and assistant after it",
            received=f"a message of the system as number {roles.index('system', 1) + 1}",
        )
    if not messages[-1]["content"].strip():
        raise InputError("The last message is empty.", expected="some text", received="only white space")


def _settings(given: Mapping[str, Any]) -> SamplingSettings:
    """All settings, each in its range. Raises InputError, UnknownNameError for one that does not exist."""
    for name in given:
        if name not in _DEFAULTS:
            raise UnknownNameError("setting of the answer", name, _DEFAULTS)
    if not isinstance(given["do_sample"], bool):
        raise _refused("do_sample", given["do_sample"], "true or false")
    checked = {name: _number(name, given[name]) for name in _RANGES}
    return cast(SamplingSettings, {**checked, "do_sample": given["do_sample"]})


def _number(name: str, value: Any) -> float | int | None:
    if name == "seed" and value is None:
        return None
    lowest, highest, whole = _RANGES[name]
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    # JavaScript has but one kind of number, so a whole float is fine.
    if not lowest <= number <= highest or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise _refused(name, value, f"{kind} from {lowest:g} to {highest:.10g}")
    return int(number) if whole else float(number)


def _refused(name: str, value: Any, expected: str) -> InputError:
    return InputError(
        f"The setting “{name}” cannot be used.", value=shorten(value, 60), expected=expected,
        received=type(value).__name__,
    )  # fmt: skip
