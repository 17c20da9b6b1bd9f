"""Topics as a visitor writes them: a label a line, what it means after a colon, examples below it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wardian.errors import InputError, shorten

__all__ = ["LONGEST_LABEL", "MOST_TOPICS", "Topic", "read_topics"]

#: Characters of a label; what it means may be longer.
LONGEST_LABEL = 80
MOST_TOPICS = 100

#: Also the ones that are typed in Chinese: their colon, commas and semicolon are characters of their own.
_COLON = re.compile("[:\uff1a]")
#: Between labels that stand in one line.
_BETWEEN = re.compile("[,;\uff0c\uff1b\u3001]")
_EXAMPLE = re.compile("\\s*[-*\u2022\u2013]\\s+")


@dataclass(frozen=True, slots=True)
class Topic:
    """A label, what it means (empty where nobody says), and texts that belong to it."""

    label: str
    description: str = ""
    examples: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Label and description as one text.

        >>> Topic("billing", "invoices, refunds").sentence, Topic("billing").sentence
        ('billing: invoices, refunds', 'billing')
        """
        return f"{self.label}: {self.description}" if self.description else self.label


def read_topics(text: str) -> list[Topic]:
    """The topics of a text, in their order.

    A line is a label, with a description after a colon if there is one; lines that begin with a dash are
    examples of the label above. A single line without a colon may hold several labels with commas between.

    >>> read_topics("billing: invoices, refunds\\n- Where is my invoice?\\nshipping")[0]
    Topic(label='billing', description='invoices, refunds', examples=('Where is my invoice?',))
    >>> [topic.label for topic in read_topics("dogs, cats")]
    ['dogs', 'cats']

    Raises InputError when there is no label, one twice, one that is too long or has a semicolon, too many, or
    an example that stands before the first label.
    """
    found: list[Topic] = []
    for line in _lines(text):
        example = _EXAMPLE.match(line)
        if example is None:
            found.append(_topic(line))
        elif not found:
            raise InputError(
                "An example stands before the first topic.",
                value=shorten(line, 80),
                expected="a topic above it",
            )
        else:
            found[-1] = replace(found[-1], examples=(*found[-1].examples, line[example.end() :].strip()))
    _check(found)
    return found


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and not _COLON.search(lines[0]):
        return [label.strip() for label in _BETWEEN.split(lines[0]) if label.strip()]
    return lines


def _topic(line: str) -> Topic:
    label, description = (part.strip() for part in [*_COLON.split(line, maxsplit=1), ""][:2])
    if not label or ";" in label:
        raise InputError(
            "This is no topic.", value=shorten(line, 80), expected="a name without semicolons, before a colon"
        )
    if len(label) > LONGEST_LABEL:
        raise InputError(
            "A topic is too long.",
            value=shorten(label, 80),
            expected=f"at most {LONGEST_LABEL} characters",
            received=f"{len(label):,} characters",
            hint="Say what it means after a colon.",
        )
    return Topic(label, description)


def _check(topics: list[Topic]) -> None:
    if not topics:
        raise InputError("There are no topics to choose from.", expected="a topic in each line")
    if len(topics) > MOST_TOPICS:
        raise InputError(
            "There are too many topics.", expected=f"at most {MOST_TOPICS}", received=f"{len(topics):,}"
        )
    seen: set[str] = set()
    for topic in topics:
        key = topic.label.casefold()
        if key in seen:
            raise InputError(
                "A topic is there twice.", value=shorten(topic.label, 80), expected="each topic once"
            )
        seen.add(key)
