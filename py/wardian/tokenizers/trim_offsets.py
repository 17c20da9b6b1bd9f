"""Trimming the offsets of byte-level tokens: white space at a token's ends is no part of its range.

Source: `process_offsets` of Hugging Face tokenizers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from wardian.tokenizers.encoding import Encoding

__all__ = ["WHITESPACE", "spaces_around", "trim_offsets"]

#: Unicode's White_Space, and the character that stands for the byte of a space.
WHITESPACE = (
    "Ġ\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def spaces_around(token: str) -> tuple[int, int]:
    """How many characters of white space are at the start and at the end of a token.

    >>> spaces_around("Ġthe"), spaces_around("ĠĠ"), spaces_around("a")
    ((1, 0), (2, 2), (0, 0))
    """
    leading = len(token) - len(token.lstrip(WHITESPACE))
    trailing = len(token) - len(token.rstrip(WHITESPACE))
    return leading, trailing


def trim_offsets(encoding: Encoding, add_prefix_space: bool) -> None:
    """Trim the offsets of an encoding, in place (its arrays are replaced).

    One leading space stays at the start of a text where `add_prefix_space` may have put it there: at the
    first token, and wherever an offset is 0, as in pre-tokenized texts.
    """
    ids, inverse = np.unique(encoding.ids, return_inverse=True)
    spell = encoding.spell
    spaces = np.array([spaces_around(spell(index)) for index in ids.tolist()], np.int32).reshape(-1, 2)
    leading, trailing = spaces[inverse, 0], spaces[inverse, 1]
    for place, surface in encoding.surfaces.items():
        leading[place], trailing[place] = spaces_around(surface)
    starts, ends = encoding.starts, encoding.ends
    if add_prefix_space:
        first = starts == 0
        first[:1] = True
        leading = np.where(first & (leading == 1), 0, leading)
    starts = np.where(leading > 0, np.minimum(starts + leading, ends), starts)
    trimmed = np.maximum(ends - trailing, starts)
    ends = np.where((trailing > 0) & (ends >= trailing), trimmed, ends)
    encoding.set_offsets(starts.astype(np.int32), ends.astype(np.int32))
