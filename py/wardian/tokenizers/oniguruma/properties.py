r"""The names inside `\p{…}` and `[[:…:]]`."""

from __future__ import annotations

from functools import cache

from wardian.tokenizers.unicode_data import names

__all__ = ["find_posix", "find_property"]

#: Long names of categories and short ones of scripts; the rest is found by its own name.
_ALIASES = {
    "letter": "L", "casedletter": "LC", "uppercaseletter": "Lu", "lowercaseletter": "Ll",
    "titlecaseletter": "Lt", "modifierletter": "Lm", "otherletter": "Lo", "mark": "M",
    "combiningmark": "M", "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me",
    "number": "N", "decimalnumber": "Nd", "letternumber": "Nl", "othernumber": "No", "punctuation": "P",
    "connectorpunctuation": "Pc", "dashpunctuation": "Pd", "openpunctuation": "Ps",
    "closepunctuation": "Pe", "initialpunctuation": "Pi", "finalpunctuation": "Pf",
    "otherpunctuation": "Po", "symbol": "S", "mathsymbol": "Sm", "currencysymbol": "Sc",
    "modifiersymbol": "Sk", "othersymbol": "So", "separator": "Z", "spaceseparator": "Zs",
    "lineseparator": "Zl", "paragraphseparator": "Zp", "other": "C", "control": "Cc", "format": "Cf",
    "privateuse": "Co", "unassigned": "Cn", "punct": "P", "alpha": "Alphabetic", "space": "White_Space",
    "lower": "Lowercase", "upper": "Uppercase", "posixpunct": "[punct]", "word": "[word]",
    "digit": "Nd", "blank": "[blank]", "cntrl": "Cc", "graph": "[graph]",
    "print": "[print]", "xdigit": "[xdigit]", "arab": "Arabic", "armn": "Armenian", "beng": "Bengali",
    "bopo": "Bopomofo", "cher": "Cherokee", "cyrl": "Cyrillic", "deva": "Devanagari", "ethi": "Ethiopic",
    "geor": "Georgian", "grek": "Greek", "gujr": "Gujarati", "guru": "Gurmukhi", "hang": "Hangul",
    "hani": "Han", "hebr": "Hebrew", "hira": "Hiragana", "kana": "Katakana", "khmr": "Khmer",
    "knda": "Kannada", "laoo": "Lao", "latn": "Latin", "mlym": "Malayalam", "mong": "Mongolian",
    "mymr": "Myanmar", "orya": "Oriya", "qaai": "Inherited", "sinh": "Sinhala", "syrc": "Syriac",
    "taml": "Tamil", "telu": "Telugu", "thaa": "Thaana", "thai": "Thai", "tibt": "Tibetan",
    "yiii": "Yi", "zinh": "Inherited", "zyyy": "Common", "zzzz": "Unknown",
}  # fmt: skip


def find_property(name: str) -> str | None:
    """The name of the frozen set, for `code_points`; None for an unknown property.

    >>> find_property("Uppercase Letter"), find_property("han"), find_property("Klingon")
    ('onig:Lu', 'onig:Han', None)
    """
    plain = "".join(character for character in name.lower() if character not in " -_")
    return _by_plain_name().get(plain)


def find_posix(name: str) -> str | None:
    """The same for the name of a POSIX bracket, which is spelled one way only.

    >>> find_posix("alpha"), find_posix("Alpha")
    ('onig:[alpha]', None)
    """
    wanted = f"onig:[{name}]"
    return wanted if wanted in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(name for name in names() if name.startswith("onig:"))


@cache
def _by_plain_name() -> dict[str, str]:
    own = {
        name.removeprefix("onig:").replace("_", "").lower(): name for name in _known() if name[5] not in "\\["
    }
    return own | {alias: f"onig:{name}" for alias, name in _ALIASES.items()}
