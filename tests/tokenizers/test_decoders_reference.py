"""Random rows of tokens through every decoder, whole and as a stream, against Hugging Face `tokenizers`."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tokenizers.decoders import DecodeStream as ReferenceStream

import tokenizers as reference
from wardian.tokenizers import DecodeStream, Tokenizer

Config = dict[str, Any]

TOKENS = [
    "a", "b", "Ġthe", "Ġ", "Ã", "©", "Ċ", "ĠĠ", "##ing", "▁he", "▁", "llo", "llo</w>", "</w>", "</w>x", "un",
    "<pad>", "|", "n't", "'s", " do not", "do", "not", ".", ",", "?", "!", "'", "<0xE4>", "<0xBD>",
    "<0xA0>", "<0xFF>",
    "<0x41>", "<0x+A>", "<0xzz>", "<0x0A>", " x ", "  ", "中", "😀", "é", "\ufffd", "ä½", "ł", "ð",
    "Ł", "ĺ", "Ģ",
    "<s>", "</s>", "[X]", "x▁y", "",
]  # fmt: skip
SPECIAL = ("<s>", "</s>", "[X]")


def strip(start: int, stop: int) -> Config:
    return {"type": "Strip", "content": " ", "start": start, "stop": stop}


def replace(pattern: str, content: str) -> Config:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def sequence(*decoders: Config) -> Config:
    return {"type": "Sequence", "decoders": list(decoders)}


FALLBACK, FUSE = {"type": "ByteFallback"}, {"type": "Fuse"}
BYTE_LEVEL: Config = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
DECODERS: dict[str, Config | None] = {
    "none": None,
    "ByteLevel": BYTE_LEVEL,
    "WordPiece": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "WordPiece plain": {"type": "WordPiece", "prefix": "##", "cleanup": False},
    "Metaspace": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    "Metaspace never": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"},
    "Metaspace old": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True, "str_rep": "▁"},
    "BPEDecoder": {"type": "BPEDecoder", "suffix": "</w>"},
    "CTC": {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    "CTC plain": {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": False},
    "ByteFallback": FALLBACK,
    "Fuse": FUSE,
    "Strip": strip(2, 0),
    "Replace": replace("▁", " "),
    "Replace more": replace("o", "(o)"),
    "Llama": sequence(replace("▁", " "), FALLBACK, FUSE, strip(1, 0)),
    "Gemma": sequence(replace("▁", " "), FALLBACK, FUSE),
    "fused, then replaced": sequence(FUSE, replace("l", "L")),
    "fused, then replaced across": sequence(FUSE, replace("ab", "(ab)")),
    "bytes, then more": sequence(BYTE_LEVEL, strip(1, 0), FUSE),
    "words, then stripped": sequence({"type": "WordPiece", "prefix": "##", "cleanup": True}, strip(1, 0)),
    "nested": sequence(sequence(replace("▁", " "), FALLBACK), FUSE),
}


def both(decoder: Config | None, tokens: list[str] = TOKENS) -> tuple[Tokenizer, reference.Tokenizer]:
    model = {"type": "WordLevel", "vocab": {token: i for i, token in enumerate(tokens)}, "unk_token": "a"}
    added = [
        {
            "id": tokens.index(token),
            "content": token,
            "special": True,
            **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
        }
        for token in SPECIAL
    ]
    content = json.dumps({"version": "1.0", "model": model, "decoder": decoder, "added_tokens": added})
    return Tokenizer.from_str(content, backend="python"), reference.Tokenizer.from_str(content)


@pytest.mark.parametrize("name", DECODERS)
def test_whole(name: str) -> None:
    ours, theirs = both(DECODERS[name])
    source = random.Random(name)
    for _ in range(1500):
        ids = source.choices(range(len(TOKENS) + 2), k=source.randrange(12))
        if source.random() < 0.3:  # runs of bytes
            start = source.randrange(len(ids) + 1)
            ids[start:start] = [TOKENS.index(token) for token in ("<0xE4>", "<0xBD>", "<0xA0>")]
        for skip in (True, False):
            assert ours.decode(ids, skip) == theirs.decode(ids, skip), (
                ids,
                [TOKENS[i] for i in ids if i < 51],
            )


def test_strip_at_the_end() -> None:
    """The reference cannot take from the end of a string that is shorter than what it may take."""
    ours, theirs = both(strip(1, 1))
    for token in TOKENS:
        if len(token) >= 3:
            assert ours.decode([TOKENS.index(token)], False) == theirs.decode([TOKENS.index(token)], False)


@pytest.mark.parametrize("name", DECODERS)
def test_as_a_stream(name: str) -> None:
    """Joined steps are the text of all prefixes that end with a whole character, and the reference's."""
    ours, theirs = both(DECODERS[name])
    source = random.Random(name)
    compared = 0
    for _ in range(400):
        ids = source.choices(range(len(TOKENS) + 2), k=source.randrange(1, 20))
        skip = source.random() < 0.5
        if not whole_characters(ours, ids, skip) or (
            name == "ByteLevel" and "\ufffd" in ours.decode(ids, skip)
        ):
            continue
        stream, expected = DecodeStream(ours, skip), ReferenceStream(skip_special_tokens=skip)
        given, other = "", []
        for place, index in enumerate(ids, 1):
            step = stream.step(index)
            given += step or ""
            other.append(reference_step(expected, theirs, index))
            whole = ours.decode(ids[:place], skip)
            if not holds_back(name, ours.spell(ids[:place], skip), whole):
                assert given == whole, (ids[:place], given, whole)
            assert whole.startswith(given.rstrip("\ufffd"))
        if "\ufffd" not in given and None not in other and given == whole:
            assert "".join(map(str, other)) == given
            compared += 1
    assert compared > 20


def whole_characters(tokenizer: Tokenizer, ids: list[int], skip: bool) -> bool:
    """Whether all byte tokens make whole characters, as they do where a model gives them."""
    tokens = tokenizer.spell(ids, skip)
    return not any(token.startswith("<0x") or token == "\ufffd" for token in tokens) or "\ufffd" not in (
        tokenizer.decode(ids, skip)
    )


def reference_step(stream: ReferenceStream, tokenizer: reference.Tokenizer, index: int) -> str | None:
    """None where the reference finds that text which it gave out already has changed."""
    try:
        return stream.step(tokenizer, index) or ""
    except Exception:
        return None


def holds_back(name: str, tokens: list[str], whole: str) -> bool:
    """Whether the end of a text is not certain yet: bytes of a character, what is behind a suffix."""
    last = tokens[-1] if tokens else ""
    return (
        last.startswith("<0x")
        or whole.endswith("\ufffd")
        or (name == "BPEDecoder" and "</w>" in last)
        or "across" in name
    )


def test_several_ids_in_a_step() -> None:
    ours, theirs = both(DECODERS["Llama"])
    ids = [TOKENS.index(token) for token in ("▁he", "llo", "<0xE4>", "<0xBD>", "<0xA0>", "▁", "▁he", "a")]
    for size in (1, 2, 3, 8):
        stream, expected = DecodeStream(ours), ReferenceStream()
        parts = [ids[start : start + size] for start in range(0, len(ids), size)]
        given = "".join(stream.step(part) or "" for part in parts)
        # The reference keeps back all of a step that ends within a character; what it gives is the same.
        assert given == "".join(expected.step(theirs, part) or "" for part in parts) == ours.decode(ids)


def test_bytes_of_utf8_in_any_pieces() -> None:
    """Every text, cut anywhere: no step gives half a character, and all of it comes."""
    alphabet = {byte: index for index, byte in enumerate(byte_characters())}
    ours, theirs = both(BYTE_LEVEL, [*alphabet, *SPECIAL])
    source = random.Random(3)
    for _ in range(300):
        text = "".join(source.choice("aé中😀👩‍👩‍👧 \n") for _ in range(20))
        ids = list(text.encode())
        stream, expected = DecodeStream(ours), ReferenceStream()
        steps = [stream.step(index) for index in ids]
        assert steps == [expected.step(theirs, index) for index in ids]
        assert "".join(step or "" for step in steps) == text


def byte_characters() -> list[str]:
    """The characters of bytes 0 to 255, worked out apart from the package."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]
