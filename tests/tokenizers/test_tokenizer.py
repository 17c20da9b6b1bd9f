"""The tokenizer's own behaviour: bad files, bad texts, limits, the cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import TESTS
from wardian.errors import DeviceError, InputError, ModelError
from wardian.tokenizers import AddedToken, Tokenizer
from wardian.tokenizers.models.wordpiece import WordPiece


def config(**changes: Any) -> str:
    tokenizer = json.loads((TESTS / "golden" / "wordpiece.json").read_text("utf-8"))["tokenizer"]
    return json.dumps({**tokenizer, **changes})


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(config(truncation=None))


def test_a_case_worked_by_hand() -> None:
    """Wu et al.'s algorithm on paper: un|aff|able, and a word with a letter that no piece has."""
    model = WordPiece({"[UNK]": 0, "un": 1, "##aff": 2, "##able": 3, "##a": 4, "u": 5, "##n": 6})
    assert model.tokenize("unaffable") == [(1, "un", 0, 2), (2, "##aff", 2, 5), (3, "##able", 5, 9)]
    assert model.tokenize("unna") == [(1, "un", 0, 2), (6, "##n", 2, 3), (4, "##a", 3, 4)]
    assert model.tokenize("unaffablest") == [(0, "[UNK]", 0, 11)]
    assert model.tokenize("u" * 101) == [(0, "[UNK]", 0, 101)]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"model": {"type": "Neural", "vocab": {}}}, "Neural"),
        ({"normalizer": {"type": "Rot13"}}, "Rot13"),
        ({"pre_tokenizer": {"type": "Syllables"}}, "Syllables"),
        ({"post_processor": {"type": "Chat"}}, "Chat"),
        ({"decoder": {"type": "Morse"}}, "Morse"),
    ],
)
def test_an_unknown_component_is_named(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(ModelError, match=name):
        Tokenizer.from_str(config(**changes))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"model": {"type": "WordPiece"}}',
        '{"model": {"type": "WordPiece", "vocab": {"a": 1}}}',
        config(added_tokens=[{"id": "x"}]),
        config(truncation={"max_length": 0}),
        config(truncation={"max_length": "9"}),
        config(padding={"strategy": {"Fixed": -1}}),
        config(post_processor={"type": "TemplateProcessing"}),
        config(truncation={"max_length": 9, "strategy": "Shortest"}),
    ],
)
def test_a_broken_file_is_refused(content: str) -> None:
    with pytest.raises((ModelError, InputError)):
        Tokenizer.from_str(content)


def test_from_file_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(config(), "utf-8")
    ids = Tokenizer.from_str(config()).encode("all human beings").ids
    assert np.array_equal(Tokenizer.from_file(path).encode("all human beings").ids, ids)
    assert np.array_equal(Tokenizer.from_bytes(path.read_bytes()).encode("all human beings").ids, ids)
    with pytest.raises(ModelError, match=r"missing\.json"):
        Tokenizer.from_file(tmp_path / "missing.json")
    with pytest.raises(ModelError, match="not JSON"):
        Tokenizer.from_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize("text", [None, 3, b"bytes", ["list"]])
def test_what_is_no_text_is_refused(tokenizer: Tokenizer, text: Any) -> None:
    with pytest.raises(InputError, match=type(text).__name__):
        tokenizer.encode(text)


def test_half_a_surrogate_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(InputError, match=r"U\+D83D at position 2"):
        tokenizer.encode("ab\ud83d")


def test_a_batch_is_a_list(tokenizer: Tokenizer) -> None:
    bad: Any = "text"
    with pytest.raises(InputError, match="list of texts"):
        tokenizer.encode_batch(bad)
    triple: Any = [("a", "b", "c")]
    with pytest.raises(InputError, match="3 items"):
        tokenizer.encode_batch(triple)
    assert tokenizer.encode_batch([]) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"max_length": 0},
        {"max_length": True},
        {"max_length": 5, "strategy": "x"},
        {"max_length": 5, "direction": "up"},
    ],
)
def test_bad_truncation_is_refused(tokenizer: Tokenizer, settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        tokenizer.enable_truncation(**settings)


def test_no_room_for_special_tokens(tokenizer: Tokenizer) -> None:
    with pytest.raises(InputError, match="2 special tokens"):
        tokenizer.enable_truncation(1)
    tokenizer.enable_truncation(2)
    with pytest.raises(InputError, match="at least 3"):
        tokenizer.encode("all", "human")


def test_a_megabyte_is_cut_without_reading_it_all(tokenizer: Tokenizer) -> None:
    tokenizer.enable_truncation(16)
    text = "all human beings " * 60_000
    encoding = tokenizer.encode(text)
    assert len(text) > 1_000_000 and len(encoding) == 16
    assert encoding.tokens[:4] == ["[CLS]", "all", "human", "beings"] and encoding.tokens[-1] == "[SEP]"


def test_the_cache_is_bounded(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardian.tokenizers.python_rows.MOST_KEPT", 10)
    text = " ".join(map(str, range(100)))
    expected = Tokenizer.from_str(config(truncation=None)).encode(text).tokens
    slow = Tokenizer.from_str(config(truncation=None), backend="python")
    assert slow.encode(text).tokens == slow.encode(text).tokens == expected
    assert len(slow._encoder._units) <= 10


def test_decode_skips_ids_of_no_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode([101, 2035, 999_999, 102]) == "all"
    assert tokenizer.decode_batch([[2035], []]) == ["all", ""]


def test_what_is_set_and_added_is_saved(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.enable_truncation(12, stride=2, strategy="only_first", direction="left")
    tokenizer.enable_padding(length=16, pad_to_multiple_of=8, pad_token="[PAD]")
    assert tokenizer.add_tokens(["<new>"]) == 1 and tokenizer.add_special_tokens(["[MASK]"]) == 0
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    again = Tokenizer.from_file(path)
    text = "all human beings are born <new> free " * 3
    assert again.encode(text).ids.tolist() == tokenizer.encode(text).ids.tolist()
    assert (again.truncation, again.padding) == (tokenizer.truncation, tokenizer.padding)
    assert again.get_added_tokens_decoder() == tokenizer.get_added_tokens_decoder()
    assert json.loads(tokenizer.to_str())["truncation"]["strategy"] == "OnlyFirst"
    with pytest.raises(ModelError):
        Tokenizer(model=WordPiece({"[UNK]": 0})).to_str()


def test_errors_say_which_version_the_file_has() -> None:
    with pytest.raises(ModelError, match=r"'Rot13'.*version is '1\.0'"):
        Tokenizer.from_str(config(normalizer={"type": "Rot13"}))
    with pytest.raises(ModelError, match=r"version is '2\.0'"):
        Tokenizer.from_str(config(version="2.0"))
    with pytest.raises(ModelError, match="chat_format"):
        Tokenizer.from_str(config(chat_format=1))


def test_backends() -> None:
    assert Tokenizer.from_str(config(), backend="python").backend == "python"
    assert Tokenizer.from_str(config()).backend in ("python", "native")
    with pytest.raises(InputError, match="fast"):
        Tokenizer.from_str(config(), backend="fast")
    try:
        assert Tokenizer.from_str(config(), backend="native").backend == "native"
    except DeviceError as error:
        assert "wardian-kernels" in str(error)


def test_what_is_not_prepared_is_refused() -> None:
    for content in (b"", b"MWTK", b"{}", bytes(64)):
        with pytest.raises(ModelError, match="prepared"):
            Tokenizer.from_prepared(content)


def test_look_ups(tokenizer: Tokenizer) -> None:
    assert tokenizer.token_to_id("all") == 2035 and tokenizer.id_to_token(2035) == "all"
    assert tokenizer.token_to_id("nothing like it") is None and tokenizer.id_to_token(10**6) is None
    assert tokenizer.get_vocab()["all"] == 2035
    assert tokenizer.get_vocab_size(with_added_tokens=False) == len(tokenizer.get_vocab(False))
    assert [token.content for token in tokenizer.get_added_tokens_decoder().values()][:2] == [
        "[PAD]",
        "[UNK]",
    ]
    tokenizer.add_tokens([AddedToken("[A]", -1, special=True), "b c"])
    assert tokenizer.encode("[A] b c", add_special_tokens=False).tokens == ["[A]", "b c"]
    bad: Any = [3]
    with pytest.raises(InputError, match="AddedToken"):
        tokenizer.add_tokens(bad)


def test_pre_tokenized_text(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode(["all", "human beings"], is_pretokenized=True)
    assert encoding.word_ids == [None, 0, 1, 1, None]
    assert encoding.offsets == [(0, 0), (0, 3), (0, 5), (6, 12), (0, 0)]
    assert len(tokenizer.encode_batch([["all"], (["all"], ["human"])], is_pretokenized=True)[1]) == 5
    bad: Any
    for bad in ("all", 3, [3]):
        with pytest.raises(InputError):
            tokenizer.encode(bad, is_pretokenized=True)


@pytest.mark.parametrize(
    ("place", "config"),
    [
        ("normalizer", {"type": "NFC", "new": True}),
        ("normalizer", {"type": "Sequence", "normalizers": [{"type": "Lowercase", "new": 1}]}),
        ("pre_tokenizer", {"type": "Whitespace", "new": 1}),
        ("pre_tokenizer", {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always", "new": 1}),
    ],
)
def test_a_field_that_is_not_known_is_refused_and_not_ignored(place: str, config: dict[str, object]) -> None:
    model = {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}
    with pytest.raises(ModelError, match="'new'"):
        Tokenizer.from_str(json.dumps({"version": "1.0", "model": model, place: config}))
