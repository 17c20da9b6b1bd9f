"""Check digits: which numbers can be what they look like.

Sources: ISO/IEC 7812-1 (Luhn), ISO 13616 and ISO 7064 (IBAN, mod 97-10), GB 11643-1999 (resident identity
number, mod 11-2), Real Decreto 1553/2005 (DNI, mod 23), NHS Data Dictionary (NHS number, mod 11).
"""

from __future__ import annotations

from datetime import date

__all__ = ["IBAN_LENGTHS", "is_dni", "is_iban", "is_luhn", "is_nhs_number", "is_resident_id"]

#: Characters of an IBAN by country: the register of SWIFT, release 99.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_DIGITS = "10X98765432"
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_luhn(digits: str) -> bool:
    """Whether the last digit is right: every second one from the right counts twice.

    >>> is_luhn("4111111111111111"), is_luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        total += sum(divmod(2 * value, 10)) if place % 2 else value
    return total % 10 == 0


def is_iban(number: str) -> bool:
    """Whether capitals and digits without spaces have their country's length and right check digits.

    >>> is_iban("GB29NWBK60161331926819"), is_iban("GB29NWBK60161331926818"), is_iban("GB29NWBK601613319268")
    (True, False, False)
    """
    if IBAN_LENGTHS.get(number[:2]) != len(number):
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_resident_id(number: str) -> bool:
    """Whether 17 digits and a digit or X are a Chinese resident identity number: region, birthday, check.

    >>> is_resident_id("11010519491231002X"), is_resident_id("110105194912310021")
    (True, False)
    """
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    if not ("11" <= number[:2] <= "82" and "1800" <= number[6:10] <= "2199"):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_DIGITS[total % 11] == number[17].upper()


def is_dni(number: str) -> bool:
    """Whether a Spanish DNI (eight digits) or NIE (X, Y or Z and seven) has its letter.

    >>> is_dni("12345678Z"), is_dni("X1234567L"), is_dni("12345678A")
    (True, True, False)
    """
    digits = {"X": "0", "Y": "1", "Z": "2"}.get(number[0], number[0]) + number[1:8]
    return _DNI_LETTERS[int(digits) % 23] == number[8]


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits have the check digit of the NHS in England and Wales.

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    check = -total % 11
    return check < 10 and check == int(digits[9])
