"""Models: split a word into pieces of a vocabulary. One file per algorithm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Protocol, cast

from wardian.errors import ModelError, UnknownNameError, shorten
from wardian.tokenizers.fields import Fields
from wardian.tokenizers.models.bpe import BPE
from wardian.tokenizers.models.unigram import Unigram
from wardian.tokenizers.models.wordlevel import WordLevel
from wardian.tokenizers.models.wordpiece import WordPiece

__all__ = ["BPE", "Model", "Unigram", "WordLevel", "WordPiece", "load_model"]


class Model(Protocol):
    """Splits words."""

    @property
    def vocab(self) -> dict[str, int]:
        """Ids by spelling."""

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word."""


def load_model(config: Mapping[str, Any]) -> Model:
    """The model that `tokenizer.json` describes. Raises ModelError for an unknown or broken one."""
    if isinstance(config, Mapping) and "type" not in config:
        config = {"type": _guess(config), **config}
    fields = Fields("model", config)
    loaders: dict[str, Callable[[Fields], Model]] = {
        "BPE": _bpe,
        "Unigram": _unigram,
        "WordLevel": _wordlevel,
        "WordPiece": _wordpiece,
    }
    if fields.kind not in loaders:
        raise ModelError(
            f"The tokenizer model {fields.kind!r} is not supported.", expected="one of " + ", ".join(loaders)
        ) from UnknownNameError("model", fields.kind, loaders)
    model = loaders[fields.kind](fields)
    fields.done()
    return model


def _guess(config: Mapping[str, Any]) -> str:
    """The type of a model in an old file, which says it by its fields alone."""
    if "merges" in config:
        return "BPE"
    if isinstance(config.get("vocab"), list):
        return "Unigram"
    return "WordPiece" if "max_input_chars_per_word" in config else "WordLevel"


def _bpe(fields: Fields) -> BPE:
    dropout = fields.optional("dropout", float)
    if dropout:
        raise ModelError(
            "This BPE model drops merges at random, which gives other ids every time.",
            value=f"dropout={dropout}",
            expected="no dropout",
            hint="Dropout is for training: set it to null in the file.",
        )
    return BPE(
        _vocab(fields),
        _merges(fields.take("merges", list)),
        unk_token=fields.optional("unk_token", str),
        continuing_subword_prefix=fields.optional("continuing_subword_prefix", str),
        end_of_word_suffix=fields.optional("end_of_word_suffix", str),
        fuse_unk=fields.optional("fuse_unk", bool) or False,
        byte_fallback=fields.optional("byte_fallback", bool) or False,
        ignore_merges=fields.optional("ignore_merges", bool) or False,
    )


def _merges(items: list[Any]) -> list[tuple[str, str]]:
    """Merges as pairs: files have either `"a b"` or `["a", "b"]`; a line `#version …` may head the former."""
    if items and isinstance(items[0], str):
        items = [item for item in items if not str(item).startswith("#version")]
        pairs = [tuple(str(item).split(" ")) for item in items]
    else:
        pairs = list(map(tuple, items))
    if set(map(len, pairs)) - {2} or set(map(type, chain.from_iterable(pairs))) - {str}:
        wrong = (rank for rank, pair in enumerate(pairs) if [type(side) for side in pair] != [str, str])
        rank = next(wrong)
        raise ModelError("A merge is broken.", value=f"merge {rank}", received=shorten(items[rank]))
    return cast(list[tuple[str, str]], pairs)


def _unigram(fields: Fields) -> Unigram:
    items = fields.take("vocab", list)
    vocab: list[tuple[str, float]] = []
    for item in items:
        token, score = item if isinstance(item, (list, tuple)) and len(item) == 2 else (None, None)
        if not isinstance(token, str) or isinstance(score, bool) or not isinstance(score, (int, float)):
            raise ModelError("The vocabulary is broken.", expected="[token, score]", received=shorten(item))
        vocab.append((token, float(score)))
    return Unigram(vocab, fields.optional("unk_id", int), fields.take("byte_fallback", bool, False))


def _wordlevel(fields: Fields) -> WordLevel:
    return WordLevel(_vocab(fields), unk_token=fields.take("unk_token", str))


def _wordpiece(fields: Fields) -> WordPiece:
    return WordPiece(
        _vocab(fields),
        unk_token=fields.take("unk_token", str),
        continuing_subword_prefix=fields.take("continuing_subword_prefix", str),
        max_input_chars_per_word=fields.take("max_input_chars_per_word", int),
    )


def _vocab(fields: Fields) -> dict[str, int]:
    vocab = fields.take("vocab", dict)
    ids = vocab.values()
    if set(map(type, ids)) - {int} or (vocab and not 0 <= min(ids) <= max(ids) < 1 << 31):
        raise ModelError(
            "The vocabulary of the tokenizer is broken.", expected="an object: token to id from 0 to 2³¹ - 1"
        )
    return vocab
