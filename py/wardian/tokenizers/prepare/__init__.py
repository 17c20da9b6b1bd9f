"""A tokenizer as the kernel reads it: from the content of `tokenizer.json` to one file that is ready at once.

The build prepares the tokenizers of the site; a `tokenizer.json` that is opened is prepared where it is
opened. Vocabulary, merges, classes and patterns become tables that are used in place (`blob.py` has the
format, `wasm/kernels/tokenizers/` the code that reads it). What the kernel has no operation for raises
`NotPreparable`, and the Python encoder runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wardian.tokenizers.prepare.errors import NotPreparable

if TYPE_CHECKING:
    from wardian.tokenizers.vocabulary import Vocabulary

__all__ = ["NotPreparable", "prepare"]


def prepare(config: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> bytes:
    """The prepared form of a tokenizer.

    Args:
        config: the content of `tokenizer.json`.
        vocabulary: the added tokens, where they are not those of the file.

    Raises:
        NotPreparable: the tokenizer has something that only the Python encoder does; the error names it.
        ModelError: the file is broken.

    >>> model = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}
    >>> prepare({"model": model})[:4]
    b'MWTK'
    """
    # Who opens a prepared tokenizer imports this package for its format, and needs nothing of what makes one.
    from wardian.tokenizers.prepare.whole import prepare_tokenizer

    return prepare_tokenizer(config, vocabulary)
