"""Conversations in and answers out: `Conversation` and `Reply`."""

from __future__ import annotations

from typing import Any

import pytest

from wardian.components import Conversation, Reply, ReplyText
from wardian.errors import InputError, UnknownNameError

SETTINGS = {
    "do_sample": False, "temperature": 1.5, "top_p": 0.5, "top_k": 7.0, "repetition_penalty": 1.25,
    "max_new_tokens": 9.0, "seed": 3.0,
}  # fmt: skip


def said(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def test_a_conversation_is_messages_and_settings() -> None:
    payload = said(("system", "Be brief."), ("user", "a"), ("assistant", "b"), ("user", "😀 中"))
    dialogue = Conversation().preprocess({**payload, "settings": SETTINGS})
    assert dialogue.messages == payload["messages"]
    assert dialogue.settings == SETTINGS
    # JavaScript's numbers are floats; a generation counts.
    assert [type(dialogue.settings[name]) for name in ("top_k", "max_new_tokens", "seed")] == [int, int, int]


def test_what_is_not_set_has_the_default() -> None:
    component = Conversation(defaults={"temperature": 0.2})
    settings = component.preprocess(component.read("Hello")).settings
    assert settings["temperature"] == 0.2 and settings["seed"] is None
    assert component.info()["defaults"] == settings
    assert component.info()["ranges"]["top_p"] == [0.05, 1.0]


def test_lone_surrogates_become_well_formed() -> None:
    dialogue = Conversation().preprocess(said(("user", "a\ud83d b\udc00😀")))
    assert dialogue.messages[0]["content"] == "a\ufffd b\ufffd😀"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (None, "no.*conversation"), ("Hello", "conversation"), ({"messages": "Hello"}, "conversation"),
        (said(), "nothing to answer"), (said(("user", "a"), ("assistant", "b")), "of the assistant"),
        (said(("user", "a"), ("system", "b"), ("user", "c")), "number 2"),
        (said(("user", " \n")), "empty"), (said(("user", 5)), "message"),
        (said(("tool", "a")), "role one of"),
        ({"messages": ["a"]}, "message"), ({**said(("user", "a")), "settings": 3}, "settings"),
        (said(("user", "a" * 1_000_000)), "1,000,000 characters"),
    ],
)  # fmt: skip
def test_refused_conversations(payload: Any, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("no.*", "not a ")):
        Conversation().preprocess(payload)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0), ("temperature", 2.1), ("temperature", float("nan")), ("temperature", "1"),
        ("top_p", 0), ("top_p", 1.01), ("top_k", -1), ("top_k", 2.5), ("repetition_penalty", 0.9),
        ("max_new_tokens", 0), ("max_new_tokens", None), ("seed", -1), ("seed", 2**32), ("do_sample", 1),
    ],
)  # fmt: skip
def test_refused_settings(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=name):
        Conversation().preprocess({**said(("user", "a")), "settings": {name: value}})


def test_unknown_settings_are_named() -> None:
    with pytest.raises(UnknownNameError, match="temperatur"):
        Conversation().preprocess({**said(("user", "a")), "settings": {"temperatur": 1}})


def test_a_reply_is_what_came_and_what_it_took() -> None:
    value = ReplyText("Hi", 2, 1.5, 0.5, context_used=40, context_limit=8192, dropped=3, finish_reason="stop")
    payload = Reply().postprocess(value)
    assert payload == {
        "text": "Hi", "tokens": 2, "seconds": 1.5, "first_token_seconds": 0.5, "context_used": 40,
        "context_limit": 8192, "dropped": 3, "finish_reason": "stop",
    }  # fmt: skip
    assert "seconds" not in Reply().without_measurements(payload)
