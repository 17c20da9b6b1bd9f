"""What the tokenizers of the differential tests are put together from, as it stands in `tokenizer.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from differential_models import Config

__all__ = [
    "BEHAVIORS",
    "BYTE_LEVEL",
    "GPT2",
    "GPT4",
    "METASPACE",
    "SCHEMES",
    "added",
    "describe",
    "replace",
    "sequence",
]
__all__ += ["template", "tokenizer"]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
SCHEMES = ("always", "first", "never")


def added(index: int, content: str, **flags: bool) -> Config:
    """An entry of `added_tokens`; flags that are not given are false."""
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    assert set(flags) <= set(names)
    return {"id": index, "content": content, **{name: flags.get(name, False) for name in names}}


def tokenizer(model: Config, **parts: Any) -> Config:
    """A whole configuration; parts that are not given are null. The model's own special tokens are added."""
    tokens = parts.pop("added_tokens", None)
    if tokens is None:
        vocab = model["vocab"]
        names = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<unk>", "<s>", "</s>", "<pad>")
        places = vocab if isinstance(vocab, dict) else {entry[0]: i for i, entry in enumerate(vocab)}
        tokens = sorted(
            (added(places[n], n, special=True) for n in names if n in places), key=lambda t: t["id"]
        )
    order = ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")
    assert set(parts) <= set(order), parts
    rest = {name: parts.get(name) for name in order}
    return {"version": "1.0", **rest, "added_tokens": tokens, "model": model}


def sequence(kind: str, parts: Sequence[Config]) -> Config:
    return {"type": "Sequence", kind: list(parts)}


def replace(pattern: str, content: str, kind: str = "String") -> Config:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def template(single: str, pair: str, special: dict[str, list[tuple[str, int]]]) -> Config:
    """`[CLS]:0 A:0 [SEP]:0` as the reference writes it; names other than A and B are special tokens."""

    def steps(text: str) -> list[Config]:
        named = [part.rsplit(":", 1) for part in text.split()]
        return [
            {"Sequence" if name in "AB" else "SpecialToken": {"id": name, "type_id": int(kind)}}
            for name, kind in named
        ]

    tokens = {
        name: {"id": name, "ids": [i for _, i in parts], "tokens": [t for t, _ in parts]}
        for name, parts in special.items()
    }
    return {
        "type": "TemplateProcessing",
        "single": steps(single),
        "pair": steps(pair),
        "special_tokens": tokens,
    }


def describe(config: Config) -> str:
    """`Metaspace ▁ always True`; a Sequence lists its parts."""
    inside = [value for key, value in config.items() if key != "type"]
    texts = ["[" + ", ".join(map(describe, v)) + "]" if isinstance(v, list) else str(v)[:40] for v in inside]
    return " ".join([config["type"], *texts])
