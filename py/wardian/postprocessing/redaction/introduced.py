"""Names that the words around announce: titles, greetings, fields of a form, headers of a mail.

A tagger that learned from sentences of newspapers misses many of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.contractions import CONTRACTION
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_introduced"]

#: A capital, then letters of any alphabet that has capitals: O'Brien, Núñez, McDonald, Jean-Luc, J. No "I'm".
_WORD = rf"(?!{CONTRACTION})[^\W\d_a-zà-öø-ÿ](?:[^\W\d_]|['’-](?=[^\W\d_])){{0,30}}\.?"
_PARTICLE = r"(?:van|von|de|der|den|del|della|da|di|dos|du|la|le|el|al|bin|ibn|ben|ter|y)"
#: "Hi, I'm Zoë" introduces Zoë.
_NAME = rf"(?:{CONTRACTION} )?(?P<name>{_WORD}(?: (?:{_PARTICLE} ){{0,2}}{_WORD}){{0,3}})(?!\w)"
_TITLE = r"(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Sir|Madam|Rev|Capt|Sgt|Lt|Judge|Nurse)"
_GREETING = r"(?:Dear|Hi|Hello|Hey|Good morning|Good afternoon|Good evening)"
_CLOSING = (
    r"(?:[Rr]egards|[Ww]ishes|[Tt]hanks|[Ss]incerely|[Cc]heers|[Ff]aithfully|[Tt]ruly|[Ll]ove|Yours)"
    r"(?: yours)?"
)
_HEADER = r"(?:From|To|Cc|Bcc|Attn|Attention)"
_SAID = r"(?:[Mm]y name is|[Ii] am called|[Tt]his is|[Tt]heir name is|[Hh]er name is|[Hh]is name is)"
#: What fields of forms are called.
_PEOPLE = (
    "name|full name|patient|customer|client|contact|emergency contact|employee|applicant|tenant|author|"
    "signed|signature|reporter|reported by|assignee|manager|deputy|guest|passenger|beneficiary|recipient|"
    "sender|student|pupil|teacher|mentor|doctor|driver|witness|claimant|defendant|plaintiff|account holder|"
    "card ?holder|owner|buyer|seller|parent|mother|father|spouse|husband|wife|next of kin|interviewer|"
    "interviewee|caller|candidate|supervisor|attendee"
)
_ORGANISATIONS = "employer|company|organi[sz]ation|bank|hospital|school|university|insurer|supplier|merchant"
_PLACES = "city|town|state|country|county|place of birth|birthplace|residence|hometown"
_LABEL = r"(?i:(?<!\w)(?:{})(?: name)?)[ \t]{{0,2}}[:=][ \t]{{0,3}}"
#: The rest of a line or of a field.
_VALUE = r"(?P<name>[^\W\d_][^\n;,|:()<>]{1,60})"
_FORMS = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("person", rf"\b{_TITLE}\b\.? {_NAME}"),
        ("person", rf"(?m)^[ \t>]{{0,8}}{_GREETING},? {_NAME}(?=[ ,.!:;)\n–—-]|$)"),
        (
            "person",
            rf"(?m)^[ \t>]{{0,8}}{_HEADER}:[ \t]{{0,4}}[\"']?{_NAME}[\"']?(?=[ \t]{{0,3}}(?:<|$|,|;))",
        ),
        ("person", _LABEL.format(_PEOPLE) + _NAME),
        ("organisation", _LABEL.format(_ORGANISATIONS) + _VALUE),
        ("place", _LABEL.format(_PLACES) + _VALUE),
        (
            "person",
            rf"(?m)^[ \t]{{0,4}}(?:[A-Z][a-z]{{1,10}} ){{0,2}}{_CLOSING}[,.!]?[ \t]{{0,3}}\n\n?[ \t]{{0,4}}"
            rf"{_NAME}(?=[ \t]{{0,3}}(?:\n|$|,))",
        ),
        ("person", rf"\b{_SAID} {_NAME}"),
        # A letter's last line.
        ("person", rf"\n[ \t]{{0,4}}{_NAME}\s{{0,4}}\Z"),
    )
)
#: What stands where a name may stand.
_NO_NAMES = frozenset(
    [
        "Sir",
        "Madam",
        "All",
        "Team",
        "Everyone",
        "Everybody",
        "There",
        "Colleague",
        "Colleagues",
        "Customer",
        "Customers",
        "Friend",
        "Friends",
        "Folks",
        "Support",
        "Hiring",
        "Manager",
        "Sales",
        "Yes",
        "No",
        "None",
        "Unknown",
        "Thanks",
        "The",
        "A",
        "An",
        "This",
        "That",
        "It",
        "Our",
        "Your",
        "My",
        "We",
        "I",
        "You",
        "Human",
        "Resources",
        "Office",
        "Service",
        "Department",
        "Kind",
        "Best",
        "Regards",
        "Unassigned",
        "Anonymous",
        "Ops",
        "Cheers",
        "Love",
        "Yours",
        "Sincerely",
        "End",
        "Page",
        "Total",
        "Approved",
        "Closed",
        "Done",
        "Fixed",
        "Resolved",
        "Open",
        "Pending",
    ]
)


def find_introduced(text: str) -> Iterator[Span]:
    """Names behind titles, greetings, "Name:", "From:", above all a name alone under "Kind regards".

    >>> text = "Dear Ms. Núñez,\\nPatient: Jean-Luc van der Berg\\nBest regards,\\nZoë"
    >>> sorted({text[span.start : span.end] for span in find_introduced(text)})
    ['Jean-Luc van der Berg', 'Núñez', 'Zoë']
    """
    for kind, form in _FORMS:
        for found in form.finditer(text):
            start, end = found.span("name")
            words = text[start:end].split(" ")
            if words[0].rstrip(".") in _TITLES:
                # "Dear Ms. Núñez": the title has a form of its own.
                continue
            kept = next((n for n, word in enumerate(words) if word.rstrip(".") in _NO_NAMES), len(words))
            name = " ".join(words[:kept])
            if len(name) > 2 and name.endswith(".") and not name[-3:-2].isspace():
                name = name[:-1]
            if sum(character.isalpha() for character in name) >= 2:
                yield Span(start, start + len(name.rstrip()), kind)


_TITLES = frozenset(
    [
        "Mr",
        "Mrs",
        "Ms",
        "Mx",
        "Miss",
        "Dr",
        "Prof",
        "Professor",
        "Doctor",
        "Sir",
        "Madam",
        "Rev",
        "Capt",
        "Sgt",
        "Lt",
        "Judge",
        "Nurse",
    ]
)
