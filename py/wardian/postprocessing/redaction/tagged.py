"""From a tagger's entities to spans: kinds, edges, and what is no name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wardian.postprocessing.redaction.spans import Span

__all__ = ["LABELS", "spans_of_entities"]

#: Labels of OntoNotes that name somebody, an organisation or a place; nationalities (NORP) do not.
LABELS = {
    "PERSON": "person", "ORG": "organisation", "GPE": "place", "LOC": "place", "FAC": "place",
}  # fmt: skip

#: Whole pieces without the marks around them.
_PIECE = re.compile(r"[^\W_](?:[^\n]*[\w.)])?")
_POSSESSIVE = re.compile(r"['’]s?\Z")
#: Words of forms and of software that taggers take for names.
_NO_NAMES = frozenset(
    [
        "ssn",
        "iban",
        "dob",
        "nhs",
        "nino",
        "vat",
        "ip",
        "mac",
        "passport",
        "phone",
        "tel",
        "telephone",
        "mobile",
        "fax",
        "email",
        "e-mail",
        "mail",
        "order",
        "invoice",
        "ticket",
        "id",
        "pin",
        "cvv",
        "cvc",
        "bic",
        "swift",
        "subject",
        "date",
        "name",
        "address",
        "from",
        "to",
        "cc",
        "bcc",
        "re",
        "fw",
        "fwd",
        "attn",
        "ps",
        "eta",
        "faq",
        "pdf",
        "csv",
        "json",
        "html",
        "http",
        "https",
        "url",
        "api",
        "sql",
        "hr",
        "ceo",
        "cfo",
        "cto",
        "it",
        "qa",
        "pr",
        "usb",
        "wifi",
        "wi-fi",
        "gps",
        "pc",
        "tv",
        "sms",
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sir",
        "hi",
        "hello",
        "dear",
        "thanks",
        "thank",
        "regards",
        "cheers",
        "best",
        "sincerely",
        "card",
        "visa",
        "mastercard",
        "amex",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "am",
        "pm",
        "ok",
        "okay",
        "note",
        "account",
        "login",
        "password",
        "madam",
        "sir",
        "fyi",
        "asap",
        "ops",
        "team",
        "eur",
        "usd",
        "gbp",
        "chf",
        "dkk",
        "sek",
        "nok",
        "jpy",
        "cny",
        "inr",
        "pln",
        "iso",
        "windows",
        "macos",
        "linux",
        "android",
        "iphone",
        "dni",
        "nie",
    ]
)


def spans_of_entities(entities: Iterable[Mapping[str, Any]]) -> Iterator[Span]:
    """Spans of the kinds of LABELS.

    >>> found = [("GPE", 0, 4), ("DATE", 5, 9)]
    >>> found = [{"entity_group": label, "start": start, "end": end} for label, start, end in found]
    >>> list(spans_of_entities(found))
    [Span(start=0, end=4, kind='place')]
    """
    for entity in entities:
        kind = LABELS.get(str(entity["entity_group"]))
        if kind is not None:
            yield Span(int(entity["start"]), int(entity["end"]), kind)


def as_name(text: str, span: Span) -> Iterator[Span]:
    """The names in a span: by lines, without the marks around, articles and possessives; none where it is
    a word of forms, a number, or too short.

    >>> text = "Ann Lee's\\nTel (Acme)"
    >>> [text[one.start : one.end] for one in as_name(text, Span(0, 20, "person"))]
    ['Ann Lee', 'Tel (Acme)']
    """
    start = span.start
    for line in text[start : span.end].split("\n"):
        found = _PIECE.search(line)
        if found is not None:
            name = _POSSESSIVE.sub("", found.group())
            article = 4 if name[:4].casefold() == "the " else 0
            if _is_name(name[article:], span.kind):
                yield Span(start + found.start() + article, start + found.start() + len(name), span.kind)
        start += len(line) + 1


def _is_name(name: str, kind: str) -> bool:
    letters = sum(character.isalpha() for character in name)
    digits = sum(character.isdigit() for character in name)
    # "Complaint 31/2019" is no organisation, "3M" and "Channel 4" may be.
    is_known = all(word.strip(".,:") in _NO_NAMES for word in name.casefold().split())
    return letters >= 2 and digits <= (0 if kind == "person" else 3) and not is_known
