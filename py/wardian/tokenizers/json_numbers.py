"""Numbers of `tokenizer.json` as the reference reads them, which is not always the nearest double.

Its JSON parser (serde_json without `float_roundtrip`) takes the digits as an integer of 64 bits, dropping
those that do not fit, and divides or multiplies by a power of ten. Scores that differ in the last bit can
change which of two equal sums is the higher.
"""

from __future__ import annotations

__all__ = ["reference_float"]

_POWERS = [float(f"1e{exponent}") for exponent in range(309)]

#: So few characters hold at most 15 digits: then both ways give the nearest double.
_EXACT = 16


def reference_float(text: str) -> float:
    """The number that the reference reads.

    >>> reference_float("-7.3542095150281925"), float("-7.3542095150281925")
    (-7.354209515028192, -7.3542095150281925)

    Raises ValueError for a number beyond the range of doubles.
    """
    if len(text) <= _EXACT and "e" not in text and "E" not in text:
        return float(text)
    number, _, power = text.lower().partition("e")
    whole, _, fraction = number.lstrip("-").partition(".")
    significand, exponent = int(whole + fraction), int(power or 0) - len(fraction)
    while significand >= 1 << 64:
        significand //= 10
        exponent += 1
    value = float(significand)
    while value and exponent < -308:
        value /= _POWERS[308]
        exponent += 308
    if value and exponent > 308:
        raise ValueError(f"number out of range: {text[:40]}")
    if value:
        value = value * _POWERS[exponent] if exponent >= 0 else value / _POWERS[-exponent]
    return -value if text.startswith("-") else value
