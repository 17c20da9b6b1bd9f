"""The normalization forms of Unicode (UAX 15), over the reference's tables.

Source: Unicode Standard Annex 15; what becomes of the places of characters follows the crate
`unicode-normalization-alignments`, which tells of each character whether it is new (1), takes an old one's
place (0), or takes one and swallows n more (−n).
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from wardian.tokenizers.aligned import AlignedText, Rewriter, places_of
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.normalizers.base import PlainNormalizer
from wardian.tokenizers.oniguruma import Characters, Repeat, Row
from wardian.tokenizers.unicode_data import combining_class, compositions, mapping

__all__ = ["NFC", "NFD", "NFKC", "NFKD"]

#: Hangul syllables are computed: leading consonant, vowel, trailing consonant (Unicode Standard, 3.12).
_S, _L, _V, _T = 0xAC00, 0x1100, 0x1161, 0x11A7
_L_COUNT, _V_COUNT, _T_COUNT = 19, 21, 28
_HANGUL = CodePoints([(_S, _S + _L_COUNT * _V_COUNT * _T_COUNT - 1)])

#: A character, its change, and its combining class.
_Item = tuple[str, int, int]


def _decompose(text: str, table: dict[int, str]) -> list[_Item]:
    """Full decomposition in canonical order: runs of marks sorted by class, stably (D109)."""
    classes, items = combining_class(), []
    run: list[_Item] = []
    for character in text:
        for index, part in enumerate(table.get(ord(character)) or _decompose_hangul(character)):
            item = part, int(index > 0), classes.get(ord(part), 0)
            if item[2] == 0:
                items += sorted(run, key=_class)
                run = []
                items.append(item)
            else:
                run.append(item)
    return items + sorted(run, key=_class)


def _class(item: _Item) -> int:
    return item[2]


def _decompose_hangul(character: str) -> str:
    index = ord(character) - _S
    if not 0 <= index < _L_COUNT * _V_COUNT * _T_COUNT:
        return character
    leading, rest = divmod(index, _V_COUNT * _T_COUNT)
    vowel, trailing = divmod(rest, _T_COUNT)
    return chr(_L + leading) + chr(_V + vowel) + (chr(_T + trailing) if trailing else "")


def _compose_pair(first: str, second: str) -> str | None:
    a, b = ord(first), ord(second)
    if 0 <= a - _L < _L_COUNT and 0 <= b - _V < _V_COUNT:
        return chr(_S + ((a - _L) * _V_COUNT + b - _V) * _T_COUNT)
    if a in _HANGUL and (a - _S) % _T_COUNT == 0 and 0 < b - _T < _T_COUNT:
        return chr(a + b - _T)
    code = compositions().get((a, b))
    return None if code is None else chr(code)


def _compose(items: list[_Item]) -> list[tuple[str, int]]:
    """Canonical composition: each character joins the last starter unless something blocks it (D117)."""
    out: list[tuple[str, int]] = []
    starter, last_class = -1, 0
    for character, change, value in items:
        if starter >= 0 and (last_class == 0 or last_class < value):
            base, base_change = out[starter]
            joined = _compose_pair(base, character)
            if joined is not None:
                out[starter] = joined, base_change + change - 1
                continue
        if value == 0:
            starter = len(out)
        out.append((character, change))
        last_class = value
    return out


class _Form(PlainNormalizer):
    """Rewrites the parts of a text that a form may change; all else passes through one search."""

    compatible: ClassVar[bool]
    composed: ClassVar[bool]

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        return text if text.text.isascii() else _rewriter(self.compatible, self.composed)(text)


class NFD(_Form):
    """Canonical decomposition.

    >>> ascii(NFD().normalize(AlignedText("é각")).text)
    "'e\\\\u0301\\\\u1100\\\\u1161\\\\u11a8'"
    """

    compatible, composed = False, False


class NFKD(_Form):
    """Compatibility decomposition.

    >>> NFKD().normalize(AlignedText("①ﬁ"))
    AlignedText(text='1fi', starts=[0, 1, 1], ends=[1, 2, 2], base=0)
    """

    compatible, composed = True, False


class NFC(_Form):
    """Canonical decomposition, then composition.

    >>> NFC().normalize(AlignedText("e\\u0301!"))
    AlignedText(text='é!', starts=[0, 2], ends=[1, 3], base=0)
    """

    compatible, composed = False, True


class NFKC(_Form):
    """Compatibility decomposition, then canonical composition.

    >>> NFKC().normalize(AlignedText("ｶﾞ")).text
    'ガ'
    """

    compatible, composed = True, True


@cache
def _rewriter(compatible: bool, composed: bool) -> Rewriter:
    table = mapping("nfkd" if compatible else "nfd")

    def rewrite(part: str) -> tuple[str, list[int]]:
        items = _decompose(part, table)
        if composed:
            pairs = _compose(items)
            return "".join(character for character, _ in pairs), places_of(change for _, change in pairs)
        return "".join(item[0] for item in items), places_of(item[1] for item in items)

    marks = CodePoints((code, code) for code in combining_class())
    if not composed:
        moving = CodePoints((code, code) for code in table) | marks | _HANGUL
        return Rewriter(moving, rewrite)
    # What changes alone, and what may join a character before it, also as the head of a decomposition.
    changing = CodePoints((c, c) for c in table if _alone(chr(c), table) != chr(c))
    joining = {second for _, second in compositions()} | {
        *range(_V, _V + _V_COUNT),
        *range(_T + 1, _T + _T_COUNT),
    }
    joining |= {code for code, parts in table.items() if ord(parts[0]) in joining or ord(parts[0]) in marks}
    trouble = changing | marks | CodePoints((code, code) for code in joining)
    before = Repeat(Characters(trouble.complement()), 0, 1)
    return Rewriter(trouble, rewrite, Row((before, Repeat(Characters(trouble), 1, None))))


def _alone(character: str, table: dict[int, str]) -> str:
    return "".join(part for part, _ in _compose(_decompose(character, table)))
