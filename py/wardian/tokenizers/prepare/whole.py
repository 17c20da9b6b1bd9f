"""The parts of a prepared tokenizer put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wardian.errors import ModelError, WardianError
from wardian.tokenizers.added_tokens import AddedToken, load_added_tokens
from wardian.tokenizers.normalizers import load_normalizer
from wardian.tokenizers.prepare.added_tables import add_added_tokens
from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.code_point_sets import ClassTable
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.model_tables import add_bpe, add_unigram, add_wordlevel, add_wordpiece
from wardian.tokenizers.prepare.normalizer_program import add_normalizer
from wardian.tokenizers.prepare.pre_tokenizer_program import Op, add_pre_tokenizer, pre_tokenizer_steps
from wardian.tokenizers.prepare.vocabulary_tables import add_vocabulary
from wardian.tokenizers.vocabulary import Vocabulary

__all__ = ["prepare_tokenizer"]


class _Names:
    """What `Vocabulary` needs to know of a model."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.vocab: dict[str, int] = config["vocab"]
        if isinstance(config["vocab"], list):
            self.pieces = [(str(token), float(score)) for token, score in config["vocab"]]
            self.vocab = {token: index for index, (token, _) in enumerate(self.pieces)}


def prepare_tokenizer(config: Mapping[str, Any], vocabulary: Vocabulary | None) -> bytes:
    """What `prepare` does."""
    try:
        if vocabulary is None:
            added = load_added_tokens(config.get("added_tokens") or ())
            normalized = any(token.normalized for token in added)
            normalizer = load_normalizer(config.get("normalizer")) if normalized else None
            vocabulary = Vocabulary(_Names(config["model"]), normalizer)
            vocabulary.add(added)
        return _prepare(config, vocabulary)
    except WardianError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ModelError("The tokenizer is broken.", received=repr(error)) from error


def _prepare(config: Mapping[str, Any], vocabulary: Vocabulary) -> bytes:
    writer, classes = BlobWriter(), ClassTable()
    added = list(vocabulary.added_tokens().values())
    spelled = {token.content: vocabulary.id_to_token(token.id) or token.content for token in added}
    add_added_tokens(writer, classes, added, spelled, _vocab(config["model"]))
    add_normalizer(writer, classes, config.get("normalizer"))
    steps = pre_tokenizer_steps(writer, classes, config.get("pre_tokenizer"))
    model = config["model"]
    byte_level = _takes_bytes(model, bool(steps) and steps[-1][0] == Op.BYTES)
    add_pre_tokenizer(writer, steps[:-1] if byte_level else steps)
    _add_model(writer, classes, model, byte_level)
    classes.write(writer)
    rest = {
        **config,
        "model": {key: value for key, value in model.items() if key not in ("vocab", "merges")},
        "added_tokens": [_token_config(token) for token in added],
    }
    writer.add(Section.CONFIG, json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode())
    return writer.to_bytes()


def _takes_bytes(model: Mapping[str, Any], bytes_last: bool) -> bool:
    """Whether the model can take the text's bytes itself, not visible characters that stand for them."""
    plain = not model.get("continuing_subword_prefix") and not model.get("end_of_word_suffix")
    return bytes_last and model.get("type") == "BPE" and plain and not model.get("byte_fallback")


def _add_model(writer: BlobWriter, classes: ClassTable, model: Mapping[str, Any], byte_level: bool) -> None:
    kind = model.get("type")
    if kind == "BPE":
        add_bpe(writer, classes, model, byte_level)
    elif kind == "WordPiece":
        add_wordpiece(writer, model)
    elif kind == "WordLevel":
        add_wordlevel(writer, model)
    elif kind == "Unigram":
        add_unigram(writer, model)
    else:
        raise NotPreparable("model", repr(kind))
    add_vocabulary(writer, _vocab(model))


def _vocab(model: Mapping[str, Any]) -> dict[str, int]:
    """Ids by spelling; of two pieces of a Unigram model that are spelled alike, the last."""
    vocab: Any = model["vocab"]
    return {str(token): index for index, (token, _) in enumerate(vocab)} if isinstance(vocab, list) else vocab


def _token_config(token: AddedToken) -> dict[str, Any]:
    """An added token as `tokenizer.json` has it."""
    names = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
    return {name: getattr(token, name) for name in names}
