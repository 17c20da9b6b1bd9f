"""`tokenizer_config.json`: what Hugging Face's transformers keeps beside a `tokenizer.json`.

Its special tokens by role and its chat template are carried for whoever builds prompts; its added tokens are
added where the `tokenizer.json` lacks them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardian.errors import ModelError, shorten
from wardian.tokenizers.added_tokens import AddedToken

__all__ = ["ROLES", "TokenizerConfig", "load_tokenizer_config"]

ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")

#: Hugging Face writes 1e30 for "no limit".
_NO_LIMIT = 1e9
_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


@dataclass(frozen=True, slots=True)
class TokenizerConfig:
    """What the file says that a `tokenizer.json` does not.

    `special` maps roles such as "bos_token" to spellings; `chat_template` is a Jinja template, or several by
    name; `model_max_length` is in tokens, None for no limit.
    """

    special: Mapping[str, str] = field(default_factory=dict)
    chat_template: str | Mapping[str, str] | None = None
    model_max_length: int | None = None
    clean_up_tokenization_spaces: bool = False
    added_tokens: tuple[AddedToken, ...] = ()


def load_tokenizer_config(content: str | bytes | Mapping[str, Any]) -> TokenizerConfig:
    """Read the content of a `tokenizer_config.json`. Raises ModelError when it is none.

    >>> load_tokenizer_config('{"bos_token": {"content": "<s>"}, "model_max_length": 512}').special
    {'bos_token': '<s>'}
    """
    try:
        config = content if isinstance(content, Mapping) else json.loads(content)
        if not isinstance(config, Mapping):
            raise TypeError(f"{type(config).__name__} instead of an object")
        special = {role: _spelling(config[role]) for role in ROLES if config.get(role) is not None}
        limit = config.get("model_max_length")
        decoder = config.get("added_tokens_decoder") or {}
        return TokenizerConfig(
            special=special,
            chat_template=_template(config.get("chat_template")),
            model_max_length=int(limit) if isinstance(limit, (int, float)) and limit < _NO_LIMIT else None,
            clean_up_tokenization_spaces=bool(config.get("clean_up_tokenization_spaces", False)),
            added_tokens=tuple(
                AddedToken(
                    str(item["content"]), int(index), **{name: bool(item.get(name)) for name in _FLAGS}
                )
                for index, item in sorted(decoder.items(), key=lambda pair: int(pair[0]))
            ),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError("The tokenizer_config.json is broken.", received=shorten(str(error))) from error


def _spelling(value: Any) -> str:
    return str(value["content"]) if isinstance(value, Mapping) else str(value)


def _template(value: Any) -> str | dict[str, str] | None:
    """A template, or several: files have them as [{"name": …, "template": …}]."""
    if value is None or isinstance(value, str):
        return value
    return {str(item["name"]): str(item["template"]) for item in value}
