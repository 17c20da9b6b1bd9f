"""Post-processors worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from wardian.errors import InputError, ModelError
from wardian.tokenizers import Encoding, Tokenizer
from wardian.tokenizers.models import WordLevel
from wardian.tokenizers.post_processors import load_post_processor
from wardian.tokenizers.pre_tokenizers import load_pre_tokenizer

ENDS = {"sep": ["</s>", 1], "cls": ["<s>", 0]}
VOCAB = {"<s>": 0, "</s>": 1, "a": 2, "b": 3}


def encode(config: dict[str, Any] | None, *texts: str, **options: Any) -> Encoding:
    tokenizer = Tokenizer(
        model=WordLevel(VOCAB, unk_token="a"),
        pre_tokenizer=load_pre_tokenizer({"type": "BertPreTokenizer"}),
        post_processor=load_post_processor(config),
    )
    return tokenizer.encode(*texts, **options)


def test_bert() -> None:
    encoding = encode({"type": "BertProcessing", **ENDS}, "a", "b b")
    assert encoding.tokens == ["<s>", "a", "</s>", "b", "b", "</s>"]
    assert encoding.type_ids.tolist() == [0, 0, 0, 1, 1, 1]
    assert encoding.sequence_ids == [None, 0, None, 1, 1, None]


def test_roberta() -> None:
    config = {"type": "RobertaProcessing", **ENDS, "trim_offsets": False, "add_prefix_space": True}
    encoding = encode(config, "a", "b")
    assert encoding.tokens == ["<s>", "a", "</s>", "</s>", "b", "</s>"]
    assert encoding.type_ids.tolist() == [0] * 6
    assert encode(config, "a", add_special_tokens=False).tokens == ["a"]


def test_template() -> None:
    def text(name: str, type_id: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": type_id}}

    special = {"SpecialToken": {"id": "two", "type_id": 3}}
    config = {
        "type": "TemplateProcessing",
        "single": [text("A", 1), special],
        "pair": [text("B", 5), special, text("A", 4)],
        "special_tokens": {"two": {"id": "two", "ids": [1, 0], "tokens": ["</s>", "start"]}},
    }
    single, pair = encode(config, "a"), encode(config, "a", "b b")
    assert single.tokens == ["a", "</s>", "start"] and single.type_ids.tolist() == [1, 3, 3]
    assert pair.tokens == ["b", "b", "</s>", "start", "a"] and pair.type_ids.tolist() == [5, 5, 3, 3, 4]
    assert pair.sequence_ids == [1, 1, None, None, 0]
    assert encode(config, "a", "b", add_special_tokens=False).tokens == ["b", "a"]
    broken = {**config, "single": [text("B", 0)]}
    with pytest.raises(InputError, match="second text"):
        encode(broken, "a")


def test_trimmed_offsets() -> None:
    """White space goes, except one space that add_prefix_space may have put at the start."""
    vocab = {"Ġa": 0, "ĠĠ": 1, "bĊ": 2, "ĠĠa": 3}
    for prefix, expected in ((True, (0, 2)), (False, (1, 2))):
        config = {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": True}
        tokenizer = Tokenizer(model=WordLevel(vocab), post_processor=load_post_processor(config))
        assert tokenizer.encode("Ġa").offsets == [expected]
        assert tokenizer.encode("ĠĠa").offsets == [(2, 3)]
        assert tokenizer.encode("ĠĠ").offsets == [(2, 2)]
        assert tokenizer.encode("bĊ").offsets == [(0, 2)]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"type": "Chat"}, "'Chat'"),
        ({"type": "BertProcessing", "sep": ["x"], "cls": ["y", 1]}, "sep"),
        ({"type": "BertProcessing", **ENDS, "new": 1}, "'new'"),
        ({"type": "ByteLevel", "trim_offsets": True}, "add_prefix_space"),
        (
            {"type": "TemplateProcessing", "single": [{"Text": {}}], "pair": [], "special_tokens": {}},
            "broken",
        ),
        (
            {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "x", "type_id": 0}}],
                "pair": [],
                "special_tokens": {"x": {"id": "x", "ids": [1, 2], "tokens": ["x"]}},
            },
            "length",
        ),
        ({"type": "Sequence", "processors": [{"type": "Chat"}]}, "'Chat'"),
    ],
)
def test_what_is_broken_or_unknown_is_named(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_post_processor(config)
