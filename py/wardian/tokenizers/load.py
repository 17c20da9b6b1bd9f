"""Build a tokenizer out of the content of `tokenizer.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wardian.errors import ModelError, WardianError
from wardian.tokenizers.added_tokens import load_added_tokens
from wardian.tokenizers.decoders import load_decoder
from wardian.tokenizers.models import load_model
from wardian.tokenizers.normalizers import load_normalizer
from wardian.tokenizers.padding import Padding
from wardian.tokenizers.post_processors import load_post_processor
from wardian.tokenizers.pre_tokenizers import load_pre_tokenizer
from wardian.tokenizers.truncation import Truncation

if TYPE_CHECKING:
    from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["load_tokenizer"]

_STRATEGIES = {"LongestFirst": "longest_first", "OnlyFirst": "only_first", "OnlySecond": "only_second"}


def load_tokenizer(content: str | bytes, backend: str = "auto") -> Tokenizer:
    """The tokenizer that the content of a `tokenizer.json` describes.

    Raises ModelError when it is no such file, or has a component that is not supported.
    """
    from wardian.tokenizers.tokenizer import Tokenizer

    try:
        config = json.loads(content)
    except ValueError as error:
        raise ModelError(
            "The tokenizer is not JSON.", expected="tokenizer.json", received=str(error)
        ) from error
    if not isinstance(config, dict) or not isinstance(config.get("model"), dict):
        raise ModelError(
            "This is not a tokenizer.", expected="an object with a `model`, as tokenizer.json has"
        )
    try:
        return Tokenizer(
            normalizer=load_normalizer(config.get("normalizer")),
            pre_tokenizer=load_pre_tokenizer(config.get("pre_tokenizer")),
            model=load_model(config["model"]),
            post_processor=load_post_processor(config.get("post_processor")),
            decoder=load_decoder(config.get("decoder")),
            added_tokens=load_added_tokens(config.get("added_tokens") or ()),
            truncation=_truncation(config.get("truncation")),
            padding=_padding(config.get("padding")),
            config=config,
            backend=backend,
        )
    except WardianError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError("The tokenizer is broken.", received=repr(error)) from error


def _truncation(config: Mapping[str, Any] | None) -> Truncation | None:
    if config is None:
        return None
    return Truncation(
        max_length=config["max_length"],
        stride=config.get("stride", 0),
        strategy=_STRATEGIES[config.get("strategy", "LongestFirst")],
        direction=str(config.get("direction", "Right")).lower(),
    )


def _padding(config: Mapping[str, Any] | None) -> Padding | None:
    if config is None:
        return None
    strategy = config.get("strategy", "BatchLongest")
    return Padding(
        length=strategy["Fixed"] if isinstance(strategy, dict) else None,
        direction=str(config.get("direction", "Right")).lower(),
        pad_id=int(config.get("pad_id", 0)),
        pad_type_id=int(config.get("pad_type_id", 0)),
        pad_token=str(config.get("pad_token", "[PAD]")),
        pad_to_multiple_of=config.get("pad_to_multiple_of"),
    )
