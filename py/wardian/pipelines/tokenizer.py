"""The tokenizer of a model folder."""

from __future__ import annotations

from wardian.hub import ModelFolder
from wardian.tokenizers import Tokenizer

__all__ = ["read_tokenizer"]


async def read_tokenizer(folder: ModelFolder) -> Tokenizer:
    """The tokenizer that a folder's `tokenizer.json` describes.

    Raises UnknownNameError when the folder has none, ModelError when it cannot be used.
    """
    return Tokenizer.from_bytes(await folder.read("tokenizer.json"))
