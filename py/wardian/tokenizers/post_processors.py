"""Post-processors: put special tokens around the tokens of one text or a pair, and trim offsets.

Each takes the encodings of the texts, one or two, and gives a row of encodings that is then joined. What
overflowed is treated as the reference treats it, which is not always as its main encoding.

Source: `processors/` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from wardian.errors import InputError, ModelError
from wardian.tokenizers.encoding import Encoding
from wardian.tokenizers.fields import Fields
from wardian.tokenizers.joining import join, merge, unplaced
from wardian.tokenizers.trim_offsets import trim_offsets

__all__ = [
    "BertProcessing",
    "ByteLevel",
    "PostProcessor",
    "PostProcessorSequence",
    "RobertaProcessing",
    "TemplateProcessing",
    "load_post_processor",
    "post_process",
]

#: A special token and its id.
SpecialToken = tuple[str, int]


class PostProcessor(Protocol):
    """Puts special tokens around texts."""

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """How many special tokens it adds."""

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]: ...


def post_process(
    processor: PostProcessor | None, first: Encoding, second: Encoding | None, add_special_tokens: bool
) -> Encoding:
    """One encoding out of one or two texts' encodings, which may be changed."""
    encodings = [first] if second is None else [first, second]
    if processor is None:
        if second is None:
            return first
        for index, encoding in enumerate(encodings):
            encoding.set_sequence_id(index)
        return merge(encodings, growing_offsets=False)
    for index, encoding in enumerate(encodings):
        encoding.ranges[index] = (0, len(encoding.ids))
        for each in encoding.overflowing:
            each.set_sequence_id(index)
    row = processor.process(encodings, add_special_tokens)
    return row[0] if len(row) == 1 else merge(row, growing_offsets=False)


def _special(tokens: tuple[str, ...], ids: tuple[int, ...], type_id: int, beside: Encoding) -> Encoding:
    """Special tokens to stand beside an encoding of the same tokenizer."""
    made, spell = _unplaced(tokens, ids, type_id), beside.spell
    surfaces = {place: token for place, token in made.surfaces.items() if spell(ids[place]) != token}
    beside_it = Encoding(made.ids, made.places, surfaces, spell)
    beside_it.set_marks(made.marks)
    return beside_it


@lru_cache(256)
def _unplaced(tokens: tuple[str, ...], ids: tuple[int, ...], type_id: int) -> Encoding:
    """The same for no tokenizer: spelled out."""
    return unplaced(lambda index: "", tokens, ids, type_id)


@dataclass(frozen=True, slots=True)
class BertProcessing:
    """[CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 for the second text."""

    sep: SpecialToken
    cls: SpecialToken

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return 3 if is_pair else 2

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]:
        """A row of encodings with the special tokens around."""
        if not add_special_tokens:
            return encodings
        return [_around(item, index, self.cls, self.sep, "bert") for index, item in enumerate(encodings)]


@dataclass(frozen=True, slots=True)
class RobertaProcessing:
    """<s> A </s>, and <s> A </s></s> B </s>; every type is 0. May trim white space off offsets."""

    sep: SpecialToken
    cls: SpecialToken
    trim_offsets: bool = True
    add_prefix_space: bool = True

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return 4 if is_pair else 2

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]:
        """A row of encodings with the special tokens around."""
        if self.trim_offsets:
            _trim(encodings, self.add_prefix_space)
        for encoding in encodings:
            encoding.set_type_ids(0)
        if not add_special_tokens:
            return encodings
        return [_around(item, index, self.cls, self.sep, "roberta") for index, item in enumerate(encodings)]


def _around(encoding: Encoding, index: int, cls: SpecialToken, sep: SpecialToken, style: str) -> Encoding:
    """One text with its special tokens, and each of its overflowing parts too."""
    overflow = encoding.overflowing
    whole = _with_ends(encoding, index, cls, sep, style)
    parts = []
    for part in overflow:
        if style == "roberta":
            part.set_type_ids(0)
        parts.append(_with_ends(part, index, cls, sep, style))
    whole.set_overflowing(parts)
    return whole


def _with_ends(encoding: Encoding, index: int, cls: SpecialToken, sep: SpecialToken, style: str) -> Encoding:
    type_id = 1 if index and style == "bert" else 0
    end = _special((sep[0],), (sep[1],), type_id, encoding)
    if index == 0:
        start = [_special((cls[0],), (cls[1],), 0, encoding)]
    else:
        start = [_special((sep[0],), (sep[1],), 0, encoding)] if style == "roberta" else []
    whole = join([*start, encoding, end], growing_offsets=False)
    # The reference makes these masks anew.
    whole.set_special([0, len(whole) - 1] if start else [len(whole) - 1])
    whole.ranges = {min(index, 1): (len(start), len(whole) - 1)}
    return whole


@dataclass(frozen=True, slots=True)
class ByteLevel:
    """Trims white space off the offsets of byte-level tokens."""

    add_prefix_space: bool = True
    trim_offsets: bool = True
    use_regex: bool = True

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return 0

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]:
        """The same encodings with trimmed offsets."""
        if self.trim_offsets:
            _trim(encodings, self.add_prefix_space)
        for index, encoding in enumerate(encodings):
            encoding.set_sequence_id(index)
        return encodings


def _trim(encodings: list[Encoding], add_prefix_space: bool) -> None:
    for encoding in encodings:
        for part in (encoding, *encoding.overflowing):
            trim_offsets(part, add_prefix_space)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a template: a text (0 or 1), or special tokens with their ids."""

    type_id: int
    text: int | None = None
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()


class TemplateProcessing:
    """Special tokens and texts in the order of a template, one for single texts and one for pairs."""

    def __init__(self, single: Sequence[Part], pair: Sequence[Part]) -> None:
        self.single = tuple(single)
        self.pair = tuple(pair)
        texts = [part for part in self.single if part.text is not None]
        #: The first text's part where there is no other: without special tokens that is the whole template.
        self._alone = texts[0] if len(texts) == 1 and texts[0].text == 0 else None

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return sum(len(part.ids) for part in (self.pair if is_pair else self.single))

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]:
        """A row of encodings as the template says.

        Raises InputError where a template asks for a text that is not there.
        """
        if len(encodings) > 2:
            raise InputError("A template takes one text or two.", received=f"{len(encodings)} encodings")
        if len(encodings) == 1 and self._alone is not None and not add_special_tokens:
            encodings[0].set_type_ids(self._alone.type_id)
            encodings[0].set_sequence_id(0)
            return encodings
        row = []
        template = self.single if len(encodings) == 1 else self.pair
        texts = [part.text for part in template]
        for part in template:
            if part.text is None:
                if add_special_tokens:
                    row.append(_special(part.tokens, part.ids, part.type_id, encodings[0]))
                continue
            if part.text >= len(encodings):
                raise InputError("The template for single texts asks for a second text.")
            encoding = encodings[part.text]
            # What overflowed keeps its type and sequence: so does the reference.
            encoding.set_type_ids(part.type_id)
            encoding.set_sequence_id(part.text)
            row.append(encoding.copy() if texts.count(part.text) > 1 else encoding)
        return row


class PostProcessorSequence:
    """Several post-processors, one after the other."""

    def __init__(self, processors: Sequence[PostProcessor]) -> None:
        self.processors = tuple(processors)

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return sum(processor.num_special_tokens_to_add(is_pair) for processor in self.processors)

    def process(self, encodings: list[Encoding], add_special_tokens: bool) -> list[Encoding]:
        """What the last one makes."""
        for processor in self.processors:
            encodings = processor.process(encodings, add_special_tokens)
        return encodings


def load_post_processor(config: Mapping[str, Any] | None) -> PostProcessor | None:
    """The post-processor that `tokenizer.json` describes. Raises ModelError for an unknown or broken one."""
    if config is None:
        return None
    fields = Fields("post-processor", config)
    loaded: PostProcessor
    if fields.kind == "TemplateProcessing":
        loaded = _template(fields)
    elif fields.kind == "BertProcessing":
        loaded = BertProcessing(_token(fields, "sep"), _token(fields, "cls"))
    elif fields.kind == "RobertaProcessing":
        ends = _token(fields, "sep"), _token(fields, "cls")
        loaded = RobertaProcessing(
            *ends, fields.take("trim_offsets", bool), fields.take("add_prefix_space", bool)
        )
    elif fields.kind == "ByteLevel":
        loaded = ByteLevel(
            fields.take("add_prefix_space", bool),
            fields.take("trim_offsets", bool),
            fields.take("use_regex", bool, True),
        )
    elif fields.kind == "Sequence":
        members = [load_post_processor(item) for item in fields.take("processors", list)]
        loaded = PostProcessorSequence([member for member in members if member is not None])
    else:
        raise ModelError(
            f"The post-processor {fields.kind!r} is not supported.",
            expected="TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence or none",
        )
    fields.done()
    return loaded


def _token(fields: Fields, name: str) -> SpecialToken:
    value = fields.take(name, list)
    if len(value) != 2 or not isinstance(value[0], str) or type(value[1]) is not int:
        raise ModelError(f"The field {name!r} of the {fields.name} is wrong.", expected="[token, id]")
    return value[0], value[1]


def _template(fields: Fields) -> TemplateProcessing:
    tokens = fields.take("special_tokens", dict)
    rows = [fields.take(name, list) for name in ("single", "pair")]
    try:
        return TemplateProcessing(*[[_part(item, tokens) for item in row] for row in rows])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The {fields.name} is broken.", received=repr(error)) from error


def _part(item: Mapping[str, Any], tokens: Mapping[str, Any]) -> Part:
    ((kind, content),) = item.items()
    if kind == "Sequence":
        return Part(int(content["type_id"]), ("A", "B").index(content["id"]))
    if kind != "SpecialToken":
        raise ValueError(kind)
    found = tokens[content["id"]]
    ids, names = tuple(map(int, found["ids"])), tuple(map(str, found["tokens"]))
    if len(ids) != len(names):
        raise ValueError("ids and tokens are not of the same length")
    return Part(int(content["type_id"]), ids=ids, tokens=names)
