"""`tokenizer_config.json`: roles, chat template, added tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wardian.errors import ModelError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.models import WordLevel

CONFIG: dict[str, Any] = {
    "bos_token": {"__type": "AddedToken", "content": "<s>", "lstrip": False, "normalized": False},
    "eos_token": "</s>",
    "pad_token": None,
    "chat_template": "{% for message in messages %}{{ message.content }}{% endfor %}",
    "model_max_length": 1000000000000000019884624838656,
    "clean_up_tokenization_spaces": True,
    "added_tokens_decoder": {
        "3": {"content": "<new>", "special": True, "normalized": False},
        "1": {"content": "<s>", "special": True},
    },
}


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(model=WordLevel({"a": 0, "<s>": 1, ".": 2}, unk_token="a"))


def test_what_it_says_is_carried(tokenizer: Tokenizer) -> None:
    tokenizer.configure(json.dumps(CONFIG).encode())
    assert tokenizer.chat_template == CONFIG["chat_template"]
    assert (tokenizer.bos_token, tokenizer.bos_token_id) == ("<s>", 1)
    assert (tokenizer.eos_token, tokenizer.eos_token_id) == ("</s>", None)
    assert (tokenizer.pad_token, tokenizer.mask_token_id) == (None, None)
    assert tokenizer.model_max_length is None
    assert tokenizer.token_to_id("<new>") == 3
    assert tokenizer.encode("<new>").ids.tolist() == [3]
    assert tokenizer.decode([0, 2, 1, 3]) == "a."
    assert tokenizer.decode([0, 2], clean_up_tokenization_spaces=False) == "a ."


def test_without_it_nothing_is_known(tokenizer: Tokenizer) -> None:
    assert tokenizer.chat_template is None and tokenizer.bos_token is None
    with pytest.raises(AttributeError, match="colour"):
        _ = tokenizer.colour


def test_several_templates(tokenizer: Tokenizer) -> None:
    tokenizer.configure({"chat_template": [{"name": "default", "template": "x"}], "model_max_length": 512})
    assert tokenizer.chat_template == {"default": "x"} and tokenizer.model_max_length == 512


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        {"added_tokens_decoder": {"x": {}}},
        {"chat_template": [1]},
        {"added_tokens_decoder": {"7": {"content": "<s>"}}},
    ],
)
def test_what_is_broken_or_does_not_fit_is_refused(tokenizer: Tokenizer, content: Any) -> None:
    with pytest.raises(ModelError):
        tokenizer.configure(content)
