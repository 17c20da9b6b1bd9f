"""A tokenizer's tokens as the two trees that a constraint walks; made once for each tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from wardian.generation.constraints.token_bytes import TokenBytes, read_token_bytes
from wardian.generation.constraints.token_trie import TokenTrie
from wardian.tokenizers import Tokenizer

__all__ = ["Vocabulary"]

_KNOWN: WeakKeyDictionary[Tokenizer, dict[int, Vocabulary]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Tokens by their bytes: `rest`, and `first` as the first of an answer. `tokens` has the bytes by id."""

    tokens: TokenBytes
    first: TokenTrie
    rest: TokenTrie

    @classmethod
    def of_tokens(cls, tokens: TokenBytes, size: int) -> Vocabulary:
        """`size` is how many tokens the model has scores for."""
        rest = TokenTrie(tokens.rest, size)
        return cls(tokens, rest if tokens.first is tokens.rest else TokenTrie(tokens.first, size), rest)

    @classmethod
    def of(cls, tokenizer: Tokenizer, size: int) -> Vocabulary:
        """A tokenizer's, as it is when it is asked for first. Raises ModelError as `read_token_bytes`."""
        known = _KNOWN.setdefault(tokenizer, {})
        if size not in known:
            known[size] = cls.of_tokens(read_token_bytes(tokenizer), size)
        return known[size]
