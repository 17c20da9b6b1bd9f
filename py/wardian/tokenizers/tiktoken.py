"""A tokenizer out of a tiktoken rank file: base64 of a token's bytes and its rank on each line.

tiktoken merges those neighbours whose bytes together have the lowest rank. As `tokenizer.json` that is
byte-level BPE with a merge for every way to cut every token in two, in order of the token's rank, and words
looked up whole first. The two differ in theory, where one token can be made at two overlapping places in two
ways: tiktoken takes the left place, the merges the cut that is listed first.

Source: openai/tiktoken (`load.py`, `src/lib.rs`); `TikTokenConverter` of Hugging Face transformers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wardian.errors import ModelError, shorten
from wardian.tokenizers.byte_level import BYTE_TO_CHAR
from wardian.tokenizers.load import load_tokenizer
from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["PATTERNS", "load_tiktoken", "read_ranks"]

_UPPER = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_REST = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"

#: How well-known encodings split text before they merge.
PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k_base": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "o200k_base": (
        rf"{_UPPER}*[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]+{_CONTRACTIONS}"
        rf"|{_UPPER}+[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]*{_CONTRACTIONS}|{_REST}"
    ),
}


def read_ranks(source: str | Path | bytes) -> dict[bytes, int]:
    """The ranks in a rank file, given as its path or content.

    >>> read_ranks(b"YQ== 0\\nYWI= 1\\n")
    {b'a': 0, b'ab': 1}

    Raises ModelError when it cannot be read or a line is something else.
    """
    if not isinstance(source, bytes):
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise ModelError(
                "The rank file cannot be read.", value=str(source), received=error.strerror
            ) from error
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if not line:
            continue
        try:
            token, rank = line.split(b" ")
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise ModelError(
                "A line of the rank file is broken.",
                value=f"line {number}: {shorten(line.decode('utf-8', 'replace'), 60)}",
                expected="base64 of the token and its rank",
            ) from error
    return ranks


def load_tiktoken(
    ranks: str | Path | bytes | Mapping[bytes, int],
    pattern: str,
    special_tokens: Mapping[str, int] | None = None,
    backend: str = "auto",
) -> Tokenizer:
    """The tokenizer of a rank file.

    Args:
        ranks: the file's path or content, or the ranks by bytes.
        pattern: the regular expression that splits text, or the name of one in `PATTERNS`.
        special_tokens: ids by spelling; they are found in the text as they are spelled.
        backend: as for `Tokenizer.from_file`.

    Raises ModelError when the file is broken or lacks a token for a byte.
    """
    known = dict(ranks) if isinstance(ranks, Mapping) else read_ranks(ranks)
    special = dict(special_tokens or {})
    spelled = {token: "".join(BYTE_TO_CHAR[byte] for byte in token) for token in known}
    missing = [byte for byte in range(256) if bytes([byte]) not in known]
    if missing:
        raise ModelError("The rank file lacks tokens for some bytes.", received=f"none for {missing[:8]}")
    vocab = {spelled[token]: rank for token, rank in known.items()} | special
    if len(set(vocab.values())) != len(vocab):
        raise ModelError("Two tokens of the rank file, or special ones, have the same rank.")
    byte_level: dict[str, Any] = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}
    split = {"type": "Split", "pattern": {"Regex": PATTERNS.get(pattern, pattern)}, "behavior": "Isolated"}
    config = {
        "version": "1.0",
        "added_tokens": [_special(token, index) for token, index in special.items()],
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{**split, "invert": False}, {**byte_level, "use_regex": False}],
        },
        "decoder": {**byte_level, "use_regex": True},
        "model": {
            "type": "BPE",
            "vocab": vocab,
            "merges": [[spelled[left], spelled[right]] for left, right in _merges(known)],
            "ignore_merges": True,
        },
    }
    return load_tokenizer(config, backend)


def _merges(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """Every way to make a token of two, by the token's rank and then by those of its parts.

    >>> _merges({b"a": 0, b"b": 1, b"ab": 2, b"ba": 3, b"aba": 4})
    [(b'a', b'b'), (b'b', b'a'), (b'a', b'ba'), (b'ab', b'a')]
    """
    merges = []
    for token in sorted(ranks, key=ranks.__getitem__):
        cuts = [(token[:place], token[place:]) for place in range(1, len(token))]
        possible = [cut for cut in cuts if cut[0] in ranks and cut[1] in ranks]
        merges += sorted(possible, key=lambda cut: (ranks[cut[0]], ranks[cut[1]]))
    return merges


def _special(token: str, index: int) -> dict[str, Any]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": index, "content": token, "special": True, **plain}
