"""Write `py/wardian/tokenizers/_unicode.py` by asking the reference about every code point.

Hugging Face's `tokenizers` mixes several versions of Unicode, and Python's `unicodedata` differs between
CPython 3.11 and Pyodide's 3.14. So the tables are not taken from any version of Unicode, but from the pinned
wheel itself: `python tests/tokenizers/make_unicode_tables.py` with tokenizers 0.23.3 installed.
"""

from __future__ import annotations

import textwrap
import unicodedata
from pathlib import Path

from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

import tokenizers

TARGET = Path(__file__).resolve().parents[2] / "py/wardian/tokenizers/_unicode.py"
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def normalizer(**on: bool) -> BertNormalizer:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return BertNormalizer(**{**off, **on})


def spell(members: set[int]) -> str:
    """Code points as ranges in hexadecimal: `300-36f 483-487 591`."""
    ranges: list[list[int]] = []
    for code in sorted(members):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in ranges)


def reordered(code: int) -> bool:
    """Whether the reference moves this mark to its canonical place (knows its combining class)."""
    if not unicodedata.combining(chr(code)):
        return False
    # U+0334 has class 1, the least of all marks; U+0345 has 240, the greatest.
    swapped = NFD().normalize_str(f"{chr(code)}\u0334"), NFD().normalize_str(f"\u0345{chr(code)}")
    return swapped != (f"{chr(code)}\u0334", f"\u0345{chr(code)}")


def assign(name: str, comment: str, content: str) -> str:
    lines = (
        "\n".join(f'    "{line} "' for line in textwrap.wrap(content, 98, break_on_hyphens=False)) or '    ""'
    )
    return f"#: {comment}\n{name} = (\n{lines}\n)\n"


def main() -> None:
    clean, chinese, strip = (
        normalizer(**{k: True}) for k in ("clean_text", "handle_chinese_chars", "strip_accents")
    )
    lower, nfd, split = normalizer(lowercase=True), NFD(), BertPreTokenizer()
    marks = {c for c in CODE_POINTS if strip.normalize_str(chr(c)) == ""}
    punctuation = {c for c in CODE_POINTS if len(split.pre_tokenize_str(f"a{chr(c)}a")) == 3}
    lowercase = {c: lower.normalize_str(chr(c)) for c in CODE_POINTS}
    # Letters that only newer versions of Unicode know: CPython 3.11 (Unicode 14) leaves them as they are.
    late = {c: low for c, low in lowercase.items() if low != chr(c).lower()}
    decomposed = {c for c in CODE_POINTS if nfd.normalize_str(chr(c)) != chr(c)}
    parts = [
        f'"""How Hugging Face tokenizers {tokenizers.__version__} sees each code point;\n'
        "made by `tests/tokenizers/make_unicode_tables.py`, which says why. Ranges are hexadecimal, ends\n"
        'included.\n"""\n',
        assign(
            "REMOVED",
            "Removed by `clean_text`: control and format characters.",
            spell({c for c in CODE_POINTS if clean.normalize_str(chr(c)) == ""}),
        ),
        assign(
            "SPACES",
            "Replaced by a space by `clean_text`.",
            spell({c for c in CODE_POINTS if c != 32 and clean.normalize_str(chr(c)) == " "}),
        ),
        assign(
            "CJK",
            "Set apart with spaces by `handle_chinese_chars`.",
            spell({c for c in CODE_POINTS if chinese.normalize_str(chr(c)) != chr(c)}),
        ),
        assign("MARKS", "Removed by `strip_accents` after decomposition: category Mn.", spell(marks)),
        assign("DECOMPOSED", "Changed by canonical decomposition (NFD).", spell(decomposed)),
        assign(
            "COMBINING",
            "Marks with a canonical combining class that the reference knows.",
            spell({c for c in CODE_POINTS if reordered(c)}),
        ),
        assign("PUNCTUATION", "Set apart by `BertPreTokenizer`.", spell(punctuation)),
        assign(
            "WHITESPACE",
            "Split at by `BertPreTokenizer`.",
            spell({c for c in CODE_POINTS if len(split.pre_tokenize_str(f"a{chr(c)}a")) == 2}),
        ),
        assign(
            "LATE_LOWERCASE",
            "Lower-cased, but not by every supported Python: `from>to`.",
            " ".join(f"{c:x}>{ord(low):x}" for c, low in late.items()),
        ),
    ]
    TARGET.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
