"""Edit tags of words to edits of a text: what a tagger of grammar says, applied to the character.

A tagger gives each word of a sentence one tag (GECToR, Omelianchuk et al. 2020, arXiv:2005.12592): `$KEEP`,
`$DELETE`, `$REPLACE_x`, `$APPEND_x` (after the word), `$CASE_CAPITAL`, `$CASE_LOWER`, `$CASE_UPPER`. Since
one tag cannot say all that is wrong, a mended sentence is tagged again, until nothing changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wardian.errors import ModelError
from wardian.preprocessing.sentences import split_words

__all__ = ["KEEP", "Edit", "TaggedSentence", "apply_edits", "require_edit_tags"]

KEEP, DELETE = "$KEEP", "$DELETE"
_REPLACE, _APPEND, _CASE = "$REPLACE_", "$APPEND_", "$CASE_"
_CASES = ("CAPITAL", "LOWER", "UPPER")

#: Marks that stand without a space after the word before.
_CLOSING = re.compile(r"[.,;:!?)\]}%…’”]")

#: Words of English, and marks. Anything else (numbers, addresses, words of other scripts) is never changed.
_CHANGEABLE = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|[^\w\s]+")

_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class Edit:
    """`replacement` stands for what lies between the characters `start` and `end` (code points)."""

    start: int
    end: int
    replacement: str


@dataclass(slots=True)
class _Word:
    """A word of the text at its place, and the words that stand for it now."""

    start: int
    end: int
    source: str
    now: list[str] = field(default_factory=list)


class TaggedSentence:
    """A sentence of a text that is mended tag by tag and remembers where everything came from.

    >>> sentence = TaggedSentence("Its to late .", 0, 13)
    >>> sentence.words
    ['Its', 'to', 'late', '.']
    >>> sentence.apply(["$REPLACE_It's", "$REPLACE_too", "$KEEP", "$KEEP"])
    True
    >>> sentence.edits()
    [Edit(start=0, end=3, replacement="It's"), Edit(start=4, end=6, replacement='too')]
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start = text, start
        self._slots: list[_Word] = []
        for first, last in split_words(text[start:end]):
            source = text[start + first : start + last]
            self._slots.append(_Word(start + first, start + last, source, [source]))
        # A sentence is written with one kind of apostrophe, and so is what replaces its words.
        self._apostrophe = "’" if "’" in text[start:end] else "'"
        self._seen = {tuple(self._current())}

    @property
    def words(self) -> list[str]:
        """The words as they are now, as a tagger learned to read them: with straight apostrophes."""
        return [word.replace("’", "'") for word in self._current()]

    @property
    def is_english(self) -> bool:
        """Whether there are letters, and most are of the basic Latin alphabet."""
        letters = [letter for slot in self._slots for letter in slot.source if letter.isalpha()]
        return 2 * sum(letter.isascii() for letter in letters) > len(letters)

    def apply(self, tags: Sequence[str]) -> bool:
        """Change the words as one tag for each of `words` says; whether that made a sentence not seen before.

        What would bring back an earlier state of the sentence is not done: taggers may go in circles.
        """
        before = [list(slot.now) for slot in self._slots]
        given = iter(tags)
        for slot in self._slots:
            slot.now = [new for word in slot.now for new in self._changed(word, next(given))]
        state = tuple(self._current())
        if state in self._seen:
            for slot, now in zip(self._slots, before, strict=True):
                slot.now = now
            return False
        self._seen.add(state)
        return True

    def edits(self) -> list[Edit]:
        """What leads from the text to the sentence as it is now: edits in order that do not overlap."""
        found: list[Edit] = []
        free = self._start
        for slot in self._slots:
            if slot.now != [slot.source]:
                found.append(self._edit(slot, free))
                free = found[-1].end
            else:
                free = slot.end
        return found

    def _current(self) -> list[str]:
        return [word for slot in self._slots for word in slot.now]

    def _changed(self, word: str, tag: str) -> list[str]:
        """The words that stand for one after its tag."""
        if tag.startswith(_APPEND):
            return [word, *self._spelled(word, tag.removeprefix(_APPEND))]
        if tag == KEEP or not _CHANGEABLE.fullmatch(word):
            return [word]
        if tag == DELETE:
            return []
        if tag.startswith(_REPLACE):
            return self._spelled(word, tag.removeprefix(_REPLACE))
        return [_cased(word, tag.removeprefix(_CASE))]

    def _spelled(self, word: str, new: str) -> list[str]:
        """The words of a tag, in capitals where the word before was."""
        new = new.replace("'", self._apostrophe)
        if len(word) > 1 and word.isupper() and new.islower():
            new = new.upper()
        return new.split()

    def _edit(self, slot: _Word, free: int) -> Edit:
        """`free`: where the part of the text begins that no word or edit before has taken."""
        text, start, end = self._text, slot.start, slot.end
        blank = free + len(text[free:start].rstrip(_BLANKS))
        if not slot.now:
            # The space before goes, too; at the beginning of a line the one after.
            if blank < start and blank > 0 and text[blank - 1] not in "\r\n":
                return Edit(blank, end, "")
            while end < len(text) and text[end] in _BLANKS:
                end += 1
            return Edit(start, end, "")
        joined = _joined(slot.now)
        if slot.now[0] == slot.source:
            return Edit(end, end, joined[len(slot.source) :])
        if _CLOSING.match(joined) and not _CLOSING.match(slot.source):
            start = blank
        return Edit(start, end, joined)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits that are in order and do not overlap.

    >>> apply_edits("a b", [Edit(0, 1, "A"), Edit(1, 3, "")])
    'A'
    """
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join([*parts, text[done:]])


def require_edit_tags(labels: Sequence[str]) -> None:
    """Raises ModelError for labels that are no edit tags known here.

    >>> require_edit_tags(["$KEEP", "$TRANSFORM_VERB_VB_VBZ"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    wardian.errors.ModelError: ... received $TRANSFORM_VERB_VB_VBZ.
    """
    known = (KEEP, DELETE, *(_CASE + name for name in _CASES))
    unknown = [tag for tag in labels if tag not in known and not tag.startswith((_REPLACE, _APPEND))]
    if unknown or KEEP not in labels:
        raise ModelError(
            "The model's labels are no edit tags.",
            expected=f"{KEEP}, {DELETE}, {_REPLACE}x, {_APPEND}x, " + ", ".join(known[2:]),
            received=", ".join(unknown[:5]) or f"no {KEEP}",
        )


def _joined(words: Sequence[str]) -> str:
    """Words with spaces between, but none before marks that close."""
    return "".join(
        word if index == 0 or _CLOSING.match(word) else " " + word for index, word in enumerate(words)
    )


def _cased(word: str, case: str) -> str:
    """
    >>> _cased("i", "CAPITAL"), _cased("iPhone", "CAPITAL"), _cased("THE", "CAPITAL"), _cased("The", "LOWER")
    ('I', 'IPhone', 'The', 'the')
    """
    if case == "CAPITAL":
        return word.capitalize() if word.isupper() else word[:1].upper() + word[1:]
    return word.upper() if case == "UPPER" else word.lower()
