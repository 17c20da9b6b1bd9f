"""The tokenizer: from text to ids with an encoder, truncation, a post-processor and padding, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardian.errors import ModelError
from wardian.tokenizers.backends import Encoder, choose_encoder
from wardian.tokenizers.decoders import Decoder, clean_up_spaces
from wardian.tokenizers.encoding import Encoding
from wardian.tokenizers.padding import Padding, pad_encodings
from wardian.tokenizers.pieces import Pieces
from wardian.tokenizers.post_processors import PostProcessor, post_process
from wardian.tokenizers.pretokenized import encode_words
from wardian.tokenizers.python_encoder import PythonEncoder
from wardian.tokenizers.settings import Settings
from wardian.tokenizers.texts import check_batch, check_characters, check_ids, check_sequence
from wardian.tokenizers.truncation import Truncation, truncate_encodings
from wardian.tokenizers.vocabulary import Vocabulary, check_added

if TYPE_CHECKING:
    from wardian.tokenizers.added_tokens import AddedToken
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.normalizers import Normalizer
    from wardian.tokenizers.pre_tokenizers import PreTokenizer

__all__ = ["Tokenizer"]

#: A text, or one that is split into words already.
TextInput = str | Sequence[str]


class Tokenizer(Settings):
    """A tokenizer with the names and results of Hugging Face's `tokenizers.Tokenizer`.

    Make one with `from_file`, `from_str`, `from_bytes`, `from_prepared`, `from_gguf` or `from_tiktoken`.

    >>> from wardian.tokenizers.models import WordLevel
    >>> tokenizer = Tokenizer(model=WordLevel({"[UNK]": 0, "hello": 1}, unk_token="[UNK]"))
    >>> tokenizer.encode("hello").ids.tolist(), tokenizer.decode([1, 0])
    ([1], 'hello [UNK]')
    """

    def __init__(
        self,
        *,
        model: Model,
        post_processor: PostProcessor | None = None,
        decoder: Decoder | None = None,
        normalizer: Normalizer | None = None,
        pre_tokenizer: PreTokenizer | None = None,
        added_tokens: Iterable[AddedToken] = (),
        truncation: Truncation | None = None,
        padding: Padding | None = None,
        config: Mapping[str, Any] | None = None,
        backend: str = "python",
        prepared: bytes | None = None,
    ) -> None:
        """`config` is the content of the file it came from, what the native encoder is prepared from, and
        `prepared` what was made of it already.

        Raises InputError for an unknown backend, DeviceError or ModelError where it cannot be used.
        """
        self.normalizer = normalizer
        self.pre_tokenizer = pre_tokenizer
        self.model = model
        self.post_processor = post_processor
        self.decoder = decoder
        self._truncation = None if truncation is None else self._checked(truncation)
        self._padding = padding
        self._config = config
        self._wanted_backend = backend
        self._prepared = prepared
        self._vocabulary = Vocabulary(model, normalizer)
        if prepared is None:
            self._vocabulary.add(added_tokens)
        else:
            self._vocabulary.restore(added_tokens)
        self._encoder = self._new_encoder()

    # ---------------------------------------------------------------------------------------- making one

    @classmethod
    def from_str(cls, json: str, *, backend: str = "auto") -> Tokenizer:
        """The tokenizer that the content of a `tokenizer.json` describes. Raises ModelError."""
        from wardian.tokenizers.load import load_tokenizer

        return load_tokenizer(json, backend)

    @classmethod
    def from_bytes(cls, content: bytes, *, backend: str = "auto") -> Tokenizer:
        """The same for UTF-8 bytes. Raises ModelError."""
        from wardian.tokenizers.load import load_tokenizer

        return load_tokenizer(content, backend)

    from_buffer = from_bytes

    @classmethod
    def from_file(cls, path: str | Path, *, backend: str = "auto") -> Tokenizer:
        """The same for the path of the file. Raises ModelError."""
        return cls.from_bytes(_read(path), backend=backend)

    @classmethod
    def from_prepared(cls, blob: bytes) -> Tokenizer:
        """The tokenizer of a prepared file, which `wardian.tokenizers.prepare` makes: ready at once.

        Raises ModelError when it is none, DeviceError where the native encoder is not installed.
        """
        from wardian.tokenizers.prepared import load_prepared

        return load_prepared(blob)

    @classmethod
    def from_gguf(cls, source: str | Path | bytes | Mapping[str, Any], *, backend: str = "auto") -> Tokenizer:
        """The tokenizer of a GGUF file: its path, content, or metadata as a mapping. Raises ModelError."""
        from wardian.tokenizers.gguf import load_gguf

        return load_gguf(source, backend)

    @classmethod
    def from_tiktoken(
        cls,
        ranks: str | Path | bytes | Mapping[bytes, int],
        pattern: str,
        special_tokens: Mapping[str, int] | None = None,
        *,
        backend: str = "auto",
    ) -> Tokenizer:
        """The tokenizer of a tiktoken rank file and the pattern that splits text. Raises ModelError."""
        from wardian.tokenizers.tiktoken import load_tiktoken

        return load_tiktoken(ranks, pattern, special_tokens, backend)

    def to_str(self, pretty: bool = False) -> str:
        """The `tokenizer.json` of this tokenizer, with what was set and added since.

        Raises ModelError where there is none: made of components, prepared, with a model the format lacks.
        """
        from wardian.tokenizers.load import VERSION, settings_config

        config = self._config
        if config is None or "vocab" not in config["model"]:
            raise ModelError("There is no tokenizer.json of this tokenizer.")
        names = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
        added = self.get_added_tokens_decoder().values()
        tokens = [{name: getattr(token, name) for name in names} for token in added]
        settings = settings_config(self._truncation, self._padding)
        content = {"version": VERSION, **config, **settings, "added_tokens": tokens}
        return json.dumps(content, ensure_ascii=False, indent=2 if pretty else None)

    def save(self, path: str | Path, pretty: bool = True) -> None:
        """Write the `tokenizer.json` of this tokenizer. Raises ModelError as `to_str`."""
        Path(path).write_text(self.to_str(pretty), "utf-8")

    def _new_encoder(self) -> Encoder:
        return choose_encoder(
            self._wanted_backend,
            None if self._config is None else self._prepare,
            None if self._prepared is not None else self._python_encoder,
        )

    def _python_encoder(self) -> Encoder:
        return PythonEncoder(self.normalizer, self.pre_tokenizer, self.model, self._vocabulary)

    def _prepare(self) -> bytes:
        if self._prepared is not None:
            return self._prepared
        from wardian.tokenizers.prepare import prepare

        assert self._config is not None
        return prepare(self._config, self._vocabulary)

    @property
    def backend(self) -> str:
        """Which encoder runs: "native" or "python"."""
        return self._encoder.backend

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """How many special tokens stand around one text, or a pair."""
        return 0 if self.post_processor is None else self.post_processor.num_special_tokens_to_add(is_pair)

    # -------------------------------------------------------------------------------------------- encode

    def encode(
        self,
        sequence: TextInput,
        pair: TextInput | None = None,
        is_pretokenized: bool = False,
        add_special_tokens: bool = True,
    ) -> Encoding:
        """Encode a text, or a pair of texts; with `is_pretokenized` each is a list of words.

        Raises InputError when one is not a string of characters, or cannot be cut as truncation says.
        """
        texts = (sequence,) if pair is None else (sequence, pair)
        return self._encode_all([texts], is_pretokenized, add_special_tokens)[0]

    def encode_batch(
        self, input: Sequence[Any], is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[Encoding]:
        """Encode texts or pairs of texts; padded together. Raises InputError as `encode`."""
        return self._encode_all(check_batch(input, is_pretokenized), is_pretokenized, add_special_tokens)

    def _encode_all(
        self, items: Sequence[tuple[Any, ...]], is_pretokenized: bool, add_special_tokens: bool
    ) -> list[Encoding]:
        for texts in items:
            for text in texts:
                check_sequence(text, is_pretokenized)
        rule = self._truncation
        # What is cut off the right of single texts is tokenized when it is asked for.
        early = rule is not None and rule.direction == "right" and not is_pretokenized
        single = early and all(len(texts) == 1 for texts in items)
        limit = rule.max_length + 1 if rule is not None and single else None
        pieces = iter(self._find([text for texts in items for text in texts], limit, is_pretokenized))
        encodings = [
            self._assemble(texts, [next(pieces) for _ in texts], rule, limit, add_special_tokens)
            for texts in items
        ]
        if self._padding is not None:
            pad_encodings(encodings, self._padding)
        return encodings

    def _find(self, texts: list[Any], limit: int | None, is_pretokenized: bool) -> list[Pieces]:
        """The tokens of each text."""
        many = getattr(self._encoder, "encode_many", None)
        if self._encoder.backend != "native":  # the kernel looks at the characters itself
            for text in texts:
                for word in text if is_pretokenized else (text,):
                    check_characters(word)
        if is_pretokenized:
            return [encode_words(self._encoder, words) for words in texts]
        if many is not None and len(texts) > 1:
            return many(texts, limit)  # type: ignore[no-any-return]
        return [self._encoder.encode(text, limit) for text in texts]

    def _assemble(
        self,
        texts: tuple[Any, ...],
        pieces: list[Pieces],
        rule: Truncation | None,
        limit: int | None,
        add_special_tokens: bool,
    ) -> Encoding:
        """One encoding; where tokens are missing beyond `limit`, it can find what overflowed."""
        spell = self._vocabulary.spell
        first = Encoding.from_pieces(pieces[0], 0, spell)
        second = Encoding.from_pieces(pieces[1], 1, spell) if len(pieces) > 1 else None
        if rule is not None:
            special = self.num_special_tokens_to_add(second is not None) if add_special_tokens else 0
            truncate_encodings(first, second, rule, special)
        encoding = post_process(self.post_processor, first, second, add_special_tokens)
        if limit is not None and len(pieces[0]) >= limit:
            encoder = self._encoder  # the one of now, whatever is added until then

            def overflowing() -> list[Encoding]:
                everything = [encoder.encode(texts[0])]
                return self._assemble(texts, everything, rule, None, add_special_tokens).overflowing

            encoding.set_overflowing(overflowing)
        encoding.set_texts(dict(enumerate(texts)))
        return encoding

    # -------------------------------------------------------------------------------------------- decode

    def decode(
        self,
        ids: Iterable[int],
        skip_special_tokens: bool = True,
        clean_up_tokenization_spaces: bool | None = None,
    ) -> str:
        """The text of token ids; ids that are in no vocabulary are skipped, as the reference does.

        `clean_up_tokenization_spaces` then removes spaces before English punctuation, as transformers does.
        Raises InputError for what is no id.
        """
        tokens = self.spell(ids, skip_special_tokens)
        text = " ".join(tokens) if self.decoder is None else "".join(self.decoder.decode_chain(tokens))
        wanted = clean_up_tokenization_spaces
        return (
            clean_up_spaces(text)
            if (self._settings.clean_up_tokenization_spaces if wanted is None else wanted)
            else text
        )

    def decode_batch(
        self,
        sequences: Iterable[Iterable[int]],
        skip_special_tokens: bool = True,
        clean_up_tokenization_spaces: bool | None = None,
    ) -> list[str]:
        """The texts of several rows of ids."""
        return [self.decode(ids, skip_special_tokens, clean_up_tokenization_spaces) for ids in sequences]

    def spell(self, ids: Iterable[int], skip_special_tokens: bool = True) -> list[str]:
        """The tokens of ids, without those that are in no vocabulary and, if so wished, special ones."""
        special = self._vocabulary.special if skip_special_tokens else ()
        spelled = map(self._vocabulary.id_to_token, check_ids(ids))
        return [token for token in spelled if token is not None and token not in special]

    # ---------------------------------------------------------------------------------------- vocabulary

    def add_tokens(self, tokens: Sequence[str | AddedToken]) -> int:
        """Add tokens; how many were new. Raises InputError for what is neither a string nor an AddedToken."""
        return self._add([check_added(token, special=False) for token in tokens])

    def add_special_tokens(self, tokens: Sequence[str | AddedToken]) -> int:
        """The same for tokens that `decode` may skip."""
        return self._add([check_added(token, special=True) for token in tokens])

    def _add(self, tokens: list[AddedToken]) -> int:
        if self._prepared is not None:
            raise ModelError(
                "A prepared tokenizer takes no further tokens.",
                hint="Open the tokenizer.json itself, or prepare it with them.",
            )
        count = self._vocabulary.add(tokens)
        self._encoder = self._new_encoder()
        return count

    def token_to_id(self, token: str) -> int | None:
        """The id of a token, or None."""
        return self._vocabulary.token_to_id(token)

    def id_to_token(self, id: int) -> str | None:
        """The spelling of a token, or None."""
        return self._vocabulary.id_to_token(id)

    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]:
        """Ids by spelling."""
        return self._vocabulary.as_dict(with_added_tokens)

    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        """How many tokens there are."""
        return self._vocabulary.size(with_added_tokens)

    def get_added_tokens_decoder(self) -> dict[int, AddedToken]:
        """The added tokens by id."""
        return self._vocabulary.added_tokens()


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelError("The tokenizer cannot be read.", value=str(path), received=error.strerror) from error
