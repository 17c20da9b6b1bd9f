"""Decoders: tokens back to text.

Each takes a row of tokens and gives a row of strings, which the next one takes; at the end they are joined.

Source: `decoders/` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wardian.errors import ModelError, shorten
from wardian.tokenizers.decoders.steps import (
    CTC,
    BPEDecoder,
    ByteFallback,
    ByteLevel,
    Decoder,
    DecoderSequence,
    Fuse,
    Metaspace,
    Replace,
    Strip,
    WordPieceDecoder,
    byte_of,
    clean_up,
    clean_up_spaces,
    token_bytes,
)
from wardian.tokenizers.fields import Fields

__all__ = [
    "CTC",
    "BPEDecoder",
    "ByteFallback",
    "ByteLevel",
    "Decoder",
    "DecoderSequence",
    "Fuse",
    "Metaspace",
    "Replace",
    "Strip",
    "WordPieceDecoder",
    "byte_of",
    "clean_up",
    "clean_up_spaces",
    "load_decoder",
    "token_bytes",
]


def load_decoder(config: Mapping[str, Any] | None) -> Decoder | None:
    """The decoder that `tokenizer.json` describes. Raises ModelError for an unknown one."""
    if config is None:
        return None
    fields = Fields("decoder", config)
    if fields.kind not in _LOADERS:
        raise ModelError(
            f"The decoder {fields.kind!r} is not supported.", expected=", ".join(_LOADERS) + " or none"
        )
    decoder = _LOADERS[fields.kind](fields)
    fields.done()
    return decoder


def _byte_level(fields: Fields) -> ByteLevel:
    for name in ("add_prefix_space", "trim_offsets", "use_regex"):  # there for the other uses of ByteLevel
        fields.take(name, bool, True)
    return ByteLevel()


def _metaspace(fields: Fields) -> Metaspace:
    scheme = fields.take("prepend_scheme", str, "always")
    if scheme not in ("always", "first", "never"):
        raise ModelError("The prepend_scheme of the decoder 'Metaspace' is unknown.", value=repr(scheme))
    if fields.optional("add_prefix_space", bool) is False:
        scheme = "never"
    fields.optional("str_rep", str)
    return Metaspace(_character(fields, "replacement"), scheme, fields.optional("split", bool) is not False)


def _replace(fields: Fields) -> Replace:
    pattern, content = fields.take("pattern", dict), fields.take("content", str)
    text = pattern.get("String")
    if isinstance(text, str) and text and len(pattern) == 1:
        return Replace(text, content, lambda token: token.replace(text, content))
    from wardian.tokenizers.aligned import AlignedText
    from wardian.tokenizers.normalizers import load_normalizer

    normalizer = load_normalizer({"type": "Replace", "pattern": pattern, "content": content})
    assert normalizer is not None
    return Replace("", content, lambda token: normalizer.normalize(AlignedText(token)).text)


def _character(fields: Fields, name: str) -> str:
    value = fields.take(name, str)
    if len(value) != 1:
        raise ModelError(f"The {name} of the {fields.name} is no character.", received=shorten(value))
    return value


_LOADERS: dict[str, Callable[[Fields], Decoder]] = {
    "BPEDecoder": lambda fields: BPEDecoder(fields.take("suffix", str)),
    "ByteFallback": lambda fields: ByteFallback(),
    "ByteLevel": _byte_level,
    "CTC": lambda fields: CTC(
        fields.take("pad_token", str), fields.take("word_delimiter_token", str), fields.take("cleanup", bool)
    ),
    "Fuse": lambda fields: Fuse(),
    "Metaspace": _metaspace,
    "Replace": _replace,
    "Sequence": lambda fields: DecoderSequence(
        [decoder for item in fields.take("decoders", list) if (decoder := load_decoder(item)) is not None]
    ),
    "Strip": lambda fields: Strip(
        _character(fields, "content"), fields.take("start", int), fields.take("stop", int)
    ),
    "WordPiece": lambda fields: WordPieceDecoder(fields.take("prefix", str), fields.take("cleanup", bool)),
}
