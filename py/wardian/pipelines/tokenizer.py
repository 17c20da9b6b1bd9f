"""The tokenizer of a model folder."""

from __future__ import annotations

from importlib.util import find_spec

from wardian.errors import ModelError
from wardian.hub import ModelFolder
from wardian.tokenizers import Tokenizer

__all__ = ["read_tokenizer"]

_PREPARED = "tokenizer.bin"
"""What the build made of `tokenizer.json`, for the native encoder."""


async def read_tokenizer(folder: ModelFolder) -> Tokenizer:
    """The tokenizer that a folder's `tokenizer.json` describes; out of its prepared form where that is there.

    Raises UnknownNameError when the folder has none, ModelError when it cannot be used.
    """
    if folder.has(_PREPARED) and find_spec("wardian_kernels") is not None:
        prepared = await folder.read(_PREPARED)
        try:
            return Tokenizer.from_prepared(prepared)
        except ModelError:
            pass  # made for another version of the kernel: the file that it was made of has it all
    return Tokenizer.from_bytes(await folder.read("tokenizer.json"))
