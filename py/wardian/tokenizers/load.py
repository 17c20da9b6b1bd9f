"""Build a tokenizer out of the content of `tokenizer.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wardian.errors import ModelError, WardianError, shorten
from wardian.tokenizers.added_tokens import load_added_tokens
from wardian.tokenizers.decoders import load_decoder
from wardian.tokenizers.fields import Fields
from wardian.tokenizers.json_numbers import reference_float
from wardian.tokenizers.models import load_model
from wardian.tokenizers.normalizers import load_normalizer
from wardian.tokenizers.padding import Padding
from wardian.tokenizers.post_processors import load_post_processor
from wardian.tokenizers.pre_tokenizers import load_pre_tokenizer
from wardian.tokenizers.truncation import Truncation

if TYPE_CHECKING:
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["VERSION", "load_parts", "load_tokenizer", "parse", "settings_config"]

#: The only version of the format there has been.
VERSION = "1.0"

_FIELDS = {
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
    "decoder", "model",
}  # fmt: skip
_STRATEGIES = {"LongestFirst": "longest_first", "OnlyFirst": "only_first", "OnlySecond": "only_second"}
_DIRECTIONS = {"Right": "right", "Left": "left"}


def parse(content: str | bytes) -> dict[str, Any]:
    """The configuration in the content of a `tokenizer.json`. Raises ModelError when it is none."""
    try:
        config = json.loads(content, parse_float=reference_float)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            "The tokenizer is not JSON.", expected="tokenizer.json", received=str(error)
        ) from error
    if not isinstance(config, dict) or not isinstance(config.get("model"), dict):
        raise ModelError(
            "This is not a tokenizer.", expected="an object with a `model`, as tokenizer.json has"
        )
    return config


def load_tokenizer(content: str | bytes | Mapping[str, Any], backend: str = "auto") -> Tokenizer:
    """The tokenizer that the content of a `tokenizer.json` describes, as text or parsed.

    Raises ModelError, which names the component and the file's version, for what is broken or not supported.
    """
    config = parse(content) if isinstance(content, (str, bytes)) else content
    return load_parts(config, None, backend, None)


def load_parts(
    config: Mapping[str, Any], model: Model | None, backend: str, prepared: bytes | None
) -> Tokenizer:
    """The same, where the model may be loaded already and the prepared form known. Raises ModelError."""
    from wardian.tokenizers.tokenizer import Tokenizer

    version = config.get("version")
    try:
        if version not in (None, VERSION):
            raise ModelError("This version of the format is not known.")
        unknown = sorted(set(config) - _FIELDS)
        if unknown:
            raise ModelError("The tokenizer has fields that are not known: " + ", ".join(unknown) + ".")
        return Tokenizer(
            normalizer=load_normalizer(config.get("normalizer")),
            pre_tokenizer=load_pre_tokenizer(config.get("pre_tokenizer")) if prepared is None else None,
            model=model or load_model(config["model"]),
            post_processor=load_post_processor(config.get("post_processor")),
            decoder=load_decoder(config.get("decoder")),
            added_tokens=load_added_tokens(config.get("added_tokens") or ()),
            truncation=_truncation(config.get("truncation")),
            padding=_padding(config.get("padding")),
            config=config,
            backend=backend,
            prepared=prepared,
        )
    except ModelError as error:
        raise _with_version(error, version) from error
    except WardianError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        broken = ModelError("The tokenizer is broken.", received=shorten(repr(error)))
        raise _with_version(broken, version) from error


def _with_version(error: ModelError, version: object) -> ModelError:
    """The same error, saying which version of the format the file has."""
    return type(error)(
        error.message,
        value=error.value,
        expected=error.expected,
        received=error.received,
        hint=f"The file's version is {shorten(version)}; this reads {VERSION!r}."
        + (f" {error.hint}" if error.hint else ""),
    )


def _truncation(config: Mapping[str, Any] | None) -> Truncation | None:
    if config is None:
        return None
    fields = Fields("truncation", config)
    rule = Truncation(
        max_length=fields.take("max_length", int),
        stride=fields.take("stride", int, 0),
        strategy=_STRATEGIES[fields.take("strategy", str, "LongestFirst")],
        direction=_DIRECTIONS[fields.take("direction", str, "Right")],
    )
    fields.done()
    return rule


def _padding(config: Mapping[str, Any] | None) -> Padding | None:
    if config is None:
        return None
    strategy = config.get("strategy", "BatchLongest")
    if strategy != "BatchLongest" and not (isinstance(strategy, dict) and set(strategy) == {"Fixed"}):
        raise ModelError("The strategy of the padding is not known.", received=shorten(strategy))
    fields = Fields("padding", {name: value for name, value in config.items() if name != "strategy"})
    rule = Padding(
        length=strategy["Fixed"] if isinstance(strategy, dict) else None,
        direction=_DIRECTIONS[fields.take("direction", str, "Right")],
        pad_id=fields.take("pad_id", int, 0),
        pad_type_id=fields.take("pad_type_id", int, 0),
        pad_token=fields.take("pad_token", str, "[PAD]"),
        pad_to_multiple_of=fields.optional("pad_to_multiple_of", int),
    )
    fields.done()
    return rule


def settings_config(truncation: Truncation | None, padding: Padding | None) -> dict[str, Any]:
    """Truncation and padding as `tokenizer.json` has them.

    >>> settings_config(None, Padding(8))["padding"]["strategy"]
    {'Fixed': 8}
    """
    strategies = {name: spelled for spelled, name in _STRATEGIES.items()}
    config: dict[str, Any] = {"truncation": None, "padding": None}
    if truncation is not None:
        config["truncation"] = {
            "direction": truncation.direction.title(),
            "max_length": truncation.max_length,
            "strategy": strategies[truncation.strategy],
            "stride": truncation.stride,
        }
    if padding is not None:
        config["padding"] = {
            "strategy": "BatchLongest" if padding.length is None else {"Fixed": padding.length},
            "direction": padding.direction.title(),
            "pad_to_multiple_of": padding.pad_to_multiple_of,
            "pad_id": padding.pad_id,
            "pad_type_id": padding.pad_type_id,
            "pad_token": padding.pad_token,
        }
    return config
