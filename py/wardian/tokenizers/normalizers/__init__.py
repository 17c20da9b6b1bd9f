"""Normalizers: clean text before it is split into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.fields import flag, load_component, text
from wardian.tokenizers.normalizers.base import Normalizer
from wardian.tokenizers.normalizers.bert import BertNormalizer
from wardian.tokenizers.normalizers.forms import NFC, NFD, NFKC, NFKD
from wardian.tokenizers.normalizers.precompiled import Precompiled
from wardian.tokenizers.normalizers.replace import Replace
from wardian.tokenizers.normalizers.simple import ByteLevel, Lowercase, Nmt, Prepend, Strip, StripAccents

__all__ = [
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "BertNormalizer",
    "ByteLevel",
    "Lowercase",
    "Nmt",
    "Normalizer",
    "Precompiled",
    "Prepend",
    "Replace",
    "Sequence",
    "Strip",
    "StripAccents",
    "load_normalizer",
]


class Sequence:
    """Several normalizers, one after the other.

    >>> Sequence([NFD(), StripAccents(), Lowercase()]).normalize(AlignedText("Été"))
    AlignedText(text='ete', starts=[0, 1, 2], ends=[1, 2, 3], base=0)
    """

    def __init__(self, normalizers: Iterable[Normalizer]) -> None:
        self.normalizers = list(normalizers)

    @property
    def independent_at_space(self) -> bool:
        return all(normalizer.independent_at_space for normalizer in self.normalizers)

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        for normalizer in self.normalizers:
            text = normalizer.normalize(text)
        return text

    def to_config(self) -> dict[str, Any]:
        return {
            "type": "Sequence",
            "normalizers": [normalizer.to_config() for normalizer in self.normalizers],
        }


def _load_bert(config: Mapping[str, Any]) -> Normalizer:
    return BertNormalizer(
        clean_text=flag(config, "clean_text"),
        handle_chinese_chars=flag(config, "handle_chinese_chars"),
        strip_accents=None if config.get("strip_accents") is None else flag(config, "strip_accents"),
        lowercase=flag(config, "lowercase"),
    )


def _load_sequence(config: Mapping[str, Any]) -> Normalizer:
    parts = (load_normalizer(part) for part in config["normalizers"])
    return Sequence(part for part in parts if part is not None)


_LOADERS: dict[str, Callable[[Mapping[str, Any]], Normalizer]] = {
    "BertNormalizer": _load_bert,
    "ByteLevel": lambda config: ByteLevel(),
    "Lowercase": lambda config: Lowercase(),
    "NFC": lambda config: NFC(),
    "NFD": lambda config: NFD(),
    "NFKC": lambda config: NFKC(),
    "NFKD": lambda config: NFKD(),
    "Nmt": lambda config: Nmt(),
    "Precompiled": lambda config: Precompiled(text(config, "precompiled_charsmap")),
    "Prepend": lambda config: Prepend(text(config, "prepend")),
    "Replace": lambda config: Replace(config["pattern"], text(config, "content")),
    "Sequence": _load_sequence,
    "Strip": lambda config: Strip(
        strip_left=flag(config, "strip_left"), strip_right=flag(config, "strip_right")
    ),
    "StripAccents": lambda config: StripAccents(),
}


def load_normalizer(config: Mapping[str, Any] | None) -> Normalizer | None:
    """The normalizer that `tokenizer.json` describes; None for none.

    Raises ModelError for a broken or an unknown one, which it names.

    >>> load_normalizer({"type": "Sequence", "normalizers": [{"type": "NFC"}]}).to_config()
    {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}]}
    """
    if config is None:
        return None
    return load_component("normalizer", config, _LOADERS)
