"""How answers of pipelines are compared with transformers', in CPython and in the page."""

from __future__ import annotations

from typing import Any

TOLERANCE = 1e-4
"""Of scores: what the issue asks for. float32 through few layers differs by about 1e-6."""


def difference(found: Any, expected: Any, place: str = "") -> str:
    """Where two answers differ: types, keys, lengths, texts and places exactly, scores by TOLERANCE."""
    if isinstance(expected, float) or isinstance(found, float):
        close = isinstance(found, float) and abs(found - expected) <= TOLERANCE * max(1, abs(expected))
        return "" if close else f"{place}: {found!r} instead of {expected!r}"
    if type(found) is not type(expected):
        return f"{place}: {found!r:.200} instead of {expected!r:.200}"
    if isinstance(expected, dict):
        if list(found) != list(expected):
            return f"{place}: keys {list(found)} instead of {list(expected)}"
        pairs = [(found[key], value, f"{place}.{key}") for key, value in expected.items()]
    elif isinstance(expected, list):
        if len(found) != len(expected):
            return f"{place}: {len(found)} instead of {len(expected)}: {found!r:.300} / {expected!r:.300}"
        pairs = [
            (one, value, f"{place}[{n}]") for n, (one, value) in enumerate(zip(found, expected, strict=True))
        ]
    else:
        return "" if found == expected else f"{place}: {found!r} instead of {expected!r}"
    return next((said for pair in pairs if (said := difference(*pair))), "")
