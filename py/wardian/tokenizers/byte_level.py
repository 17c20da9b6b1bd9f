"""Bytes as printable characters: the alphabet of byte-level BPE."""

from __future__ import annotations

import numpy as np

from wardian.tokenizers.aligned import AlignedText

__all__ = ["BYTE_TO_CHAR", "CHAR_TO_BYTE", "to_byte_level"]


def _alphabet() -> list[str]:
    """Printable bytes of Latin-1 stand for themselves, the others for U+0100 and on, in order.

    Source: `bytes_to_unicode` of openai/gpt-2.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


#: The character of each byte: `BYTE_TO_CHAR[0x20]` is "Ġ".
BYTE_TO_CHAR = _alphabet()

CHAR_TO_BYTE = {character: byte for byte, character in enumerate(BYTE_TO_CHAR)}

_TABLE = dict(enumerate(BYTE_TO_CHAR))


def to_byte_level(aligned: AlignedText) -> AlignedText:
    """Each character as its bytes in UTF-8, a character a byte.

    >>> to_byte_level(AlignedText("é !"))
    AlignedText(text='Ã©Ġ!', starts=[0, 0, 1, 2], ends=[1, 1, 2, 3], base=0)
    """
    if aligned.text.isascii():
        return aligned.with_text(aligned.text.translate(_TABLE))
    content = aligned.text.encode()
    if len(content) < 100:
        places = [i for i, character in enumerate(aligned.text) for _ in range(len(character.encode()))]
    else:
        # Bytes 10xxxxxx continue a character.
        first = (np.frombuffer(content, np.uint8) & 0xC0) != 0x80
        places = (np.cumsum(first, dtype=np.int32) - 1).tolist()
    return aligned.moved(content.decode("latin-1").translate(_TABLE), places)
