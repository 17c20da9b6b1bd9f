"""Write `py/wardian/tokenizers/unicode.bin` by asking the reference about every code point.

Hugging Face's `tokenizers` mixes several versions of Unicode, and Python's `unicodedata` differs between
CPython 3.11 and Pyodide's 3.14. So the tables are not taken from any version of Unicode, but from the pinned
wheel itself: `python tests/tokenizers/make_unicode_tables.py` with tokenizers 0.23.3 installed. The names of
the sets are explained in `wardian/tokenizers/unicode_data.py`, which reads the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tokenizers.normalizers import (
    NFC,
    NFD,
    NFKD,
    BertNormalizer,
    Lowercase,
    Nmt,
    Replace,
    StripAccents,
)
from tokenizers.pre_tokenizers import (
    Digits,
    Punctuation,
    UnicodeScripts,
    Whitespace,
    WhitespaceSplit,
)
from unicode_graphemes import grapheme_sets
from unicode_probing import ALL, CODE_POINTS, between, changed, matching, unsettled

from tokenizers import Regex

TARGET = Path(__file__).resolve().parents[2] / "py/wardian/tokenizers/unicode.bin"

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn"
#: These hold what is not assigned, or is for private use.
BROAD = {"Cn", "Co", "Unknown", "Any", "Assigned", "[graph]", "[print]", "[cntrl]", "Noncharacter_Code_Point"}
POSIX = "alnum alpha ascii blank cntrl digit graph lower print punct space upper xdigit word"
#: What Oniguruma knows besides categories and scripts, and patterns ask for.
PROPERTIES = """Alphabetic ASCII_Hex_Digit Case_Ignorable Cased Dash Default_Ignorable_Code_Point Diacritic
Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation Extended_Pictographic Extender
Grapheme_Extend Hex_Digit ID_Continue ID_Start Ideographic Join_Control Lowercase Math
Noncharacter_Code_Point Quotation_Mark Regional_Indicator Sentence_Terminal Terminal_Punctuation
Unified_Ideograph Uppercase Variation_Selector White_Space XID_Continue XID_Start Alnum Punct ASCII Any
Assigned"""
SCRIPTS = """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali
Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham
Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra
Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati
Gunjala_Gondi Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic
Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li
Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu
Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek
Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean
Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian
Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya
Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan
Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar
Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai
Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Unknown Vai Vithkuqi Wancho Warang_Citi Yezidi Yi
Zanabazar_Square"""


# -------------------------------------------------------------------------------------------- the file


def leb128(numbers: Iterable[int]) -> bytes:
    content = bytearray()
    for number in numbers:
        while number > 127:
            content.append(number & 127 | 128)
            number >>= 7
        content.append(number)
    return bytes(content)


def runs(values: Mapping[int, int]) -> Iterator[int]:
    """Runs of code points with one value: the gap before, the length less 1, the value."""
    start, last, value, end = -1, -2, -1, -1
    for code in [*sorted(values), 0x110001]:
        if code == last + 1 and values[code] == value:
            last = code
            continue
        if start >= 0:
            yield from (start - end - 1, last - start, value)
            end = last
        start = last = code
        value = values.get(code, -1)


def section(kind: str, name: str, numbers: Iterable[int]) -> bytes:
    content = leb128(numbers)
    return f"{kind} {name} {len(content)}\n".encode() + content


def store_set(name: str, members: Iterable[int]) -> bytes:
    flat = list(runs(dict.fromkeys(members, 1)))
    return section("s", name, (number for index, number in enumerate(flat) if index % 3 != 2))


def store_mapping(name: str, table: Mapping[int, str]) -> bytes:
    keys = sorted(table)
    steps = [after - before for before, after in zip([0, *keys], keys, strict=False)]
    targets = []
    for key in keys:
        previous = key
        for character in table[key]:
            difference = ord(character) - previous
            targets.append(difference * 2 if difference >= 0 else -difference * 2 - 1)
            previous = ord(character)
    return section("m", name, [len(keys), *steps, *(len(table[key]) for key in keys), *targets])


# ---------------------------------------------------------------------------------------- the questions


def oniguruma_sets() -> Iterator[tuple[str, set[int]]]:
    classes = {name: rf"\p{{{name}}}" for name in f"{CATEGORIES} {PROPERTIES} {SCRIPTS}".split()}
    classes |= {f"[{name}]": f"[:{name}:]" for name in POSIX.split()}
    # Most code points are in none of the others, which is one question.
    others = "".join(pattern for name, pattern in classes.items() if name not in BROAD)
    some = "".join(map(chr, sorted(matching(others))))
    for name, pattern in classes.items():
        yield f"onig:{name}", matching(pattern, ALL if name in BROAD else some)
    # Alone they are not asked as they are inside a class: ½ is \w, but not [\w].
    for name in (r"\w", r"\d", r"\s", r"\h"):
        yield f"onig:{name}", set(map(ord, Replace(Regex(f"{name.upper()}+"), "").normalize_str(ALL)))


def other_sets() -> Iterator[tuple[str, Iterable[int]]]:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    clean = changed(BertNormalizer(**{**off, "clean_text": True}))
    nmt = changed(Nmt())
    yield "rust:whitespace", between(WhitespaceSplit())[2]
    yield "rust:numeric", between(Digits(individual_digits=True))[3]
    words = between(Whitespace())
    yield r"rust:\w", words[1]
    yield r"rust:\s", words[2]
    yield "bert:removed", [code for code, result in clean.items() if result == ""]
    yield "bert:spaces", [code for code, result in clean.items() if result == " "]
    yield "bert:cjk", changed(BertNormalizer(**{**off, "handle_chinese_chars": True}))
    # A letter with an accent becomes the letter; only a mark alone becomes nothing.
    stripped = changed(BertNormalizer(**{**off, "strip_accents": True}))
    yield "bert:Mn", [code for code, result in stripped.items() if result == ""]
    yield "punctuation", between(Punctuation())[3]
    yield "M", changed(StripAccents())
    yield "nmt:removed", [code for code, result in nmt.items() if result == ""]
    yield "nmt:spaces", [code for code, result in nmt.items() if result == " "]


def combining_classes(nfd: Callable[[str], str]) -> dict[int, int]:
    """Canonical combining classes, found by what NFD puts before what.

    One mark of each class stands for it; the numbers are Unicode's, but only their order matters.
    """
    ladder = {1: 0x334, 6: 0x16FF0, 7: 0x93C, 8: 0x3099, 9: 0x94D, 10: 0x5B0, 11: 0x5B1, 12: 0x5B2, 13: 0x5B3}
    ladder |= {14: 0x5B4, 15: 0x5B5, 16: 0x5B6, 17: 0x5B7, 18: 0x5B8, 19: 0x5B9, 20: 0x5BB, 21: 0x5BC}
    ladder |= {
        22: 0x5BD,
        23: 0x5BF,
        24: 0x5C1,
        25: 0x5C2,
        26: 0xFB1E,
        27: 0x64B,
        28: 0x64C,
        29: 0x64D,
        30: 0x64E,
    }
    ladder |= {31: 0x64F, 32: 0x650, 33: 0x651, 34: 0x652, 35: 0x670, 36: 0x711, 84: 0xC55, 91: 0xC56}
    ladder |= {103: 0xE38, 107: 0xE48, 118: 0xEB8, 122: 0xEC8, 129: 0xF71, 130: 0xF72, 132: 0xF74, 202: 0x321}
    ladder |= {
        214: 0x1DCE,
        216: 0x31B,
        218: 0x302A,
        220: 0x323,
        222: 0x59A,
        224: 0x302E,
        226: 0x1D16D,
        228: 0x5AE,
    }
    ladder |= {230: 0x301, 232: 0x315, 233: 0x35C, 234: 0x35D, 240: 0x345}

    def swapped(first: int, second: int) -> bool:
        text = chr(first) + chr(second)
        return nfd(text) == text[::-1] != text

    known = {value: code for value, code in ladder.items() if swapped(code, 0x334) or swapped(0x345, code)}

    def stays(block: str) -> bool:
        """None of these is a mark that moves."""
        text = "a".join(f"{c}\u0334a\u0345{c}" for c in block)
        return nfd(text) == text

    found: dict[int, int] = {}
    for code in map(ord, unsettled(stays)):
        if nfd(chr(code)) == chr(code) and (swapped(code, 0x334) or swapped(0x345, code)):
            [value] = [v for v, mark in known.items() if not swapped(code, mark) and not swapped(mark, code)]
            found[code] = value
    return found


def primary_composites(nfc: Callable[[str], str], nfd: Callable[[str], str]) -> dict[int, str]:
    """The two characters of which NFC makes one, for each that it makes; without Hangul."""
    found = {}
    for code, parts in changed(NFD()).items():
        if 0xAC00 <= code <= 0xD7A3 or nfc(chr(code)) != chr(code):
            continue
        pair = nfc(parts[:-1]) + parts[-1]
        assert len(pair) == 2 and nfc(pair) == chr(code), hex(code)
        found[code] = pair
    return found


def case_folds() -> dict[int, str]:
    """For each character, all that match it under (?i:)."""
    cased = matching(r"\p{Cased}") | set(changed(Lowercase())) | matching(r"\p{L}\p{M}\p{N}\p{S}&&\P{Lo}")
    cased |= {
        code for code in CODE_POINTS if chr(code).upper() != chr(code) or chr(code).casefold() != chr(code)
    }
    text = "".join(map(chr, sorted(cased)))
    found = {}
    for code in cased:
        same = Replace(Regex(f"(?i:[^\\x{{{code:x}}}])+"), "").normalize_str(text)
        if same != chr(code):
            found[code] = same
    return found


def long_folds() -> dict[int, str]:
    """Characters that match several others under (?i:), such as ß and ss, with these."""
    candidates = {c: chr(c).casefold() for c in CODE_POINTS if len(chr(c).casefold()) > 1}
    candidates |= {c: chr(c).lower() for c in CODE_POINTS if len(chr(c).lower()) > 1}
    matched = {c: Replace(Regex(f"(?i:{chr(c)})"), "").normalize_str(text) for c, text in candidates.items()}
    return {code: candidates[code] for code, rest in matched.items() if rest == ""}


def script_classes() -> dict[int, int]:
    """Classes of UnicodeScripts: characters that it does not set apart from one another."""
    split = UnicodeScripts().pre_tokenize_str

    def same(first: str, second: str) -> bool:
        return len(split(first + second)) == 1 == len(split(second + first))

    found: dict[int, int] = {}
    stand_for: dict[str, int] = {}
    last = ""

    def as_last(block: str) -> bool:
        """All join any script, or all are of the class of `last` and neither Latin nor Cyrillic."""
        apart = "".join(c + "aб"[index % 2] for index, c in enumerate(block, 1))
        if not split(block):
            return True
        if not last or len(split("a" + apart)) != 2 * len(block) + 1:
            return False
        if len(split("".join(last + c for c in block) + last)) != 1:
            return False
        found.update(dict.fromkeys(map(ord, block), stand_for[last]))
        return True

    for character in unsettled(as_last):
        # What joins any script is dropped where it stands alone.
        if not split(character):
            continue
        if not (last and same(last, character)):
            last = next((other for other in stand_for if same(other, character)), character)
            stand_for.setdefault(last, len(stand_for) + 1)
        found[ord(character)] = stand_for[last]
    return found


def tables() -> bytes:
    """The content of the file before compression."""
    nfd, nfc = NFD().normalize_str, NFC().normalize_str
    hangul = range(0xAC00, 0xD7A4)
    canonical = {code: result for code, result in changed(NFD()).items() if code not in hangul}
    compatible = {code: result for code, result in changed(NFKD()).items() if code not in hangul}
    sets = [*oniguruma_sets(), *other_sets(), *grapheme_sets()]
    return b"".join(
        [
            *(store_set(name, members) for name, members in sets),
            store_mapping("lower", changed(Lowercase())),
            store_mapping("nfd", canonical),
            store_mapping("nfkd", compatible),
            store_mapping("compositions", primary_composites(nfc, nfd)),
            store_mapping("onig:fold", case_folds()),
            store_mapping("onig:folds", long_folds()),
            section("c", "ccc", runs(combining_classes(nfd))),
            section("c", "scripts", runs(script_classes())),
        ]
    )


def main() -> None:
    content = tables()
    TARGET.write_bytes(zlib.compress(content, 9))
    print(f"{len(content):,} bytes, {TARGET.stat().st_size:,} compressed")


if __name__ == "__main__":
    main()
