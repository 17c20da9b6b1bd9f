"""Models: split a word into pieces of a vocabulary. One file per algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from wardian.errors import ModelError
from wardian.tokenizers.models.wordpiece import WordPiece

__all__ = ["Model", "WordPiece", "load_model"]


class Model(Protocol):
    """Splits words."""

    vocab: dict[str, int]

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word."""


def load_model(config: Mapping[str, Any]) -> Model:
    """The model that `tokenizer.json` describes. Raises ModelError for an unknown or broken one."""
    kind = config.get("type")
    if kind != "WordPiece":
        raise ModelError(f"The tokenizer model {kind!r} is not supported.", expected="WordPiece")
    vocab = config.get("vocab")
    if not isinstance(vocab, dict) or not all(isinstance(index, int) for index in vocab.values()):
        raise ModelError("The vocabulary of the tokenizer is broken.", expected="an object: token to id")
    return WordPiece(
        vocab,
        unk_token=str(config.get("unk_token", "[UNK]")),
        continuing_subword_prefix=str(config.get("continuing_subword_prefix", "##")),
        max_input_chars_per_word=int(config.get("max_input_chars_per_word", 100)),
    )
