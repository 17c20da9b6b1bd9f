"""Cutting text into passages."""

from __future__ import annotations

import pytest

from support import assert_grows_linearly
from tokenizers_texts import LANGUAGES, all_texts
from wardian.preprocessing.text import split_passages


def cut(text: str, max_words: int = 100) -> list[str]:
    return [text[start:end] for start, end in split_passages(text, max_words)]


def test_paragraphs_and_sentences() -> None:
    text = "  First one. Second one!\n\n \t\nThird? “Yes.” Fourth\nline.  "
    assert cut(text) == ["First one. Second one!", "Third? “Yes.” Fourth\nline."]
    assert cut(text, 2) == ["First one.", "Second one!", "Third? “Yes.”", "Fourth\nline."]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    words = [f"w{n}" for n in range(25)]
    assert cut(" ".join(words), 10) == [" ".join(words[:10]), " ".join(words[10:20]), " ".join(words[20:])]


def test_abbreviated_names_do_not_end_sentences() -> None:
    assert cut("J. Smith wrote it. It is short.", 5) == ["J. Smith wrote it.", "It is short."]


def test_chinese_needs_no_spaces() -> None:
    """Each ideograph counts as a word, and so does each mark."""
    text = "天是蓝的。草是绿的。花是红的。"
    assert cut(text, 10) == ["天是蓝的。草是绿的。", "花是红的。"]
    assert cut(text, 5) == ["天是蓝的。", "草是绿的。", "花是红的。"]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t \u3000"])
def test_nothing_gives_nothing(text: str) -> None:
    assert split_passages(text) == []


def test_nothing_is_lost_and_nothing_overlaps() -> None:
    for text in [*all_texts(400), "\n\n".join(LANGUAGES), " ".join(LANGUAGES)]:
        for max_words in (1, 7, 100):
            end, between = 0, ""
            for start, stop in split_passages(text, max_words):
                assert end <= start < stop
                between += text[end:start]
                passage = text[start:stop]
                assert passage == passage.strip()
                assert len(passage.split()) <= max_words
                end = stop
            assert (between + text[end:]).strip() == ""


@pytest.mark.parametrize(
    "unit", ["!", ".", " ", "\n", "a", "A. ", "\n \n", "中", "a\n", ")", "?)", "a ", "。"], ids=ascii
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    assert_grows_linearly(lambda size: split_passages(unit * (size // len(unit))), 500_000)
