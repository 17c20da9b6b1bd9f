"""Pre-tokenizers: split normalized text into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wardian.errors import ModelError
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.fields import flag, load_component, text
from wardian.tokenizers.pre_tokenizers.base import Part, PreTokenizer, Splitter
from wardian.tokenizers.pre_tokenizers.byte_level import GPT2_PATTERN, ByteLevel
from wardian.tokenizers.pre_tokenizers.metaspace import Metaspace
from wardian.tokenizers.pre_tokenizers.splitters import (
    BertPreTokenizer,
    CharDelimiterSplit,
    Digits,
    FixedLength,
    Punctuation,
    Split,
    UnicodeScripts,
    Whitespace,
    WhitespaceSplit,
)

__all__ = [
    "GPT2_PATTERN",
    "BertPreTokenizer",
    "ByteLevel",
    "CharDelimiterSplit",
    "Digits",
    "FixedLength",
    "Metaspace",
    "PreTokenizer",
    "Punctuation",
    "Sequence",
    "Split",
    "Splitter",
    "Stages",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
    "load_pre_tokenizer",
]


class Sequence:
    """Several pre-tokenizers, one after the other.

    >>> cut = Sequence([WhitespaceSplit(), Digits(individual_digits=True)])
    >>> [word.text for word in cut.pre_tokenize([AlignedText("a1 23")])]
    ['a', '1', '2', '3']
    """

    def __init__(self, pretokenizers: Iterable[PreTokenizer]) -> None:
        self.pretokenizers = list(pretokenizers)

    @property
    def independent_at_space(self) -> bool:
        """Whether the first cuts at spaces and all others cut further."""
        parts = self.pretokenizers
        return bool(parts) and parts[0].independent_at_space and all(isinstance(p, Splitter) for p in parts)

    def parts(self) -> list[Part]:
        return [part for pre_tokenizer in self.pretokenizers for part in pre_tokenizer.parts()]

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """The pieces cut further; empty ones are left out."""
        for pre_tokenizer in self.pretokenizers:
            pieces = pre_tokenizer.pre_tokenize(pieces)
        return pieces

    def to_config(self) -> dict[str, Any]:
        return {"type": "Sequence", "pretokenizers": [part.to_config() for part in self.pretokenizers]}


@dataclass(frozen=True, slots=True)
class Stages:
    """A pre-tokenizer taken apart, so that what becomes of a word can be remembered.

    `heads` change whole pieces (a space before the first word), then `splitters` cut them, then `rest`
    changes or cuts the words. `independent`: whether what `rest` makes of a word depends on its text alone.

    >>> stages = Stages.of(ByteLevel())
    >>> len(stages.heads), len(stages.splitters), len(stages.rest), stages.independent
    (1, 1, 1, True)
    """

    heads: tuple[Part, ...]
    splitters: tuple[Splitter, ...]
    rest: tuple[Part, ...]

    @staticmethod
    def of(pre_tokenizer: PreTokenizer | None) -> Stages:
        """The stages of a pre-tokenizer; for None there are none."""
        parts = [] if pre_tokenizer is None else list(pre_tokenizer.parts())
        heads: list[Part] = []
        splitters: list[Splitter] = []
        if any(isinstance(part, Splitter) for part in parts):
            while not isinstance(parts[0], Splitter):
                heads.append(parts.pop(0))
            while parts and isinstance(parts[0], Splitter):
                splitters.append(parts.pop(0))  # type: ignore[arg-type]
        return Stages(tuple(heads), tuple(splitters), tuple(parts))

    def keep(self, text: str) -> bool:
        """Whether a word of this text is known to be left alone by `rest`."""
        return len(self.rest) == 1 and getattr(self.rest[0], "keeps", _changes)(text)

    @property
    def independent(self) -> bool:
        return not any(getattr(part, "depends_on_place", False) for part in self.rest)


def _changes(text: str) -> bool:
    return False


def _load_byte_level(config: Mapping[str, Any]) -> PreTokenizer:
    return ByteLevel(
        add_prefix_space=flag(config, "add_prefix_space"),
        trim_offsets=flag(config, "trim_offsets"),
        use_regex=flag(config, "use_regex") if "use_regex" in config else True,
    )


def _load_metaspace(config: Mapping[str, Any]) -> PreTokenizer:
    """With the fields of older files as the reference reads them: `str_rep` is not used."""
    config.get("str_rep")
    scheme = text(config, "prepend_scheme") if "prepend_scheme" in config else "always"
    if (
        config.get("add_prefix_space") is not None
        and not flag(config, "add_prefix_space")
        and scheme != "never"
    ):
        raise ModelError(
            "The pre-tokenizer Metaspace says two things about a space before the text.",
            value=f"add_prefix_space false, prepend_scheme {scheme}",
            hint="Leave add_prefix_space out, or make prepend_scheme never.",
        )
    split = flag(config, "split") if config.get("split") is not None else True
    return Metaspace(text(config, "replacement"), scheme, split=split)


_LOADERS: dict[str, Callable[[Mapping[str, Any]], PreTokenizer]] = {
    "BertPreTokenizer": lambda config: BertPreTokenizer(),
    "ByteLevel": _load_byte_level,
    "CharDelimiterSplit": lambda config: CharDelimiterSplit(text(config, "delimiter")),
    "Digits": lambda config: Digits(individual_digits=flag(config, "individual_digits")),
    "FixedLength": lambda config: FixedLength(config.get("length", 5)),
    "Metaspace": _load_metaspace,
    "Punctuation": lambda config: Punctuation(config.get("behavior", "Isolated")),
    "Sequence": lambda config: Sequence(
        part for part in map(load_pre_tokenizer, config["pretokenizers"]) if part is not None
    ),
    "Split": lambda config: Split(config["pattern"], config["behavior"], invert=flag(config, "invert")),
    "UnicodeScripts": lambda config: UnicodeScripts(),
    "Whitespace": lambda config: Whitespace(),
    "WhitespaceSplit": lambda config: WhitespaceSplit(),
}


def load_pre_tokenizer(config: Mapping[str, Any] | None) -> PreTokenizer | None:
    """The pre-tokenizer that `tokenizer.json` describes; None for none.

    Raises ModelError for a broken or an unknown one, which it names.

    >>> load_pre_tokenizer({"type": "Digits", "individual_digits": True}).to_config()
    {'type': 'Digits', 'individual_digits': True}
    """
    if config is None:
        return None
    return load_component("pre-tokenizer", config, _LOADERS)
