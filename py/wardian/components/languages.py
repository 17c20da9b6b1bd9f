"""From which language into which: what there is to choose from, the opened model says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Input
from wardian.errors import InputError, shorten

__all__ = ["LanguagePair", "Languages"]


@dataclass(frozen=True, slots=True)
class LanguagePair:
    """Codes as the model names them. Both are None for a model that has one pair and is told nothing;
    `source` is None for one that is told only into which language.
    """

    source: str | None = None
    target: str | None = None


class Languages(Input):
    """Two languages of those that the model of a visitor's own has (`TranslationPipeline.offers`).

    The payload is `{"source": code, "target": code}`; null, and codes of null, stand for what the model does
    by itself.
    """

    def __init__(self, label: str | Mapping[str, str] = "Languages") -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> LanguagePair:
        """
        >>> Languages().preprocess({"source": "en", "target": "de"})
        LanguagePair(source='en', target='de')
        >>> Languages().preprocess({"source": None, "target": "fra"})
        LanguagePair(source=None, target='fra')

        Raises InputError for what is no pair.
        """
        if payload is None:
            return LanguagePair()
        if isinstance(payload, Mapping):
            pair = payload.get("source") or None, payload.get("target") or None
            known = all(code is None or isinstance(code, str) for code in pair)
            if known and (pair[0] is None or pair[1] is not None):
                return LanguagePair(*pair)
        raise InputError(
            f"“{self.label['en']}” is wrong.",
            value=shorten(payload),
            expected="source and target, codes of languages",
        )

    def read(self, argument: str) -> dict[str, str | None]:
        """`en:de`, or `:de`; anything without a colon stands for what the model does by itself."""
        source, _, target = argument.partition(":")
        return {"source": source or None if target else None, "target": target or None}
