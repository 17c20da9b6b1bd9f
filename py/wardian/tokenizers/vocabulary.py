"""The vocabulary of a tokenizer: the model's tokens and those that were added, by spelling and by id.

Source: `AddedVocabulary` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from wardian.errors import InputError, shorten
from wardian.tokenizers.added_tokens import AddedToken, TokenFinder
from wardian.tokenizers.aligned import AlignedText

if TYPE_CHECKING:
    from wardian.tokenizers.normalizers import Normalizer

__all__ = ["Vocabulary"]

Place = tuple[int, int, AddedToken | None]


class Names(Protocol):
    """What a vocabulary needs of a model: its tokens, and never how it splits words."""

    @property
    def vocab(self) -> dict[str, int]:
        """Ids by spelling."""


class Vocabulary:
    """Tokens by spelling and by id. An added token hides the model's of the same id or spelling."""

    def __init__(self, model: Names, normalizer: Normalizer | None = None) -> None:
        self._model = model
        self._normalizer = normalizer
        self._added: dict[str, int] = {}
        self._by_id: dict[int, AddedToken] = {}
        self._added_names: dict[int, str] = {}
        self._raw: TokenFinder | None = None
        self._normalized: TokenFinder | None = None
        #: Contents of tokens that `decode` may skip.
        self.special: set[str] = set()

    @cached_property
    def _names(self) -> Mapping[int, str]:
        """Spellings by id; a Unigram model may have a spelling twice, and both ids have it."""
        names = getattr(self._model, "names", None)
        if names is None:
            names = {index: token for token, index in self._model.vocab.items()}
            names.update(
                (index, token) for index, (token, _) in enumerate(getattr(self._model, "pieces", ()))
            )
        return (
            {**names, **self._added_names} if isinstance(names, dict) else ChainMap(self._added_names, names)
        )

    @property
    def _model_size(self) -> int:
        """What ids of new tokens are counted from: for a Unigram model the number of its pieces."""
        return len(getattr(self._model, "pieces", self._model.vocab))

    def restore(self, tokens: Iterable[AddedToken]) -> None:
        """Take added tokens with the ids that they have."""
        for token in tokens:
            self._take(token)
        self._forget()

    def add(self, tokens: Iterable[AddedToken]) -> int:
        """Add tokens; how many were new or changed.

        The id is the one that the spelling has already, or else the next free one: what the token itself says
        does not count.
        """
        new = 0
        size = self._model_size
        next_id = size
        if self._by_id:
            highest = max(self._by_id)
            next_id = highest + 1 if highest >= size or size == 0 else size
        for token in tokens:
            known = self.token_to_id(token.content)
            if not token.content or self._is_known(token):
                continue
            new += 1
            index = next_id if known is None else known
            next_id += known is None
            self._take(replace(token, id=index))
        self._forget()
        return new

    def _take(self, token: AddedToken) -> None:
        self._added[token.content] = token.id
        self._by_id[token.id] = token
        self._added_names[token.id] = self._normal_spelling(token)
        if token.special:
            self.special.add(token.content)

    def _forget(self) -> None:
        """What is derived is made anew when it is needed."""
        self._raw = self._normalized = None
        for derived in ("_names", "has_normalized"):
            self.__dict__.pop(derived, None)

    def _is_known(self, token: AddedToken) -> bool:
        known = self._by_id.get(self._added.get(token.content, -1))
        return known is not None and replace(token, id=known.id) == known

    def _normal_spelling(self, token: AddedToken) -> str:
        if not token.normalized or self._normalizer is None:
            return token.content
        return self._normalizer.normalize(AlignedText(token.content)).text

    # -------------------------------------------------------------------------------------------- finding

    @cached_property
    def has_normalized(self) -> bool:
        """Whether some added tokens are to be looked for in normalized text."""
        return any(token.normalized for token in self._by_id.values())

    def find_raw(self, text: str) -> Iterator[Place]:
        """(start, end, added token or None) in text as it is given, without gaps."""
        if self._raw is None:
            self._raw = TokenFinder((t.content, t) for t in self._by_id.values() if not t.normalized)
        return _places(self._raw, text)

    def find_normalized(self, text: str) -> Iterator[Place]:
        """The same in normalized text between raw tokens."""
        if self._normalized is None:
            tokens = (t for t in self._by_id.values() if t.normalized)
            self._normalized = TokenFinder((self._added_names[t.id], t) for t in tokens)
        return _places(self._normalized, text)

    # ------------------------------------------------------------------------------------------- look-ups

    def token_to_id(self, token: str) -> int | None:
        """The id of a token, spelled as it was added."""
        index = self._added.get(token)
        return self._model.vocab.get(token) if index is None else index

    def id_to_token(self, index: int) -> str | None:
        """The spelling of a token; of an added one that is `normalized` the normalized spelling."""
        return self._names.get(index)

    def spell(self, index: int) -> str:
        """The same, and "" for an id of no token."""
        return self._names.get(index, "")

    def size(self, with_added_tokens: bool = True) -> int:
        """How many tokens there are."""
        vocab = self._model.vocab
        more = sum(token not in vocab for token in self._added) if with_added_tokens else 0
        return self._model_size + more

    def as_dict(self, with_added_tokens: bool = True) -> dict[str, int]:
        """Ids by spelling."""
        return {**self._model.vocab, **(self._added if with_added_tokens else {})}

    def added_tokens(self) -> dict[int, AddedToken]:
        """Added tokens by id, in order of id."""
        return dict(sorted(self._by_id.items()))


def _places(finder: TokenFinder, text: str) -> Iterator[Place]:
    if not finder:
        return iter([(0, len(text), None)] if text else [])
    return ((found.start, found.end, found.token) for found in finder.split(text))


def check_added(token: Any, special: bool) -> AddedToken:
    """A token to add, from its spelling or an AddedToken. Raises InputError for anything else."""
    if isinstance(token, str):
        return AddedToken(token, -1, normalized=not special, special=special)
    if isinstance(token, AddedToken):
        return replace(token, special=special or token.special)
    raise InputError(
        "This is no token to add.",
        value=shorten(token),
        expected="str or AddedToken",
        received=type(token).__name__,
    )
