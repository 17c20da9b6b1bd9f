"""Models as the kernel has them: tables of merges, symbols, scores, and tries of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.tokenizers.prepare.blob import ABSENT, BlobWriter, Parameter, Section
from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS, ClassTable, two_stage
from wardian.tokenizers.prepare.double_array import build_double_array
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.hashing import pair_table
from wardian.tokenizers.prepare.tries import build_trie

__all__ = ["BYTE_CHARACTERS", "Pairs", "add_bpe", "add_unigram", "add_wordlevel", "add_wordpiece"]

_MODELS = {"WordPiece": 0, "BPE": 1, "Unigram": 2, "WordLevel": 3}
_MOST_IDS, _MOST_MERGES = 1 << 21, (1 << 22) - 2

_VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = [byte for byte in range(256) if byte not in _VISIBLE]
BYTE_CHARACTERS = [chr(byte if byte in _VISIBLE else 0x100 + _HIDDEN.index(byte)) for byte in range(256)]
"""The visible character that byte-level tokenizers write for each byte: `bytes_to_unicode` of GPT-2."""

Vocab = Mapping[str, int]


def _set(writer: BlobWriter, kind: str, unknown: int | None) -> None:
    writer.parameters[Parameter.MODEL] = _MODELS[kind]
    writer.parameters[Parameter.UNKNOWN] = ABSENT if unknown is None else unknown


def _add_trie(writer: BlobWriter, vocab: Vocab, follow: str = "") -> list[int]:
    ids = np.fromiter(vocab.values(), np.int64, len(vocab))
    trie = build_trie(list(vocab), ids, follow)
    writer.add(Section.VOCAB_TRIE, trie.nodes)
    writer.add(Section.VOCAB_SLOTS, trie.slots)
    return trie.path


def add_wordpiece(writer: BlobWriter, config: Mapping[str, Any]) -> None:
    """Write a WordPiece model."""
    vocab, prefix = config["vocab"], str(config["continuing_subword_prefix"])
    _set(writer, "WordPiece", vocab.get(config["unk_token"]))
    writer.parameters[Parameter.LONGEST_WORD] = min(int(config["max_input_chars_per_word"]), ABSENT)
    path = _add_trie(writer, vocab, prefix)
    if len(path) == len(prefix) + 1:
        writer.parameters[Parameter.CONTINUING_ROOT] = path[-1]


def add_wordlevel(writer: BlobWriter, config: Mapping[str, Any]) -> None:
    """Write a WordLevel model."""
    _set(writer, "WordLevel", config["vocab"].get(config["unk_token"]))
    _add_trie(writer, config["vocab"])


def add_unigram(writer: BlobWriter, config: Mapping[str, Any]) -> None:
    """Write a Unigram model."""
    pieces = config["vocab"]
    vocab = {str(token): index for index, (token, _) in enumerate(pieces)}
    _set(writer, "Unigram", config.get("unk_id"))
    writer.parameters[Parameter.BYTE_FALLBACK] = bool(config.get("byte_fallback"))
    array = build_double_array(list(vocab), np.fromiter(vocab.values(), np.int64, len(vocab)))
    writer.add(Section.VOCAB_TRIE, array.units)
    at = Parameter.CODES
    writer.parameters[at : at + 2] = [writer.add(Section.OTHER, part) for part in two_stage(array.codes)]
    writer.parameters[Parameter.NOBODY] = array.nobody
    writer.add(Section.SCORES, np.array([score for _, score in pieces], np.float64))
    writer.add(Section.BYTE_IDS, _byte_ids(vocab, [f"<0x{byte:02X}>" for byte in range(256)]))


def _byte_ids(vocab: Vocab, spellings: list[str]) -> NDArray[np.uint32]:
    return np.array([vocab.get(spelling, -1) + 1 for spelling in spellings], np.uint32)


# ------------------------------------------------------------------------------------------------------ BPE


class Pairs:
    """The merges of a BPE model as ids: int64 (merges,) each."""

    def __init__(self, vocab: Vocab, merges: list[Any], prefix: str) -> None:
        """Raises ModelError when a merge is broken or has a token that the vocabulary lacks."""
        lefts, rights = _sides(merges)
        self.lefts, self.rights = lefts, rights
        made = map(add, lefts, (right[len(prefix) :] for right in rights) if prefix else rights)
        try:
            self.left = np.fromiter(map(vocab.__getitem__, lefts), np.int64, len(lefts))
            self.right = np.fromiter(map(vocab.__getitem__, rights), np.int64, len(rights))
            self.merged = np.fromiter(map(vocab.__getitem__, made), np.int64, len(lefts))
        except KeyError as error:
            raise ModelError(
                "A merge has a token that the vocabulary lacks.", value=repr(error.args[0])
            ) from error


def _sides(merges: list[Any]) -> tuple[list[str], list[str]]:
    if merges and isinstance(merges[0], str):
        merges = [merge for merge in merges if not merge.startswith("#version")]
        if any(merge.count(" ") != 1 for merge in merges):
            raise ModelError("A merge is broken.", expected='two tokens with a space between: "a b"')
        flat = " ".join(merges).split(" ") if merges else []
        return flat[::2], flat[1::2]
    if any(len(merge) != 2 for merge in merges):
        raise ModelError("A merge is broken.", expected='two tokens: ["a", "b"]')
    return [merge[0] for merge in merges], [merge[1] for merge in merges]


def add_bpe(writer: BlobWriter, classes: ClassTable, config: Mapping[str, Any], byte_level: bool) -> None:
    """Write a BPE model; `byte_level` where its symbols are the bytes of the text itself."""
    vocab = config["vocab"]
    if config.get("dropout"):
        raise NotPreparable("BPE", "dropout")
    unknown = config.get("unk_token")
    if unknown is not None and unknown not in vocab:
        raise NotPreparable("BPE", f"an unk_token {unknown!r} that is not in the vocabulary")
    prefix, suffix = config.get("continuing_subword_prefix") or "", config.get("end_of_word_suffix") or ""
    fallback = bool(config.get("byte_fallback"))
    if fallback and (prefix or suffix):
        raise NotPreparable("BPE", "byte_fallback together with a prefix or suffix")
    _set(writer, "BPE", None if unknown is None else vocab[unknown])
    for place, value in (
        (Parameter.BYTE_LEVEL, byte_level),
        (Parameter.BYTE_FALLBACK, fallback),
        (Parameter.FUSE_UNKNOWN, bool(config.get("fuse_unk"))),
        (Parameter.IGNORE_MERGES, bool(config.get("ignore_merges"))),
    ):
        writer.parameters[place] = value
    pairs = Pairs(vocab, config["merges"], prefix)
    _add_merges(writer, pairs, vocab)
    spellings = BYTE_CHARACTERS if byte_level else [f"<0x{byte:02X}>" for byte in range(256)]
    byte_ids = _byte_ids(vocab, spellings)
    writer.add(Section.BYTE_IDS, byte_ids)
    if not byte_level:
        _add_symbols(writer, vocab, prefix, suffix)
        if not prefix and not suffix and not config.get("ignore_merges"):
            _add_joint(writer, classes, config, pairs, byte_ids)


def _add_merges(writer: BlobWriter, pairs: Pairs, vocab: Vocab) -> None:
    if len(pairs.left) > _MOST_MERGES or max(vocab.values(), default=0) >= _MOST_IDS:
        raise NotPreparable("BPE", f"more than {_MOST_IDS:,} ids or {_MOST_MERGES:,} merges")
    # Of a pair that is named twice, the last rank counts, as in the reference.
    keys = pairs.left << 21 | pairs.right
    _, last = np.unique(keys[::-1], return_index=True)
    ranks = len(keys) - 1 - last
    writer.add(Section.MERGES, pair_table(pairs.left[ranks], pairs.right[ranks], ranks + 1, 22))
    writer.add(Section.MERGED, pairs.merged.astype(np.uint32))


def _add_symbols(writer: BlobWriter, vocab: Vocab, prefix: str, suffix: str) -> None:
    """Which token a character begins as: in the middle of a word, first, last, alone."""
    written: dict[tuple[str, str], list[int]] = {}
    for place, (before, behind) in enumerate([(prefix, ""), ("", ""), (prefix, suffix), ("", suffix)]):
        if (before, behind) not in written:
            table = np.zeros(CODE_POINTS, np.uint32)
            around = len(before) + len(behind)
            for token, index in vocab.items():
                if len(token) == around + 1 and token.startswith(before) and token.endswith(behind):
                    table[ord(token[len(before)])] = index + 1
            written[before, behind] = [writer.add(Section.OTHER, part) for part in two_stage(table)]
        at = Parameter.SYMBOLS + 2 * place
        writer.parameters[at : at + 2] = written[before, behind]


def _add_joint(
    writer: BlobWriter,
    classes: ClassTable,
    config: Mapping[str, Any],
    pairs: Pairs,
    byte_ids: NDArray[np.uint32],
) -> None:
    """Where a word may be cut before "▁": behind every character after which no merge has that one.

    Not where characters without a token are left out, for offsets behind them move; nor where merges know the
    unknown token or bytes, for these join what has no spelling.
    """
    vocab, unknown, joint = config["vocab"], config.get("unk_token"), "▁"
    fallback = bool(config.get("byte_fallback"))
    if joint not in vocab or (unknown is None and not (fallback and byte_ids.all())):
        return
    special = {int(index) - 1 for index in byte_ids if index} if fallback else set()
    special |= {vocab[unknown]} if unknown is not None else set()
    if special & set(pairs.left.tolist()) or special & set(pairs.right.tolist()):
        return
    starting = [i for i, right in enumerate(pairs.rights) if right.startswith(joint)]
    before = {pairs.lefts[i][-1] for i in starting if pairs.lefts[i]}
    writer.parameters[Parameter.JOINT] = ord(joint)
    writer.parameters[Parameter.JOINT_CLASS] = classes.bit((ord(c), ord(c)) for c in before)
