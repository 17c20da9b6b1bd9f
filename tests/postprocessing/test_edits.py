"""Edit tags become edits: worked by hand, to the character."""

from __future__ import annotations

import pytest

from wardian.errors import ModelError
from wardian.postprocessing.edits import KEEP, Edit, TaggedSentence, apply_edits, require_edit_tags
from wardian.preprocessing.sentences import split_sentences


def mended(text: str, tags: dict[str, str]) -> str:
    """The whole text as one sentence, after one pass in which some words have a tag."""
    sentence = TaggedSentence(text, 0, len(text))
    sentence.apply([tags.get(word, KEEP) for word in sentence.words])
    return apply_edits(text, sentence.edits())


@pytest.mark.parametrize(
    ("text", "tags", "right"),
    [
        ("Its late.", {"Its": "$REPLACE_It's"}, "It's late."),
        ("a  very\tgood day", {"very": "$DELETE"}, "a\tgood day"),
        ("So we left", {"So": "$DELETE"}, "we left"),
        ("one\n  um two", {"um": "$DELETE"}, "one\n  two"),
        ("good very.", {"very": "$DELETE"}, "good."),
        ("However we left", {"However": "$APPEND_,"}, "However, we left"),
        ("we  went", {"we": "$APPEND_then"}, "we then  went"),
        ("this ; that", {";": "$REPLACE_,"}, "this , that"),
        ("this and that", {"and": "$REPLACE_,"}, "this, that"),
        ("i said THE", {"i": "$CASE_CAPITAL", "THE": "$CASE_LOWER"}, "I said the"),
        ("the usa", {"usa": "$CASE_UPPER", "the": "$CASE_CAPITAL"}, "The USA"),
        ("THEIR IS", {"THEIR": "$REPLACE_there"}, "THERE IS"),
        # Inserted in front of what it is made of, a replacement is still a replacement.
        ("the same", {"the": "$REPLACE_then"}, "then same"),
        # What is no English word stays: numbers, addresses, other scripts.
        ("in 2019 we", {"2019": "$DELETE"}, "in 2019 we"),
        ("to a@b.org 好", {"a@b.org": "$DELETE", "好": "$REPLACE_a"}, "to a@b.org 好"),
        ("in 2019 we", {"2019": "$APPEND_,"}, "in 2019, we"),
        ("🙂 its\r\n\r\nlate", {"its": "$REPLACE_it's"}, "🙂 it's\r\n\r\nlate"),
    ],
)
def test_one_pass(text: str, tags: dict[str, str], right: str) -> None:
    assert mended(text, tags) == right


def test_edits_are_independent_of_each_other() -> None:
    text = "um um yes yes"
    sentence = TaggedSentence(text, 0, len(text))
    sentence.apply(["$DELETE", "$DELETE", KEEP, "$DELETE"])
    assert sentence.edits() == [Edit(0, 3, ""), Edit(3, 6, ""), Edit(9, 13, "")]
    assert apply_edits(text, sentence.edits()[1:]) == "um yes"
    assert apply_edits(text, sentence.edits()) == "yes"


def test_apostrophes_are_those_of_the_sentence() -> None:
    text = "I don’t know, its late"
    sentence = TaggedSentence(text, 0, len(text))
    assert sentence.words == ["I", "don't", "know", ",", "its", "late"]
    sentence.apply([KEEP, KEEP, KEEP, KEEP, "$REPLACE_it's", KEEP])
    assert sentence.edits() == [Edit(14, 17, "it’s")]


def test_passes_compose_and_do_not_go_in_circles() -> None:
    text = "x. They has ate it."
    sentence = TaggedSentence(text, 3, len(text))
    assert sentence.apply([KEEP, "$REPLACE_have", KEEP, KEEP, KEEP])
    assert sentence.words == ["They", "have", "ate", "it", "."]
    assert sentence.apply([KEEP, "$APPEND_then", "$REPLACE_eaten", KEEP, KEEP])
    assert sentence.words == ["They", "have", "then", "eaten", "it", "."]
    assert sentence.edits() == [Edit(8, 11, "have then"), Edit(12, 15, "eaten")]
    back = [KEEP, "$REPLACE_has", "$DELETE", "$REPLACE_ate", KEEP, KEEP]
    assert not sentence.apply(back)
    assert apply_edits(text, sentence.edits()) == "x. They have then eaten it."


def test_what_is_english() -> None:
    assert [TaggedSentence(text, 0, len(text)).is_english for text in ("Hi 好", "好的 a", "🙂", "12.")] == [
        True,
        False,
        False,
        False,
    ]


def test_labels_that_are_no_edits_are_refused() -> None:
    require_edit_tags([KEEP, "$DELETE", "$REPLACE_a", "$APPEND_,", "$CASE_UPPER"])
    with pytest.raises(ModelError, match="received B-PER"):
        require_edit_tags([KEEP, "B-PER"])
    with pytest.raises(ModelError, match=r"no \$KEEP"):
        require_edit_tags(["$DELETE"])


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("Hi Anna,\nIts nice.\n\n- a\n- b", ["Hi Anna,", "Its nice.", "- a", "- b"]),
        ("It is a\r\nlong line. J. Doe, Dr. Roe left.", ["It is a\r\nlong line.", "J. Doe, Dr. Roe left."]),
        ("“So did I.” He left... Then", ["“So did I.”", "He left...", "Then"]),
        ("Version 1.5 of a.b is out", ["Version 1.5 of a.b is out"]),
        (" \n\n ", []),
    ],
)  # fmt: skip
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


def test_a_sentence_without_end_is_cut_between_words() -> None:
    text = "word " * 200 + "end"
    parts = split_sentences(text)
    assert [len(text[start:end].split()) for start, end in parts] == [80, 80, 41]
    assert text[parts[-1][0] :].endswith("end")
