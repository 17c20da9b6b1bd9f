"""Excerpts of a text as a constraint, against all excerpts that there are."""

from __future__ import annotations

import re

import pytest
from tests.generation.constrained import answers
from tests.support import assert_grows_linearly

from wardian.errors import InputError
from wardian.generation.constraints import excerpts

TEXTS = [
    "Ann met Ann's dog, Bob.",
    "a b\nc a b",
    "你好 Zoë，ok_ok",
    "x",
    "(one) [two]-3",
    "4,980 or 1.5 at 10:30",
]
WORD = re.compile(r"[\u4e00-\u9fff]|[0-9]+[.,:][0-9]+|[^\W_\u4e00-\u9fff]+")


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_between_borders_of_words_on_a_line(text: str) -> None:
    pieces = excerpts(text, lead=" ")
    starts, ends = ({edge(m) for m in WORD.finditer(text)} for edge in (re.Match.start, re.Match.end))
    wanted = {text[a:b] for a in starts for b in ends if a < b and "\n" not in text[a:b]}
    every = {text[a:b] for a in range(len(text) + 1) for b in range(a, len(text) + 1)}
    for one in every:
        assert pieces.matches(b" " + one.encode()) == (one in wanted), one
        assert not pieces.matches(one.encode()) or one.startswith(" ")
    for scores in range(5):
        [(found, _)] = answers(pieces, scores)
        assert found.decode().removeprefix(" ") in wanted


def test_words_that_are_apart_neither_begin_nor_end_one() -> None:
    pieces = excerpts("on 2 May at 9", apart=[(3, 8)])
    assert pieces.matches(b"on") and pieces.matches(b"on 2 May at") and pieces.matches(b"at 9")
    assert not pieces.matches(b"2 May") and not pieces.matches(b"on 2") and not pieces.matches(b"May at")


def test_a_text_without_words_or_with_half_a_character_is_refused() -> None:
    for text in ("", " \n ", "?!", "\ud800 a"):
        with pytest.raises(InputError):
            excerpts(text)


def test_states_and_cost_grow_with_the_text_alone() -> None:
    words = " ".join(f"word{number % 97} other{number % 31}" for number in range(4_000))
    assert len(excerpts(words[:2_000])) < 3 * 2_000
    assert_grows_linearly(lambda size: excerpts(words[:size]), 4_000)
