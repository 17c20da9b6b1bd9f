"""No text makes finders, the comparison of names, or the tokenizer slow. In CPython alone, whose clock counts
the processor's time: a busy machine is no reason to fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support import assert_grows_linearly
from wardian.postprocessing.redaction.finders import FINDERS
from wardian.postprocessing.redaction.same_name import group_names
from wardian.preprocessing.spacy_tokenizer import SpacyTokenizer

#: What comes again and again in the longest texts: beginnings of everything that there is a finder for.
NASTY = [
    "a@",
    "@",
    "1",
    "1 ",
    "1-",
    "(1",
    "a.b.",
    "a:",
    "::",
    "1.",
    "A ",
    "Dear ",
    "://",
    "x://a:b",
    "GB82 ",
    "born ",
    "passport ",
    "password: ",
    "\n",
    "Mr. A ",
    "A: b\n",
    "Name: ",
    "0 ",
    "A-",
    "+1 ",
    "A. ",
    "DOB ",
    "1 A ",
    "Ab ",
]


@pytest.mark.parametrize("finder", FINDERS, ids=lambda finder: finder.__name__)
def test_no_text_makes_a_finder_slow(finder: Callable[[str], object]) -> None:
    for unit in NASTY:
        assert_grows_linearly(lambda size, unit=unit: list(finder(unit * (size // len(unit)) + "!")), 24_000)


def test_a_thousand_cousins_are_not_compared_with_each_other() -> None:
    assert_grows_linearly(
        lambda size: group_names([f"{chr(97 + n % 26)}{n} Smith" for n in range(size)]), 8_000
    )


RULES = {
    "prefix": r"^[(]", "suffix": r"[).]$|\.\.+$", "infix": r"(?<=[a-z])-(?=[a-z])|\.\.+", "url": r"^https?://\S+$",
    "exceptions": {":-)": [[":-)", None]], "co-op": [["co-op", None]]},
}  # fmt: skip


@pytest.mark.parametrize("unit", ["(", ".", "a-", "((a))", ":-)", "x" * 499 + ".", "co-op "])
def test_the_tokenizers_time_grows_with_the_length(unit: str) -> None:
    # A new tokenizer each time: what it remembers of a word would hide what the word costs.
    assert_grows_linearly(lambda size: SpacyTokenizer(RULES)(unit * (size // len(unit))), 60_000)
