"""A tokenizer out of the metadata of a GGUF file.

`tokenizer.ggml.model` says which algorithm: "gpt2" is byte-level BPE, whose pre-tokenizer goes by the name
of `tokenizer.ggml.pre`; "llama" is SentencePiece's BPE with scores. What the file says in names is written
as the `tokenizer.json` that the names stand for. Qwen's comes with the NFC that its own tokenizer has, though
llama.cpp leaves that out.

Source: `llama-vocab.cpp` of ggml-org/llama.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wardian.errors import ModelError, shorten
from wardian.tokenizers.gguf_file import read_gguf_metadata
from wardian.tokenizers.load import load_parts, load_tokenizer
from wardian.tokenizers.models.spm import SPM
from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["gguf_tokenizer_json", "load_gguf"]

_PREFIX = "tokenizer.ggml."
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_LLAMA3 = rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}{{1,3}}|{_REST}"
_QWEN2 = rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}|{_REST}"

#: Pre-tokenizers by name: a pattern to split by, or None for that of GPT-2; and whether digits stand alone.
_PRE: dict[str, tuple[str | None, bool]] = {
    **dict.fromkeys(("gpt-2", "phi-2", "olmo"), (None, False)),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r", "codeshell"), (None, True)),
    **dict.fromkeys(("llama-bpe", "llama3", "llama-v3", "dbrx", "smaug-bpe"), (_LLAMA3, False)),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "stablelm2"), (_QWEN2, False)),
}
_IGNORE_MERGES = ("llama-bpe", "llama3", "llama-v3")
_NFC = ("qwen2", "deepseek-r1-qwen")


def load_gguf(source: str | Path | bytes | Mapping[str, Any], backend: str = "auto") -> Tokenizer:
    """The tokenizer of a GGUF file: its path, content, or metadata as a mapping.

    Raises ModelError for what is no such file, is broken, or has a kind of tokenizer that is not supported.
    """
    metadata = source if isinstance(source, Mapping) else read_gguf_metadata(source)
    facts = {name.removeprefix(_PREFIX): metadata[name] for name in metadata if name.startswith(_PREFIX)}
    tokens = _rows(facts, "tokens", str)
    kind = facts.get("model")
    if kind == "gpt2":
        tokenizer = load_tokenizer(_gpt2(facts, tokens), backend)
    elif kind == "llama":
        tokenizer = _llama(facts, tokens, backend)
    else:
        raise ModelError(
            "The tokenizer of the GGUF file is not supported.", value=shorten(kind), expected="gpt2 or llama"
        )
    tokenizer.configure(_settings(metadata, facts, tokens))
    return tokenizer


def gguf_tokenizer_json(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """`tokenizer.json` and `tokenizer_config.json` of a GGUF file with byte-level BPE, as mappings.

    Raises ModelError where the file has another kind of tokenizer ("llama" has scores, which no
    `tokenizer.json` has).
    """
    facts = {name.removeprefix(_PREFIX): metadata[name] for name in metadata if name.startswith(_PREFIX)}
    tokens = _rows(facts, "tokens", str)
    if facts.get("model") != "gpt2":
        raise ModelError(
            "The tokenizer of the GGUF file has no form as tokenizer.json.",
            value=shorten(facts.get("model")),
            expected="gpt2",
        )
    return _gpt2(facts, tokens), _settings(metadata, facts, tokens)


def _settings(metadata: Mapping[str, Any], facts: Mapping[str, Any], tokens: list[str]) -> dict[str, Any]:
    """What would be in a `tokenizer_config.json`."""
    roles = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
    settings: dict[str, Any] = {"chat_template": metadata.get("tokenizer.chat_template")}
    for role, name in roles.items():
        index = facts.get(f"{name}_token_id")
        if isinstance(index, int) and 0 <= index < len(tokens):
            settings[role] = tokens[index]
    return settings


def _gpt2(facts: Mapping[str, Any], tokens: list[str]) -> dict[str, Any]:
    """The `tokenizer.json` of a byte-level BPE."""
    name = facts.get("pre")
    if name not in _PRE:
        raise ModelError(
            "The pre-tokenizer of the GGUF file is not supported.",
            value=shorten(name),
            expected="one of " + ", ".join(_PRE),
        )
    pattern, digits = _PRE[name]
    steps: list[dict[str, Any]] = []
    if digits:
        steps.append({"type": "Digits", "individual_digits": True})
    if pattern is not None:
        split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        steps.append(split)
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    steps.append({**byte_level, "use_regex": pattern is None})
    return {
        "version": "1.0",
        "added_tokens": _added_tokens(facts, tokens),
        "normalizer": {"type": "NFC"} if name in _NFC else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "post_processor": _ends(facts, tokens, bos=name in _IGNORE_MERGES),
        "decoder": {**byte_level, "use_regex": True},
        "model": {
            "type": "BPE",
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": _rows(facts, "merges", str),
            "ignore_merges": name in _IGNORE_MERGES,
        },
    }


def _llama(facts: Mapping[str, Any], tokens: list[str], backend: str) -> Tokenizer:
    """SentencePiece's BPE; spaces are written as "▁", and one is put before each text."""
    if backend == "native":
        raise ModelError("The native encoder has no BPE with scores.", hint='Use backend="python".')
    prefix = facts.get("add_space_prefix", True)
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    steps = [{"type": "Prepend", "prepend": "▁"}, spaces] if prefix else [spaces]
    back = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if prefix else []
    config = {
        "version": "1.0",
        "added_tokens": _added_tokens(facts, tokens),
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "post_processor": _ends(facts, tokens, bos=True),
        "decoder": {
            "type": "Sequence",
            "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}, *strip],
        },
        "model": {"type": "SPM"},
    }
    unk_id = facts.get("unknown_token_id", 0)
    model = SPM(tokens, _rows(facts, "scores", float), unk_id if unk_id < len(tokens) else None)
    return load_parts(config, model, "python", None)


def _added_tokens(facts: Mapping[str, Any], tokens: list[str]) -> list[dict[str, Any]]:
    """Tokens that are found in the text as they are spelled: control and unknown ones are special."""
    kinds = _rows(facts, "token_type", int) if "token_type" in facts else [1] * len(tokens)
    if len(kinds) != len(tokens):
        raise ModelError("The types of tokens in the GGUF file do not fit the tokens.")
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return [
        {"id": index, "content": token, "special": kind != _USER_DEFINED, **plain}
        for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind in (_UNKNOWN, _CONTROL, _USER_DEFINED)
    ]


def _ends(facts: Mapping[str, Any], tokens: list[str], bos: bool) -> dict[str, Any] | None:
    """The template with the tokens for the begin and end of a text, where the file says to add them."""
    special = {}
    for name, default in (("bos", bos), ("eos", False)):
        index = facts.get(f"{name}_token_id")
        if not facts.get(f"add_{name}_token", default) or index is None:
            continue
        if not isinstance(index, int) or not 0 <= index < len(tokens):
            raise ModelError(
                f"The {name} token of the GGUF file is not among its tokens.", value=shorten(index)
            )
        special[name] = {"id": tokens[index], "ids": [index], "tokens": [tokens[index]]}
    if not special:
        return None

    def around(text: str, type_id: int) -> list[dict[str, Any]]:
        row = [{"SpecialToken": {"id": special["bos"]["id"], "type_id": type_id}}] if "bos" in special else []
        row.append({"Sequence": {"id": text, "type_id": type_id}})
        if "eos" in special:
            row.append({"SpecialToken": {"id": special["eos"]["id"], "type_id": type_id}})
        return row

    return {
        "type": "TemplateProcessing",
        "single": around("A", 0),
        "pair": [*around("A", 0), *around("B", 1)],
        "special_tokens": {token["id"]: token for token in special.values()},
    }


def _rows(facts: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    rows = facts.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, kind) for row in rows):
        raise ModelError(
            f"The GGUF file has no {_PREFIX}{name} that can be used.", expected=f"list of {kind.__name__}"
        )
    return rows
