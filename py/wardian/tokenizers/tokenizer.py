"""The tokenizer: the row of components, with a cache of words between text and ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wardian.errors import InputError, ModelError, shorten
from wardian.tokenizers.added_tokens import AddedToken, TokenFinder
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.encoding import Encoding, Padding, Pieces, Truncation, pad_all, truncate
from wardian.tokenizers.load import load_tokenizer
from wardian.tokenizers.post_processors import BARE

if TYPE_CHECKING:
    from wardian.tokenizers.decoders import Decoder
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.normalizers import Normalizer
    from wardian.tokenizers.post_processors import PostProcessor
    from wardian.tokenizers.pre_tokenizers import PreTokenizer

__all__ = ["Tokenizer"]

#: Words are what is between spaces and newlines; longer ones are hardly met twice.
_CHUNKS = re.compile("[^ \n]+")
_CACHED_CHUNK = 64
_CACHE_SIZE = 50_000


class Tokenizer:
    """A tokenizer with the names and results of Hugging Face's `tokenizers.Tokenizer`.

    Make one with `from_file`, `from_str` or `from_bytes`.
    """

    def __init__(
        self,
        *,
        model: Model,
        post_processor: PostProcessor = BARE,
        decoder: Decoder,
        normalizer: Normalizer | None = None,
        pre_tokenizer: PreTokenizer | None = None,
        added_tokens: Iterable[AddedToken] = (),
        truncation: Truncation | None = None,
        padding: Padding | None = None,
    ) -> None:
        self.normalizer = normalizer
        self.pre_tokenizer = pre_tokenizer
        self.model = model
        self.post_processor = post_processor
        self.decoder = decoder
        self.truncation = truncation
        self.padding = padding
        self.added_tokens = list(added_tokens)
        self._raw_tokens = TokenFinder((t.content, t) for t in self.added_tokens if not t.normalized)
        spelled = [
            (self._normalize(t.content).text if t.normalized else t.content, t) for t in self.added_tokens
        ]
        self._normalized_tokens = TokenFinder(item for item in spelled if item[1].normalized)
        self._spellings = {index: token for token, index in model.vocab.items()}
        self._spellings |= {token.id: spelling for spelling, token in spelled}
        self._special_ids = {token.id for token in self.added_tokens if token.special}
        self._cache: dict[str, Pieces] = {}
        self._cacheable = (
            not self._normalized_tokens
            and (normalizer is None or normalizer.independent_at_space)
            and (pre_tokenizer is not None and pre_tokenizer.independent_at_space)
        )

    # ---------------------------------------------------------------------------------------- making one

    @classmethod
    def from_str(cls, json: str) -> Tokenizer:
        """The tokenizer that the content of a `tokenizer.json` describes. Raises ModelError."""
        return load_tokenizer(json)

    @classmethod
    def from_bytes(cls, content: bytes) -> Tokenizer:
        """The same for UTF-8 bytes. Raises ModelError."""
        return load_tokenizer(content)

    @classmethod
    def from_file(cls, path: str | Path) -> Tokenizer:
        """The same for the path of the file. Raises ModelError."""
        try:
            return load_tokenizer(Path(path).read_bytes())
        except OSError as error:
            raise ModelError(
                "The tokenizer cannot be read.", value=str(path), received=error.strerror
            ) from error

    # ------------------------------------------------------------------------------------------ settings

    def enable_truncation(
        self, max_length: int, strategy: str = "longest_first", direction: str = "right"
    ) -> None:
        """Cut encodings to `max_length` tokens. Raises InputError for a wrong value."""
        self.truncation = Truncation(max_length, strategy, direction)

    def no_truncation(self) -> None:
        self.truncation = None

    def enable_padding(
        self,
        direction: str = "right",
        pad_id: int = 0,
        pad_type_id: int = 0,
        pad_token: str = "[PAD]",
        length: int | None = None,
        pad_to_multiple_of: int | None = None,
    ) -> None:
        """Pad encodings to `length`, or to the longest of a batch for None. Raises InputError."""
        self.padding = Padding(length, direction, pad_id, pad_type_id, pad_token, pad_to_multiple_of)

    def no_padding(self) -> None:
        self.padding = None

    # -------------------------------------------------------------------------------------------- encode

    def encode(self, text: str, pair: str | None = None, add_special_tokens: bool = True) -> Encoding:
        """Encode a text, or a pair of texts. Raises InputError when one is not a string of characters."""
        encoding = self._encode(text, pair, add_special_tokens)
        return encoding if self.padding is None else pad_all([encoding], self.padding)[0]

    def encode_batch(
        self, inputs: Sequence[str | tuple[str, str]], add_special_tokens: bool = True
    ) -> list[Encoding]:
        """Encode texts or pairs of texts; padded together. Raises InputError as `encode`."""
        if isinstance(inputs, str) or not isinstance(inputs, Sequence):
            raise InputError(
                "A batch is a list of texts.", value=shorten(inputs), received=type(inputs).__name__
            )
        pairs = [item if isinstance(item, (tuple, list)) else (item, None) for item in inputs]
        for item in pairs:
            if len(item) != 2:
                raise InputError("A pair has two texts.", value=shorten(item), received=f"{len(item)} items")
        encodings = [self._encode(first, second, add_special_tokens) for first, second in pairs]
        return encodings if self.padding is None else pad_all(encodings, self.padding)

    def _encode(self, text: str, pair: str | None, add_special_tokens: bool) -> Encoding:
        processor = self.post_processor if add_special_tokens else BARE
        # Of a single text that is cut on the right, what is cut away need not be tokenized.
        rule = self.truncation
        limit = rule.max_length if rule and pair is None and rule.direction == "right" else None
        first = self._tokenize(text, limit)
        second = None if pair is None else self._tokenize(pair, None)
        if rule is not None:
            first, second = truncate(first, second, rule, processor.special_count(pair is not None))
        return processor.process(first, second)

    def _tokenize(self, text: str, limit: int | None) -> Pieces:
        """The tokens of a text without special ones around; may stop after `limit` of them."""
        _check_text(text)
        pieces = Pieces()
        for found in self._raw_tokens.split(text):
            if found.token is not None:
                _append(pieces, found.token.id, text[found.start : found.end], found.start, found.end)
            elif self._cacheable:
                self._tokenize_chunks(text, found.start, found.end, limit, pieces)
            else:
                _extend(pieces, self._tokenize_span(text[found.start : found.end]), found.start)
            if limit is not None and len(pieces.ids) >= limit:
                break
        return pieces

    def _tokenize_chunks(self, text: str, start: int, end: int, limit: int | None, pieces: Pieces) -> None:
        cache = self._cache
        for match in _CHUNKS.finditer(text, start, end):
            chunk = match[0]
            known = cache.get(chunk)
            if known is None:
                known = self._tokenize_span(chunk)
                if len(chunk) <= _CACHED_CHUNK:
                    if len(cache) >= _CACHE_SIZE:
                        cache.clear()
                    cache[chunk] = known
            _extend(pieces, known, match.start())
            if limit is not None and len(pieces.ids) >= limit:
                return

    def _tokenize_span(self, text: str) -> Pieces:
        """Normalize, split and tokenize a text that has no raw added token in it."""
        aligned = self._normalize(text)
        pieces = Pieces()
        for found in self._normalized_tokens.split(aligned.text):
            if found.token is None:
                self._tokenize_words(aligned, found.start, found.end, pieces)
            else:
                span = aligned.original_span(found.start, found.end)
                _append(pieces, found.token.id, aligned.text[found.start : found.end], *span)
        return pieces

    def _tokenize_words(self, aligned: AlignedText, start: int, end: int, pieces: Pieces) -> None:
        text = aligned.text[start:end]
        words = self.pre_tokenizer.split(text) if self.pre_tokenizer else [(0, len(text))]
        for first, last in words:
            for index, token, a, b in self.model.tokenize(text[first:last]):
                base = start + first
                _append(pieces, index, token, *aligned.original_span(base + a, base + b))

    def _normalize(self, text: str) -> AlignedText:
        return AlignedText(text) if self.normalizer is None else self.normalizer.normalize(text)

    # -------------------------------------------------------------------------------------------- decode

    def decode(self, ids: Iterable[int], skip_special_tokens: bool = True) -> str:
        """The text of token ids; ids that are in no vocabulary are skipped, as the reference does."""
        skipped = self._special_ids if skip_special_tokens else frozenset()
        spelled = [self._spellings.get(int(i)) for i in ids if int(i) not in skipped]
        return self.decoder.decode([token for token in spelled if token is not None])

    def decode_batch(self, sequences: Iterable[Iterable[int]], skip_special_tokens: bool = True) -> list[str]:
        return [self.decode(ids, skip_special_tokens) for ids in sequences]

    # ---------------------------------------------------------------------------------------- vocabulary

    def token_to_id(self, token: str) -> int | None:
        for added in self.added_tokens:
            if added.content == token:
                return added.id
        return self.model.vocab.get(token)

    def id_to_token(self, index: int) -> str | None:
        return self._spellings.get(index)

    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        return len(self._spellings) if with_added_tokens else len(self.model.vocab)


def _append(pieces: Pieces, index: int, token: str, start: int, end: int) -> None:
    pieces.ids.append(index)
    pieces.tokens.append(token)
    pieces.offsets.append((start, end))


def _extend(pieces: Pieces, more: Pieces, base: int) -> None:
    pieces.ids += more.ids
    pieces.tokens += more.tokens
    if len(more.offsets) == 1:
        start, end = more.offsets[0]
        pieces.offsets.append((start + base, end + base))
    else:
        pieces.offsets += [(start + base, end + base) for start, end in more.offsets]


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InputError(
            "This is not a text.", value=shorten(text), expected="str", received=type(text).__name__
        )
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                "The text has half of a surrogate pair, which stands for no character.",
                value=f"U+{ord(text[error.start]):04X} at position {error.start}",
                hint="Decode the text as UTF-16 or UTF-8 before it is given here.",
            ) from error
