r"""How Hugging Face tokenizers 0.23.3 sees each code point.

The reference mixes several versions of Unicode, and Python's `unicodedata` differs between CPython and
Pyodide. So these tables come from no version of Unicode: `tests/tokenizers/make_unicode_tables.py` asked the
reference about every code point and wrote `unicode.bin`. Surrogates are no characters and in no table.

`code_points(name)` gives sets:

- `onig:Lu` …: general categories, as `\p{Lu}` of Oniguruma; `onig:L`, `onig:P` … are their unions, `onig:LC`
  the cased letters
- `onig:Han` …: scripts, as `\p{Han}`: all that Oniguruma knows
- `onig:Alphabetic` …: other properties (White_Space, Uppercase, Emoji …; `names()` has them all)
- `onig:[alnum]` …: POSIX brackets, as `[[:alnum:]]`
- `onig:\w`, `onig:\d`, `onig:\s`, `onig:\h`: the escapes of Oniguruma outside a class; inside, `\w` is
  `onig:[word]`, which lacks ², ³, ¹, ¼, ½ and ¾
- `rust:\w`, `rust:\s`: the escapes of the crate `regex`, which `Whitespace` uses, and `single_word`, `lstrip`
  and `rstrip` of added tokens
- `rust:whitespace`, `rust:numeric`: `char::is_whitespace` (Strip, WhitespaceSplit, BERT) and
  `char::is_numeric` (Digits)
- `bert:removed`, `bert:spaces`, `bert:cjk`, `bert:Mn`: the steps of `BertNormalizer`
- `punctuation`: set apart by `Punctuation` and `BertPreTokenizer`
- `M`: removed by `StripAccents`
- `nmt:removed`, `nmt:spaces`: `Nmt`
- `grapheme:control` (with CR and LF), `extend` (with ZWJ), `spacing_mark`, `prepend`, `pictographic`, `L`,
  `V`, `T`, `LV`, `LVT`: Grapheme_Cluster_Break, as far as `Precompiled` shows it. Emoji flags are not among
  them: a cluster of more than five bytes is taken character by character

`mapping(name)` gives what a code point becomes, where it changes: `lower` (Lowercase, without context),
`nfd` and `nfkd` (full decompositions; Hangul syllables, which are computed, are left out), `onig:fold` (all
single characters that match it under `(?i:)`, itself included), `onig:folds` (the several characters that one
matches under `(?i:)`: ss for ß), `compositions` (the two characters of a primary composite).

`classes(name)` gives ranges with a number: `ccc` (canonical combining classes), `scripts` (of
`UnicodeScripts`; 0 is the class that joins any, the others are numbered as they appear, after Hiragana,
Katakana and the long vowel mark have become Han).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from wardian.tokenizers.code_points import CodePoints

__all__ = ["classes", "code_points", "combining_class", "compositions", "mapping", "names"]

_CATEGORIES = {
    "L": ("Lu", "Ll", "Lt", "Lm", "Lo"),
    "LC": ("Lu", "Ll", "Lt"),
    "M": ("Mn", "Mc", "Me"),
    "N": ("Nd", "Nl", "No"),
    "P": ("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"),
    "S": ("Sm", "Sc", "Sk", "So"),
    "Z": ("Zs", "Zl", "Zp"),
    "C": ("Cc", "Cf", "Co", "Cn"),
}


def names() -> list[str]:
    """The names of all sets.

    >>> {"onig:Lu", "onig:L", "onig:Han", "rust:whitespace"} <= set(names())
    True
    """
    stored = [name for kind, name in _sections() if kind == "s"]
    return sorted([*stored, *(f"onig:{name}" for name in _CATEGORIES)])


@cache
def code_points(name: str) -> CodePoints:
    r"""The set of that name. Raises KeyError for an unknown one.

    >>> ord("²") in code_points("onig:\\d"), ord("²") in code_points("rust:numeric")
    (False, True)
    """
    parts = _CATEGORIES.get(name.removeprefix("onig:")) if name.startswith("onig:") else None
    if parts:
        return CodePoints(pair for part in parts for pair in code_points(f"onig:{part}").ranges())
    numbers = _numbers(_sections()["s", name])
    ranges, end = [], -1
    for gap, length in zip(numbers, numbers, strict=True):
        start = end + 1 + gap
        end = start + length
        ranges.append((start, end))
    return CodePoints(ranges)


@cache
def mapping(name: str) -> dict[int, str]:
    """What code points become; those that stay as they are, are not in it. Raises KeyError.

    >>> [f"{ord(character):x}" for character in mapping("nfd")[0x1EC7]]
    ['65', '323', '302']
    """
    return dict(_mapping(_sections()["m", name]))


@cache
def classes(name: str) -> list[tuple[int, int, int]]:
    """Ranges (first, last, class) in order; all other code points have class 0. Raises KeyError.

    >>> classes("ccc")[:2]
    [(768, 788, 230), (789, 789, 232)]
    """
    numbers = _numbers(_sections()["c", name])
    ranges, end = [], -1
    for gap, length, value in zip(numbers, numbers, numbers, strict=True):
        start = end + 1 + gap
        end = start + length
        ranges.append((start, end, value))
    return ranges


@cache
def combining_class() -> dict[int, int]:
    """The canonical combining class of every code point where it is not 0.

    >>> combining_class()[0x301], combining_class()[0x323]
    (230, 220)
    """
    return {code: value for start, end, value in classes("ccc") for code in range(start, end + 1)}


@cache
def compositions() -> dict[tuple[int, int], int]:
    """The primary composite of two code points; Hangul, which is computed, is left out.

    >>> chr(compositions()[ord("e"), 0x301])
    'é'
    """
    return {(ord(pair[0]), ord(pair[1])): code for code, pair in mapping("compositions").items()}


# ------------------------------------------------------------------------------------------- the format


@cache
def _sections() -> dict[tuple[str, str], bytes]:
    """The parts of `unicode.bin` by kind (s: set, m: mapping, c: classes) and name.

    Decompressed it is a row of sections: a line `kind name length`, then that many bytes of numbers in
    LEB128 (seven bits a byte, the least first).
    """
    packed = Path(__file__).with_name("unicode.bin").read_bytes()
    content, sections, at = zlib.decompress(packed), {}, 0
    while at < len(content):
        line = content.index(b"\n", at)
        kind, name, length = content[at:line].decode().split(" ")
        at = line + 1 + int(length)
        sections[kind, name] = content[line + 1 : at]
    return sections


def _numbers(content: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in content:
        value |= (byte & 127) << shift
        if byte & 128:
            shift += 7
        else:
            yield value
            value = shift = 0


def _mapping(content: bytes) -> Iterator[tuple[int, str]]:
    """Three columns after their length: steps from key to key, lengths, and the characters.

    The first character is stored as its difference from the key, another from the one before; both zigzag
    (0, −1, 1, −2 …).
    """
    numbers = list(_numbers(content))
    count = numbers[0]
    key, at = 0, 1 + 2 * count
    for step, length in zip(numbers[1 : 1 + count], numbers[1 + count : at], strict=True):
        key += step
        previous, target = key, ""
        for number in numbers[at : at + length]:
            previous += (number >> 1) ^ -(number & 1)
            target += chr(previous)
        at += length
        yield key, target
