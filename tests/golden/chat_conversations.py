"""Conversations for the templates of `chat_templates/`, as (name, arguments of `render`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["NOW", "SPECIAL_TOKENS", "cases", "templates"]

NOW = datetime(2026, 3, 9, 14, 5, 6)
"""What `strftime_now` sees."""

SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


OWN = Path(__file__).with_name("chat_templates")
"""Templates in the formats of well-known families; their texts are this project's."""


def templates(folder: Path = OWN) -> dict[str, str]:
    """The templates of a folder by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))}


def _said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


USER = _said("user", "What is the capital of Peru?")
ANSWER = _said("assistant", "Lima.")
SYSTEM = _said("system", "  Answer in one word.\n")
CHINESE = [_said("system", "你是一个有帮助的助手。"), _said("user", "你好!请用一句话介绍长城。"),
           _said("assistant", "长城是中国古代的防御工程。"), _said("user", "它有多长?")]  # fmt: skip
EMOJI = [_said("user", "Say 👩‍👩‍👧 & “<b>quotes</b>” \\n \"'`{{ x }}`{% y %}\"\u2028\tend \r\n\r\n next"),
         _said("assistant", "🙂\n\n```py\nprint('<|im_end|>')\n```"), _said("user", "é\u0301 \u0000 ﷽")]  # fmt: skip
THOUGHT = [USER, _said("assistant", "<think>\nPeru, then.\n</think>\n\nLima."), _said("user", "And of Chile?"),
           _said("assistant", "Santiago.", reasoning_content="Chile is south of Peru.")]  # fmt: skip
PARTS = [_said("user", [{"type": "image"}, {"type": "text", "text": " What is it? "}]),
         _said("assistant", [{"type": "text", "text": "A cat."}]),
         _said("user", [{"type": "text", "text": "Sure?"}])]  # fmt: skip

TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {
        "name": "get_weather", "description": "Weather of a place.\nIn “metric” units.",
        "parameters": {"type": "object", "properties": {
            "place": {"type": "string", "description": "City & <country>, e.g. 北京"},
            "unit": {"type": "string", "enum": ["°C", "°F"]},
            "days": {"type": ["integer", "null"], "description": " how many "},
            "hours": {"type": "array", "items": {"type": "number"}}}, "required": ["place"]},
        "return": {"type": "object", "additionalProperties": {"type": "number"}}}},
    {"type": "function", "function": {
        "name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {
            "values": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
            "options": {"type": "object", "properties": {"round": {"type": "boolean"}}}}}}},
]  # fmt: skip
CALL = {"type": "function", "function": {"name": "get_weather",
        "arguments": {"unit": "°C", "place": "Zürich", "days": 2}}}  # fmt: skip
ONE_CALL = [SYSTEM, _said("user", "Weather in Zürich?"), {"role": "assistant", "content": None, "tool_calls": [CALL]},
            _said("tool", '{"t": 21.5}', name="get_weather"), _said("assistant", "21.5 °C."),
            _said("user", "Thanks!")]  # fmt: skip
CALLS = [_said("user", "Weather, and 1 + true?"),
         _said("assistant", "Let me see.", thinking="Two tools.", tool_calls=[
             CALL, {"type": "function", "function": {"name": "add", "arguments": {"values": 1}}}]),
         _said("tool", "21.5"), _said("tool", "2")]  # fmt: skip
DOCUMENTS = [{"title": "Peru", "text": "Lima is the capital."}, {"title": "智利", "text": "圣地亚哥"}]


def cases() -> dict[str, dict[str, Any]]:
    """Arguments of one rendering by name; each is asked of every template."""
    both = {"add_generation_prompt": True}
    none = {"add_generation_prompt": False}
    on = {"continue_final_message": True, "add_generation_prompt": False}
    return {
        "one": {"messages": [USER], **both},
        "one, no prompt": {"messages": [USER], **none},
        "system": {"messages": [SYSTEM, USER], **both},
        "turns": {"messages": [USER, ANSWER, _said("user", "  And of Chile? ")], **both},
        "system, turns": {"messages": [SYSTEM, USER, ANSWER, USER, ANSWER], **none},
        "Chinese": {"messages": CHINESE, **both},
        "emoji": {"messages": EMOJI, **both},
        "empty": {"messages": [_said("user", ""), _said("assistant", "")], **both},
        "odd roles": {"messages": [_said("assistant", "Hi."), _said("stop", "x"), ANSWER], **both},
        "thoughts": {"messages": THOUGHT, **none},
        "no thinking": {"messages": THOUGHT[:3], "enable_thinking": False, **both},
        "parts": {"messages": PARTS, **both},
        "tools": {"messages": [SYSTEM, USER], "tools": TOOLS, **both},
        "a call": {"messages": ONE_CALL, "tools": TOOLS, **both},
        "calls": {"messages": CALLS, "tools": TOOLS, "reasoning_effort": "high", **both},
        "documents": {"messages": [SYSTEM, USER], "documents": DOCUMENTS, **both},
        "documents, tools": {"messages": [USER], "documents": DOCUMENTS, "tools": TOOLS[1:],
                             "controls": {"length": "short", "tone": "友"}, **both},
        "variables": {"messages": [USER], "date_string": "1 Jan 2025", "bos_token": "<BOS>",
                      "custom_tools": [{"name": "f", "n": [1, 2.5, None, True]}], **both},
        "on": {"messages": [SYSTEM, USER, _said("assistant", "The capital is")], **on},
        "on, spaces": {"messages": [USER, _said("assistant", "The capital is  ")], **on},
        "on, twice": {"messages": [USER, _said("assistant", "Lima"), USER, _said("assistant", "Lima")], **on},
        "on, parts": {"messages": [PARTS[0], _said("assistant", [{"type": "text", "text": "A "},
                                                                 {"type": "image"}])], **on},
        "on, thought": {"messages": [USER, _said("assistant", "", reasoning_content="Peru, so")],
                        "continue_final_message": "reasoning_content", "add_generation_prompt": False},
        "on, nothing": {"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}], **on},
    }  # fmt: skip
