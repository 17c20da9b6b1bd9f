"""Tokenizers in Python, equal to Hugging Face `tokenizers` in ids, tokens, offsets and masks.

A tokenizer is a row of components, each readable alone:

    text → added tokens → normalizer → pre-tokenizer → model → post-processor → Encoding
                                                                     Encoding.ids → decoder → text

`Tokenizer.from_file("tokenizer.json")` builds the row that a file describes; a component that is not here
yet is refused by name, never skipped.
"""

from wardian.tokenizers.added_tokens import AddedToken
from wardian.tokenizers.decode_stream import DecodeStream
from wardian.tokenizers.encoding import Encoding
from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["AddedToken", "DecodeStream", "Encoding", "Tokenizer"]
