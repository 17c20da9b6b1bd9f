"""The bytes of a text, in whichever encoding it was written."""

from __future__ import annotations

import re

from wardian.errors import InputError

__all__ = ["decode_text"]

#: Bytes above ASCII that have another one beside them.
_IN_PAIRS = re.compile(rb"[\x80-\xff]{2,}")


def decode_text(content: bytes, expected: str = "text") -> str:
    """Bytes as the text that they are.

    They are read as UTF-16 where a byte order mark says so, else as UTF-8 if they are that; else as GB 18030
    where letters above ASCII come in pairs of bytes, and as Windows-1252 where they do not.

    >>> decode_text("Zürich".encode("cp1252")), decode_text("北京".encode("gb18030"))
    ('Zürich', '北京')

    Raises InputError, saying that `expected` was, for bytes that are no text.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        # What spreadsheets write in China and in the West: there letters above ASCII come one by one.
        paired = sum(map(len, _IN_PAIRS.findall(content)))
        chinese = 2 * paired > sum(byte > 0x7F for byte in content)
        encodings = ("utf-8-sig", "gb18030", "cp1252") if chinese else ("utf-8-sig", "cp1252", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("The file is no text.", value=f"{len(content):,} bytes", expected=expected)
