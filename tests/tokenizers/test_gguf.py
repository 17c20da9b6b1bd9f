"""GGUF metadata against Hugging Face `tokenizers` and SentencePiece: tests/golden/tokenizer_sources.json."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from gguf_writer import gguf_bytes

from support import TESTS
from wardian.errors import ModelError, WardianError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.gguf_file import read_gguf_metadata
from wardian.tokenizers.models.spm import SPM

GOLDEN = json.loads((TESTS / "golden" / "tokenizer_sources.json").read_text("utf-8"))
GPT2: dict[str, Any] = GOLDEN["gpt2"]["metadata"]
LLAMA: dict[str, Any] = GOLDEN["llama"]["metadata"]


@pytest.mark.parametrize("name", GOLDEN["gpt2"]["ids"])
def test_byte_level_bpe_of_every_name(name: str) -> None:
    metadata = {**GPT2, "tokenizer.ggml.pre": name, "tokenizer.ggml.add_bos_token": False}
    tokenizer = Tokenizer.from_gguf(gguf_bytes(metadata))
    for text, ids in zip(GOLDEN["texts"], GOLDEN["gpt2"]["ids"][name], strict=True):
        assert tokenizer.encode(text).ids.tolist() == ids, text
    assert tokenizer.chat_template == "{{ messages }}"
    assert (tokenizer.bos_token, tokenizer.eos_token_id) == ("<|endoftext|>", 901)


def test_sentencepiece_bpe_with_scores() -> None:
    tokenizer = Tokenizer.from_gguf(gguf_bytes({**LLAMA, "tokenizer.ggml.add_bos_token": False}))
    golden = GOLDEN["llama"]
    assert len(golden["texts"]) > 100
    for text, ids, decoded in zip(golden["texts"], golden["ids"], golden["decoded"], strict=True):
        assert tokenizer.encode(text).ids.tolist() == ids, text
        assert tokenizer.decode(ids) == decoded


def test_scores_worked_by_hand() -> None:
    """Of "abc" the pair with the higher score is taken; of equal scores the left one."""
    model = SPM(["a", "b", "c", "ab", "bc", "<0xC3>", "<0xA9>"], [-9, -9, -9, -2, -1, 0, 0])
    assert model.tokenize("abc") == [(0, "a", 0, 1), (4, "bc", 1, 3)]
    assert model.tokenize("é") == [(5, "<0xC3>", 0, 1), (6, "<0xA9>", 0, 1)]
    equal = SPM(["a", "aa"], [0, -1])
    assert [token for _, token, _, _ in equal.tokenize("aaaaa")] == ["aa", "aa", "a"]
    with pytest.raises(ModelError, match="nor are its bytes"):
        equal.tokenize("b")
    with pytest.raises(ModelError, match="1 scores"):
        SPM(["a", "b"], [0])


def test_ends_of_texts() -> None:
    both = {"tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_eos_token": True}
    tokenizer = Tokenizer.from_gguf({**GPT2, "tokenizer.ggml.pre": "gpt-2", **both})
    encoding = tokenizer.encode("a", "b")
    assert [encoding.ids[0], encoding.ids[2], encoding.ids[3], encoding.ids[5]] == [900, 901, 900, 901]
    assert encoding.type_ids.tolist() == [0, 0, 0, 1, 1, 1]
    llama = Tokenizer.from_gguf(LLAMA)
    assert llama.encode("a").ids[0] == LLAMA["tokenizer.ggml.bos_token_id"]
    assert llama.encode("a", add_special_tokens=False).tokens == ["▁", "a"]
    bare = Tokenizer.from_gguf({**LLAMA, "tokenizer.ggml.add_space_prefix": False})
    assert bare.encode("a", add_special_tokens=False).tokens == ["a"]
    assert bare.decode(bare.encode(" a").ids) == " a"


def test_user_defined_tokens_are_found_and_kept() -> None:
    tokenizer = Tokenizer.from_gguf({**GPT2, "tokenizer.ggml.pre": "gpt-2"})
    ids = tokenizer.encode("<user><|im_start|>").ids.tolist()
    assert ids == [902, 901] and tokenizer.decode(ids) == "<user>"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokenizer.ggml.model": "rwkv"}, "rwkv"),
        ({"tokenizer.ggml.pre": "klingon"}, "klingon"),
        ({"tokenizer.ggml.pre": 3}, "3"),
        ({"tokenizer.ggml.tokens": 5}, "tokens"),
        ({"tokenizer.ggml.merges": ["x"]}, "merge 0"),
        ({"tokenizer.ggml.merges": None}, "merges"),
        ({"tokenizer.ggml.token_type": [1]}, "types"),
        ({"tokenizer.ggml.bos_token_id": 10**6, "tokenizer.ggml.add_bos_token": True}, "bos"),
    ],
)
def test_what_is_not_known_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Tokenizer.from_gguf({**GPT2, "tokenizer.ggml.pre": "gpt-2", **changes})


def test_values_of_every_type() -> None:
    entries = {
        0: (b"\x07", 7), 1: (b"\xff", -1), 2: (b"\1\1", 257), 3: (b"\xff\xff", -1), 4: (b"\1\0\0\0", 1),
        5: (b"\xff" * 4, -1), 6: (struct.pack("<f", 0.5), 0.5), 7: (b"\1", True), 10: (b"\1" + bytes(7), 1),
        11: (b"\xff" * 8, -1), 12: (struct.pack("<d", 0.1), 0.1),
        8: (struct.pack("<Q", 2) + "é".encode(), "é"),
        9: (struct.pack("<IQ", 9, 1) + struct.pack("<IQ", 3, 2) + b"\1\0\2\0", [[1, 2]]),
    }  # fmt: skip
    head = b"GGUF" + struct.pack("<IQQ", 2, 5, len(entries))
    content = head + b"".join(
        struct.pack("<Q", len(f"k{kind}")) + f"k{kind}".encode() + struct.pack("<I", kind) + value
        for kind, (value, _) in entries.items()
    )
    assert read_gguf_metadata(content) == {f"k{kind}": value for kind, (_, value) in entries.items()}


def test_files_that_are_cut_off_or_lie_are_refused(tmp_path: Path) -> None:
    content = gguf_bytes({"a": 1, "b": ["x", "yy"], "c": [1.0, 2.0], "d": "text"})
    for end in range(len(content)):
        with pytest.raises(ModelError):
            read_gguf_metadata(content[:end])
    path = tmp_path / "small.gguf"
    path.write_bytes(content)
    assert read_gguf_metadata(path) == {"a": 1, "b": ["x", "yy"], "c": [1.0, 2.0], "d": "text"}
    with pytest.raises(ModelError, match="missing"):
        read_gguf_metadata(tmp_path / "missing.gguf")
    huge = b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60)
    for bad in (
        huge,
        b"GGML" + content[4:],
        gguf_bytes({"a": 1}, version=1),
        gguf_bytes({"a": 1}, version=9),
    ):
        with pytest.raises(ModelError):
            read_gguf_metadata(bad)


def test_no_damage_gives_another_kind_of_error() -> None:
    content = gguf_bytes({**LLAMA, "x": [True], "y": [1, 2]})[:4000]
    refused = 0
    for place in range(0, len(content), 3):
        for byte in (0, 0xFF, content[place] ^ 0x10):
            damaged = content[:place] + bytes([byte]) + content[place + 1 :]
            try:
                Tokenizer.from_gguf(damaged)
            except WardianError:
                refused += 1
    assert refused > 0
