"""Post-processors: put special tokens around the tokens of one text or a pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from wardian.errors import InputError, ModelError
from wardian.tokenizers.encoding import Encoding, Offsets, Pieces

__all__ = ["PostProcessor", "TemplateProcessing", "assemble", "bert_processing", "load_post_processor"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a template: a text ("A" or "B"), or special tokens with their ids."""

    type_id: int
    text: str = ""
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()


class PostProcessor(Protocol):
    """Puts special tokens around texts."""

    def special_count(self, pair: bool) -> int:
        """How many special tokens it adds."""

    def process(self, first: Pieces, second: Pieces | None) -> Encoding: ...


class TemplateProcessing:
    """Special tokens and texts in the order of a template, one for single texts and one for pairs.

    >>> cls, sep = Part(0, ids=(101,), tokens=("[CLS]",)), Part(0, ids=(102,), tokens=("[SEP]",))
    >>> template = TemplateProcessing([cls, Part(0, "A"), sep], [])
    >>> template.process(Pieces([7592], ["hello"], [(0, 5)]), None).tokens
    ['[CLS]', 'hello', '[SEP]']
    """

    def __init__(self, single: Sequence[Part], pair: Sequence[Part]) -> None:
        self.single = tuple(single)
        self.pair = tuple(pair)

    def special_count(self, pair: bool) -> int:
        return sum(len(part.ids) for part in (self.pair if pair else self.single))

    def process(self, first: Pieces, second: Pieces | None) -> Encoding:
        """Raises InputError for a pair where the template has none."""
        if second is not None and not self.pair:
            raise InputError("This tokenizer takes no pairs of texts.")
        return assemble(self.single if second is None else self.pair, first, second)


def bert_processing(sep: tuple[str, int], cls: tuple[str, int]) -> TemplateProcessing:
    """BERT's template as `BertProcessing` states it: [CLS] A [SEP], and [CLS] A [SEP] B [SEP]."""
    start = Part(0, ids=(cls[1],), tokens=(cls[0],))
    ends = [Part(type_id, ids=(sep[1],), tokens=(sep[0],)) for type_id in (0, 1)]
    single = [start, Part(0, "A"), ends[0]]
    return TemplateProcessing(single, [*single, Part(1, "B"), ends[1]])


#: What `add_special_tokens=False` gives: the texts alone.
BARE = TemplateProcessing([Part(0, "A")], [Part(0, "A"), Part(1, "B")])


def assemble(template: Sequence[Part], first: Pieces, second: Pieces | None) -> Encoding:
    """One Encoding out of the parts of a template."""
    ids: list[int] = []
    tokens: list[str] = []
    offsets: list[Offsets] = []
    types: list[int] = []
    special: list[int] = []
    for part in template:
        if part.text:
            pieces = first if part.text == "A" else second
            if pieces is None:
                continue
            ids += pieces.ids
            tokens += pieces.tokens
            offsets += pieces.offsets
        else:
            ids += part.ids
            tokens += part.tokens
            offsets += [(0, 0)] * len(part.ids)
        added = len(ids) - len(types)
        types += [part.type_id] * added
        special += [0 if part.text else 1] * added
    return Encoding(
        ids=np.array(ids, np.int64),
        type_ids=np.array(types, np.int64),
        tokens=tokens,
        offsets=offsets,
        special_tokens_mask=np.array(special, np.int64),
        attention_mask=np.ones(len(ids), np.int64),
    )


def load_post_processor(config: Mapping[str, Any] | None) -> PostProcessor:
    """The post-processor that `tokenizer.json` describes. Raises ModelError for an unknown or broken one."""
    if config is None:
        return BARE
    kind = config.get("type")
    try:
        if kind == "TemplateProcessing":
            special = config.get("special_tokens") or {}
            return TemplateProcessing(
                [_part(item, special) for item in config["single"]],
                [_part(item, special) for item in config["pair"]],
            )
        if kind == "BertProcessing":
            (sep, sep_id), (cls, cls_id) = config["sep"], config["cls"]
            return bert_processing((str(sep), int(sep_id)), (str(cls), int(cls_id)))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The post-processor {kind!r} is broken.", received=repr(error)) from error
    raise ModelError(
        f"The post-processor {kind!r} is not supported.",
        expected="TemplateProcessing, BertProcessing or none",
    )


def _part(item: Mapping[str, Any], special: Mapping[str, Any]) -> Part:
    if "Sequence" in item:
        return Part(int(item["Sequence"]["type_id"]), str(item["Sequence"]["id"]))
    name = item["SpecialToken"]["id"]
    return Part(
        int(item["SpecialToken"]["type_id"]),
        ids=tuple(map(int, special[name]["ids"])),
        tokens=tuple(map(str, special[name]["tokens"])),
    )
