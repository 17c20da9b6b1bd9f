"""Finders of what identifies people: what they find and leave alone, and that nothing makes them slow."""

from __future__ import annotations

from itertools import pairwise

import pytest

from wardian.postprocessing.redaction import KINDS, Redaction, Span, find_patterns, redactions
from wardian.postprocessing.redaction.check_digits import (
    IBAN_LENGTHS,
    is_iban,
    is_luhn,
    is_nhs_number,
    is_resident_id,
)
from wardian.postprocessing.redaction.same_name import group_names
from wardian.postprocessing.redaction.spans import without_overlaps

FOUND = [
    ("email", "x a.b@mail.example y"),
    ("email", "<jürgen.o'neil+tag@übung-1.example>"),
    ("email", "用户@例子.中国"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "378282246310005"),
    ("card", "30569309025904"),
    ("card", "6011000990139424"),
    ("card", "6200000000000005"),
    ("card", "2223003122003222"),
    ("iban", "gb82west12345698765432"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "NO93 8601 1117 947"),
    ("iban", "SA03 8000 0000 6080 1016 7519"),
    ("iban", "TR33 0006 1005 1978 6457 8413 26"),
    ("phone", "+1 (212) 555-0147"),
    ("phone", "+44 20 7946 0958"),
    ("phone", "0044 20 7946 0958"),
    ("phone", "212-555-0147"),
    ("phone", "(020) 7946 0958"),
    ("phone", "07911123456"),
    ("phone", "138 1234 5678"),
    ("id", "219-09-9998"),
    ("id", "AB 12 34 56 C"),
    ("id", "11010519491231002X"),
    ("id", "X-1234567-L"),
    ("id", "943 476 5919"),
    ("network", "192.168.0.17"),
    ("network", "2001:db8::8a2e:370:7334"),
    ("network", "00-1B-44-11-3A-B7"),
    ("login", "postgres://app:pa55@db.internal:5432/main"),
    ("login", "https://x.example/cb?state=1&access_token=abcdef123"),
    ("place", "221B Baker Street"),
    ("place", "SW1A 2AA"),
    ("organisation", "Müller & Söhne GmbH"),
]

#: The words before make it one; what is marked with ‹› is found.
NAMED = [
    ("phone", "my number is 4711, phone: ‹555 0199›"),
    ("id", "Passport No. ‹X1234567›."),
    ("id", "her driver's license is ‹D1234567› and"),
    ("id", "SSN: ‹219 09 9998›"),
    ("id", "Tax ID ‹98-7654321›"),
    ("birth_date", "born on ‹3rd of May, 1987› in Rome"),
    ("birth_date", "DOB ‹1987-05-03›"),
    ("birth_date", "Date of birth (dd/mm/yyyy): ‹03/05/1987›"),
    ("birth_date", "birthday is ‹May 3, 1987›!"),
    ("birth_date", "出生日期：‹1987年5月3日›"),
    ("login", "The password is ‹Tr0ub4dor&3›."),
    ("network", "ping ‹10.0.0.7› again"),
    ("person", "Dear Ms. ‹Núñez›,"),
    ("person", "met Prof. ‹Chen› there"),
    ("person", "From: ‹Jean-Luc van der Berg› <"),
    ("person", "Patient: ‹Ada Lovelace›, 36"),
    ("person", "Thanks a lot\n\nKind regards,\n‹Zoë›"),
    ("person", "Hello, I'm ‹Anna Smith› and I call"),
    ("person", "Hi I’m ‹Bob Lee›, call me"),
    ("person", "Dear ‹Ada›\nI'm late"),
    ("person", "Hi ‹Ada› it's late"),
    ("person", "see you.\nIt's ‹Zoë Ito›"),
    ("person", "This is ‹D'Angelo O'Brien›."),
    ("organisation", "We're ‹Acme Ltd.›"),
    ("organisation", "Employer: ‹Samsung Electronics›"),
    ("place", "Country: ‹Nevada›"),
]

NOTHING = [
    "",
    " ",
    "4111 1111 1111 1112",
    "GB82 WEST 1234 5698 7654 33",
    "DE89 3704 0044 0532 0130 0",
    "version 10.0.0.7",
    "300.1.1.1",
    "8.3.0.2 and 8.3.1",
    "12:30:45",
    "std::vector",
    "219-00-9998",
    "000-12-3456",
    "110105194912310021",
    "12345678A",
    "01.02.2023 14:30",
    "2023-02-01 12:00",
    "order 10004577",
    "ISBN 978-3-16-148410-0",
    "a@b",
    "foo@localhost",
    "https://example.org/a?b=c",
    "the password must be long",
    "born to run",
    "Dear Sir or Madam,",
    "Dear customer,",
    "This is I'm",
    "52.5200, 13.4050",
    "3 Open Questions",
    "1 1 1 1 1 1 1 1 1 1 1 1 1",
    "0012345678905",
    "Room: 412",
    "1234567890123456789012345",
    "5-11",
    "Best regards,\n",
]


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in without_overlaps(find_patterns(text))]


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_found_by_its_form(kind: str, text: str) -> None:
    number = text.split(" ")[1] if text.startswith("x ") else text.strip("<>")
    assert found(f"🙂 {text}, ok.") == [(kind, number)]


@pytest.mark.parametrize(("kind", "marked"), NAMED)
def test_found_by_the_words_before(kind: str, marked: str) -> None:
    text = marked.replace("‹", "").replace("›", "")
    assert found(text) == [(kind, marked[marked.index("‹") + 1 : marked.index("›")])]


@pytest.mark.parametrize("text", NOTHING)
def test_left_alone(text: str) -> None:
    assert found(text) == []
    assert found(f"see {text} there") == []


def test_every_wrong_digit_is_told() -> None:
    for number, check in (
        ("4012888888881881", is_luhn),
        ("DE89370400440532013000", is_iban),
        ("11010519491231002X", is_resident_id),
    ):
        assert check(number)
        for place, digit in enumerate(number):
            others = [
                other
                for other in "0123456789"
                if digit.isdigit() and other != digit and (place > 3 or check is is_luhn)
            ]
            assert not any(check(number[:place] + other + number[place + 1 :]) for other in others), place
    assert is_nhs_number("9434765919") and not is_nhs_number("9434765918")
    assert all(15 <= length <= 34 for length in IBAN_LENGTHS.values())


def entity(text: str, word: str, label: str) -> dict[str, object]:
    start = text.index(word)
    return {"entity_group": label, "start": start, "end": start + len(word)}


def test_the_same_has_the_same_placeholder() -> None:
    text = (
        "🙂 Maria Lopez met Tom at ACME Corp. Lopez paid with 4111 1111 1111 1111, then 4111111111111111. "
        "MARIA LOPEZ's mail is m@x.example. Acme's Tom Reed left; Mr Reed returned."
    )
    entities = [
        entity(text, "Maria Lopez", "PERSON"), entity(text, "Tom", "PERSON"),
        entity(text, "Tom Reed", "PERSON"), entity(text, "Acme's", "ORG"),
    ]  # fmt: skip
    made = redactions(text, entities)
    assert [(text[one.start : one.end], one.placeholder) for one in made] == [
        ("Maria Lopez", "[PERSON 1]"), ("Tom", "[PERSON 2]"), ("ACME Corp.", "[ORGANISATION 1]"),
        ("Lopez", "[PERSON 1]"), ("4111 1111 1111 1111", "[CARD 1]"), ("4111111111111111", "[CARD 1]"),
        ("MARIA LOPEZ", "[PERSON 1]"), ("m@x.example", "[EMAIL 1]"), ("Acme", "[ORGANISATION 2]"),
        ("Tom Reed", "[PERSON 2]"), ("Reed", "[PERSON 2]"),
    ]  # fmt: skip


def test_a_name_is_of_one_kind() -> None:
    text = "Jordan rose early. Jordan slept. Jordan wept."
    labels = ["PERSON", "GPE", "PERSON"]
    places = [0, 19, 33]
    entities = [
        {"entity_group": label, "start": at, "end": at + 6} for label, at in zip(labels, places, strict=True)
    ]
    assert [(one.kind, one.number) for one in redactions(text, entities)] == [("person", 1)] * 3


def test_spans_lie_one_after_another() -> None:
    text = "\n".join(f"{text}, " * 30 for _, text in FOUND)
    made = redactions(text, [])
    assert len(made) > 50 and all(one.start < one.end for one in made)
    assert all(one.end <= other.start for one, other in pairwise(made))
    assert all(isinstance(one, Redaction) and one.kind in KINDS for one in made)


def test_who_is_meant() -> None:
    names = ["Anna-Maria O'Neil", "O’Neil", "Dr. A.-M. Li", "Li", "Ludwig van Beethoven", "Beethoven", "van"]
    numbers = group_names(names)
    assert (
        numbers["O’Neil"] == numbers["Anna-Maria O'Neil"]
        and numbers["Beethoven"] == numbers["Ludwig van Beethoven"]
    )
    assert len(set(numbers.values())) == 4


def test_of_spans_that_overlap_one_stays() -> None:
    spans = [Span(0, 9, "person"), Span(3, 5, "email"), Span(5, 9, "phone"), Span(8, 12, "id")]
    assert without_overlaps(spans) == [Span(3, 5, "email"), Span(8, 12, "id")]
