"""A model's own chat template: from messages to the text of a prompt, as transformers' `apply_chat_template`.

jinja2 itself renders; `wardian.generation.templates` keeps what other people wrote from doing harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from wardian import _platform
from wardian.errors import DeviceError, InputError, ModelError, UnknownNameError, shorten
from wardian.generation.chat_messages import Message, plain, read_documents, read_messages, read_tools
from wardian.hub import ModelFolder
from wardian.tokenizers.tokenizer_config import load_tokenizer_config

if TYPE_CHECKING:
    from wardian.generation.templates.program import Program

__all__ = ["ChatTemplate"]

_DEFAULT, _TOOLS = "default", "tool_use"
_TAG = "CONTINUE_FINAL_MESSAGE_TAG "
_REASONING = ("reasoning_content", "thinking", "reasoning")
_FILE, _MORE = "chat_template.jinja", "additional_chat_templates"


class ChatTemplate:
    """The template of a model, or its templates by name.

    >>> template = ChatTemplate(
    ...     "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}{{ eos_token }}"
    ...     "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
    ...     {"eos_token": "</s>"},
    ... )
    >>> template.render([{"role": "user", "content": "Hello"}])
    '<|user|>Hello</s><|assistant|>'

    Args:
        source: a template in Jinja, or several by name ("default", "tool_use", "rag").
        special_tokens: spellings by role ("bos_token"), which templates use by these names.

    Raises ModelError for a source that is no template, DeviceError where jinja2 is missing.
    """

    def __init__(
        self, source: str | Mapping[str, str], special_tokens: Mapping[str, str] | None = None
    ) -> None:
        self.templates = {_DEFAULT: source} if isinstance(source, str) else dict(source)
        self.special_tokens = dict(special_tokens or {})
        for what, given in (("chat template", self.templates), ("special tokens", self.special_tokens)):
            wrong = [value for pair in given.items() for value in pair if not isinstance(value, str)]
            if wrong or (given is self.templates and not given):
                raise ModelError(
                    f"The {what} of the model cannot be used.", value=shorten(wrong), expected="text"
                )
        program = _program()
        self._programs = {name: program(text) for name, text in self.templates.items()}

    @classmethod
    async def from_folder(cls, folder: ModelFolder) -> ChatTemplate:
        """The template of a model folder, with the special tokens of its `tokenizer_config.json`.

        `chat_template.jinja` and the files in `additional_chat_templates/` come before what
        `tokenizer_config.json` says, as in transformers. In the browser this loads jinja2.

        Raises ModelError when the folder has no chat template or it is broken, besides what
        `ModelFolder.read` raises.
        """
        if _platform.IN_PYODIDE:
            await _platform.load_packages(["jinja2"])
        has_config = folder.has("tokenizer_config.json")
        content = await folder.read_json("tokenizer_config.json") if has_config else {}
        config = load_tokenizer_config(content)
        found = await _files(folder) or config.chat_template
        if not found:
            raise ModelError(
                f"Model {folder.id!r} has no chat template.",
                expected=f"{_FILE}, or chat_template in tokenizer_config.json",
                hint="It completes texts, and was not trained to chat.",
            )
        special = dict(config.special)
        # Folders of before `added_tokens_decoder` have their special tokens in a file of its own.
        if "added_tokens_decoder" not in content and folder.has("special_tokens_map.json"):
            special |= load_tokenizer_config(await folder.read("special_tokens_map.json")).special
        return cls(found, special)

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool | None = None,
        continue_final_message: bool | str = False,
        chat_template: str | None = None,
        **variables: Any,
    ) -> str:
        """The conversation as the model was trained to read it.

        Args:
            messages: turns from the oldest to the newest: `role`, and `content` as text or typed parts; also
                `tool_calls`, `name`, `reasoning_content` … as the template takes them.
            tools: JSON schemas of functions that the model may call.
            documents: mappings with `title` and `text`, for templates that answer from documents.
            add_generation_prompt: whether the beginning of the model's turn follows; None for yes, unless the
                last message is continued.
            continue_final_message: end inside the last message, for the model to go on; the name of a field
                in place of True continues that one ("reasoning_content").
            chat_template: which template, where there are several; None for "tool_use" when there are tools
                and the model has it, else "default".
            variables: what else the template takes (`enable_thinking=False`).

        Raises:
            InputError: messages, tools or variables are wrong, or the template does not take them.
            ModelError: the template fails, takes too long, or is not allowed to do what it does.
        """
        if add_generation_prompt is None:
            add_generation_prompt = not continue_final_message
        if add_generation_prompt and continue_final_message:
            raise InputError("add_generation_prompt and continue_final_message exclude each other.")
        name = self._choose(chat_template, tools is not None)
        turns = read_messages(messages)
        final = (
            _open_end(turns[-1], continue_final_message, self.templates[name])
            if continue_final_message
            else ""
        )
        rendered = self._programs[name].render(
            {
                **self.special_tokens,
                **{key: plain(key, value) for key, value in variables.items()},
                "messages": turns,
                "tools": read_tools(tools),
                "documents": read_documents(documents),
                "add_generation_prompt": add_generation_prompt,
            }
        )
        return _cut(rendered, final) if continue_final_message else rendered

    def _choose(self, name: str | None, tools: bool) -> str:
        if name is None and tools and _TOOLS in self.templates:
            return _TOOLS
        wanted = name or _DEFAULT
        if wanted not in self.templates:
            raise UnknownNameError("chat template", wanted, self.templates)
        return wanted


async def _files(folder: ModelFolder) -> dict[str, str]:
    """The templates that lie in files of their own, by name."""
    paths = {_DEFAULT: _FILE} if folder.has(_FILE) else {}
    for file in folder.manifest.get("files", ()):
        path = PurePosixPath(str(file["path"]))
        if path.parent.as_posix() == _MORE and path.suffix == ".jinja":
            paths[path.stem] = path.as_posix()
    found = {}
    for name, path_of in paths.items():
        try:
            found[name] = (await folder.read(path_of)).decode()
        except UnicodeDecodeError as error:
            raise ModelError(f"{path_of} of model {folder.id!r} is no text.", received=str(error)) from error
    return found


def _program() -> type[Program]:
    """The class that compiles templates, which needs jinja2."""
    try:
        from wardian.generation.templates.program import Program
    except ModuleNotFoundError as error:
        if error.name not in ("jinja2", "markupsafe"):
            raise
        raise DeviceError(
            "The package jinja2 is not loaded, which chat templates need.",
            hint="Open the template with `await ChatTemplate.from_folder(folder)`."
            if _platform.IN_PYODIDE
            else "pip install 'wardian[chat]'",
        ) from error
    return Program


def _open_end(message: Message, field: bool | str, source: str) -> str:
    """Mark the end of the last message's text; the text."""
    name = field if isinstance(field, str) else "content"
    text = message.get(name)
    if text is None:
        raise InputError(f"The last message has no {name} to continue.", expected=f"a message with {name}")
    # Reasoning goes by several names; whichever the template reads is marked.
    fields = [one for one in _REASONING if message.get(one) == text] if name in _REASONING else [name]
    if not any(one in source for one in fields):
        raise InputError(
            f"The chat template does not use {name}, so it cannot be continued.", value=shorten(name)
        )
    if isinstance(text, list):
        part = next((one for one in reversed(text) if isinstance(one, dict) and "text" in one), None)
        if part is None:
            raise InputError("The last message has no text to continue.", value=shorten(text))
        text = str(part["text"])
        part["text"] = text + _TAG
    elif isinstance(text, str):
        for one in fields:
            message[one] = text + _TAG
    else:
        raise InputError(f"The last message has no {name} to continue.", value=shorten(text), expected="text")
    return text


def _cut(rendered: str, final: str) -> str:
    """The prompt up to the mark."""
    mark = _TAG.strip()
    if final.strip() not in rendered or mark not in rendered:
        raise InputError(
            "The last message cannot be continued: the chat template leaves it out, or changes it.",
            value=shorten(final),
        )
    end = rendered.rindex(mark)
    # Where the template strips messages, what is before the mark is stripped, too.
    return rendered[:end] if rendered[end : end + len(_TAG)] == _TAG else rendered[:end].rstrip()
