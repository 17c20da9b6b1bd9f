"""All finders of patterns, one after another, over a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wardian.postprocessing.redaction.birth_dates import find_birth_dates
from wardian.postprocessing.redaction.cards import find_cards
from wardian.postprocessing.redaction.companies import find_companies
from wardian.postprocessing.redaction.emails import find_emails
from wardian.postprocessing.redaction.ibans import find_ibans
from wardian.postprocessing.redaction.identity_numbers import find_identity_numbers
from wardian.postprocessing.redaction.introduced import find_introduced
from wardian.postprocessing.redaction.logins import find_logins
from wardian.postprocessing.redaction.network import find_network_addresses
from wardian.postprocessing.redaction.phones import find_phones
from wardian.postprocessing.redaction.spans import Span
from wardian.postprocessing.redaction.speakers import find_speakers
from wardian.postprocessing.redaction.streets import find_streets

__all__ = ["FINDERS", "find_patterns"]

Finder = Callable[[str], Iterator[Span]]

#: None of them looks at a character more than a fixed number of times, whatever the text.
FINDERS: tuple[Finder, ...] = (
    find_logins, find_emails, find_ibans, find_cards, find_identity_numbers, find_birth_dates,
    find_network_addresses, find_phones, find_introduced, find_speakers,
    find_companies, find_streets,
)  # fmt: skip


def find_patterns(text: str) -> list[Span]:
    """What all finders find; spans may overlap.

    >>> [span.kind for span in find_patterns("Ask Dr. Chen (chen@example.org), DOB 1 May 1970.")]
    ['email', 'birth_date', 'person']
    """
    return [span for find in FINDERS for span in find(text)]
