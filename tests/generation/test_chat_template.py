"""ChatTemplate: model folders, several templates, what is checked before rendering, and errors that say
what.
"""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

import numpy as np
import pytest
from tests.support import run

from wardian import _platform
from wardian.errors import DeviceError, InputError, ModelError, UnknownNameError
from wardian.generation import ChatTemplate
from wardian.hub import ModelFolder

PLAIN = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{{ '>' if add_generation_prompt }}"
USER = {"role": "user", "content": "Hello"}


class Folder(ModelFolder):
    """A model folder in memory, in both interpreters."""

    def __init__(self, files: dict[str, Any]) -> None:
        self._contents = {
            path: content if isinstance(content, bytes) else content.encode() if isinstance(content, str)
            else json.dumps(content).encode()
            for path, content in files.items()
        }  # fmt: skip
        super().__init__("a-model", {"files": [{"path": path} for path in files]}, None)

    async def read(self, path: str) -> bytes:
        return self._contents[path]


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded in Pyodide, where the tests have jinja2 already."""
    names: list[str] = []

    async def load_packages(wanted: list[str]) -> None:
        names.extend(wanted)

    monkeypatch.setattr(_platform, "load_packages", load_packages)
    return names


def opened(files: dict[str, Any]) -> ChatTemplate:
    return run(ChatTemplate.from_folder(Folder(files)))


def test_a_folder_with_a_template_in_its_configuration(loaded: list[str]) -> None:
    config = {
        "chat_template": "{{ bos_token }}{{ eos_token }}{{ pad_token }}" + PLAIN,
        "bos_token": {"content": "<s>", "lstrip": False, "__type": "AddedToken"},
        "eos_token": "</s>",
        "pad_token": None,
        "added_tokens_decoder": {},
    }
    files = {"tokenizer_config.json": config, "special_tokens_map.json": {"pad_token": "<pad>"}}
    assert opened(files).render([USER]) == "<s></s>[user]Hello>"
    assert loaded == (["jinja2"] if sys.platform == "emscripten" else [])
    # Folders of before `added_tokens_decoder` have theirs in the other file.
    del config["added_tokens_decoder"]
    assert opened(files).render([USER]) == "<s></s><pad>[user]Hello>"


def test_several_templates_by_name() -> None:
    named = [{"name": name, "template": f"{name}:{PLAIN}"} for name in ("default", "tool_use", "rag")]
    template = opened({"tokenizer_config.json": {"chat_template": named}})
    tool = {"type": "function", "function": {"name": "f"}}
    assert template.render([USER]) == "default:[user]Hello>"
    assert template.render([USER], tools=[tool]) == "tool_use:[user]Hello>"
    assert template.render([USER], chat_template="rag", tools=[tool]) == "rag:[user]Hello>"
    with pytest.raises(UnknownNameError, match="Did you mean 'rag'"):
        template.render([USER], chat_template="rags")
    only = ChatTemplate({"rag": PLAIN})
    with pytest.raises(UnknownNameError, match="one of rag"):
        only.render([USER])


def test_files_of_their_own_come_first() -> None:
    template = opened(
        {
            "tokenizer_config.json": {"chat_template": "old", "bos_token": "<s>"},
            "chat_template.jinja": "{{ bos_token }}" + PLAIN,
            "additional_chat_templates/rag.jinja": "rag",
            "additional_chat_templates/README.md": "no template",
        }
    )
    assert template.render([USER]) == "<s>[user]Hello>"
    assert template.render([USER], chat_template="rag") == "rag"
    assert set(template.templates) == {"default", "rag"}


def test_folders_that_cannot_chat() -> None:
    with pytest.raises(ModelError, match=r"'a-model' has no chat template.*chat_template\.jinja"):
        opened({"tokenizer_config.json": {"bos_token": "<s>"}})
    with pytest.raises(ModelError, match=r"chat_template\.jinja of model 'a-model' is no text"):
        opened({"chat_template.jinja": b"\xff\xfe"})
    with pytest.raises(ModelError, match=r"tokenizer_config\.json is broken"):
        opened({"tokenizer_config.json": {"chat_template": 5}})
    with pytest.raises(
        ModelError, match=r"cannot be read\. Got line 2; received Encountered unknown tag 'fr'"
    ):
        opened({"chat_template.jinja": "\n{% fr x in y %}"})


def test_without_jinja2_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wardian.generation.templates.program")
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(DeviceError) as caught:
        ChatTemplate(PLAIN)
    assert caught.value.hint is not None
    expected = "from_folder" if sys.platform == "emscripten" else "pip install 'wardian[chat]'"
    assert expected in caught.value.hint


def test_the_callers_messages_stay_as_they_are() -> None:
    messages = [USER, {"role": "assistant", "content": [{"type": "text", "text": "It "}], "name": None}]
    before = copy.deepcopy(messages)
    template = ChatTemplate(
        "{% for m in messages %}{{ m.content if m.content is string else m.content[0].text }}|{% endfor %}"
    )
    assert template.render(messages, continue_final_message=True) == "Hello|It "
    with pytest.raises(ModelError):
        ChatTemplate("{{ messages.append(1) }}").render(messages)
    with pytest.raises(ModelError):
        ChatTemplate("{{ messages[0].update(role='x') }}").render(messages)
    assert messages == before


def test_numpy_and_subclasses_become_plain() -> None:
    class Loud(str):
        def upper(self) -> str:
            return "changed"

    template = ChatTemplate("{{ messages[0].content.upper() }} {{ n + 1 }} {{ one is true }} {{ t }}")
    given = {"n": np.int64(4), "one": np.bool_(True), "t": (1, 2.5)}
    assert template.render([{"role": "user", "content": Loud("a")}], **given) == "A 5 True (1, 2.5)"


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ("Hello", "The messages are wrong. Got 'Hello'; expected a list"),
        ([], "There are no messages"),
        (["Hello"], r"messages\[0\] is wrong"),
        ([USER, {"content": "x"}], r"messages\[1\] has no role"),
        ([{"role": "", "content": "x"}], r"messages\[0\] has no role"),
        ([{"role": "user"}], r"messages\[0\] has no content"),
        ([{"role": "user", "content": None}], r"messages\[0\] has no content"),
        ([{"role": "user", "content": 5}], r"messages\[0\] has wrong content. Got 5"),
        ([{"role": "user", "content": ["x"]}], r"messages\[0\] has a wrong part.*received part 0"),
        ([{"role": "user", "content": [{"type": "text"}]}], "a part of text without text"),
        ([{"role": "assistant", "tool_calls": "f()"}], "wrong tool_calls"),
        ([{"role": "user", "content": "x", "image": object()}], r"messages\[0\]\['image'\] cannot be shown"),
    ],
)
def test_wrong_messages_are_named(messages: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ChatTemplate(PLAIN).render(messages)


def test_wrong_tools_documents_and_variables_are_named() -> None:
    template = ChatTemplate(PLAIN)
    with pytest.raises(InputError, match="A function of Python as a tool is not supported"):
        template.render([USER], tools=[len])  # type: ignore[list-item]
    with pytest.raises(InputError, match="The tools are wrong"):
        template.render([USER], tools={"name": "f"})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="The documents are wrong"):
        template.render([USER], documents=["x"])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"^extra cannot be shown"):
        template.render([USER], extra={1, 2})
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InputError, match="nested too deep"):
        template.render([USER], extra=endless)
    with pytest.raises(ModelError, match="special tokens of the model cannot be used"):
        ChatTemplate(PLAIN, {"bos_token": 5})  # type: ignore[dict-item]


def test_the_last_message_is_continued_or_it_is_said_why_not() -> None:
    template = ChatTemplate(PLAIN)
    open_end = [USER, {"role": "assistant", "content": "Hel"}]
    assert template.render(open_end, continue_final_message=True) == "[user]Hello[assistant]Hel"
    with pytest.raises(InputError, match="exclude each other"):
        template.render(open_end, continue_final_message=True, add_generation_prompt=True)
    with pytest.raises(InputError, match="does not use reasoning"):
        template.render([USER, {**USER, "reasoning": "x"}], continue_final_message="reasoning")
    with pytest.raises(InputError, match="leaves it out, or changes it"):
        ChatTemplate("{{ messages[0].content }}").render(open_end, continue_final_message=True)
    with pytest.raises(InputError, match="has no content to continue"):
        template.render([{"role": "assistant", "tool_calls": []}], continue_final_message=True)


def test_a_refusal_by_the_template_says_what_it_said() -> None:
    with pytest.raises(
        InputError, match=r"does not take this conversation\. Got line 2; received Roles!"
    ) as caught:
        ChatTemplate("\n{{ raise_exception('Roles!') }}").render([USER])
    assert "messages" in str(caught.value.hint)


def test_surrogates_and_odd_text_pass_unchanged() -> None:
    text = "\ud800 \u0000 {{ 7 * 7 }} {% raw %} \U0010ffff"
    assert ChatTemplate(PLAIN).render([{"role": "user", "content": text}]) == f"[user]{text}>"


def test_a_text_of_a_megabyte_costs_little() -> None:
    messages = [
        {"role": "user", "content": "many words " * 100_000},
        {"role": "assistant", "content": "Yes."},
    ]
    source = """
{%- for m in messages %}{% set c = m.content | trim %}{% if c.startswith('x') or '</think>' in c %}
{%- set c = c.split('</think>')[-1].lstrip('\\n') %}{% endif %}
{{- '[' ~ m.role + ']' + c.strip() }}{% endfor %}"""
    rendered = ChatTemplate(source).render(messages)
    assert len(rendered) > 1_000_000 and rendered.endswith("words[assistant]Yes.")
