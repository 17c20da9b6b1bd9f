"""Normalizers: clean text before it is split into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wardian.errors import ModelError, UnknownNameError, shorten
from wardian.tokenizers.aligned import AlignedText
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
        clean_text=_flag(config, "clean_text"),
        handle_chinese_chars=_flag(config, "handle_chinese_chars"),
        strip_accents=None if config.get("strip_accents") is None else _flag(config, "strip_accents"),
        lowercase=_flag(config, "lowercase"),
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
    "Precompiled": lambda config: Precompiled(_text(config, "precompiled_charsmap")),
    "Prepend": lambda config: Prepend(_text(config, "prepend")),
    "Replace": lambda config: Replace(config["pattern"], _text(config, "content")),
    "Sequence": _load_sequence,
    "Strip": lambda config: Strip(
        strip_left=_flag(config, "strip_left"), strip_right=_flag(config, "strip_right")
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
    kind = config.get("type") if isinstance(config, Mapping) else None
    if not isinstance(kind, str) or kind not in _LOADERS:
        known = UnknownNameError("normalizer", kind, _LOADERS)
        raise ModelError(
            f"The normalizer {kind!r} is not supported.", expected=known.expected, hint=known.hint
        )
    try:
        return _LOADERS[kind](config)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"The normalizer {kind} is broken.", value=shorten(dict(config)), received=repr(error)
        ) from error


def _flag(config: Mapping[str, Any], name: str) -> bool:
    value = config[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, not true or false")
    return value


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, not a string")
    return value
