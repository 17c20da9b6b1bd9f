"""Topics as visitors write them."""

from __future__ import annotations

import pytest

from wardian.errors import InputError
from wardian.preprocessing.topics import LONGEST_LABEL, MOST_TOPICS, Topic, read_topics


def test_labels_descriptions_and_examples() -> None:
    text = (
        "\n billing : invoices: and refunds \n- Where is my invoice?\n • twice - charged\n\n"
        "退款\uff1a钱 退回来\nלוח זמנים\n🙂"
    )
    assert read_topics(text) == [
        Topic("billing", "invoices: and refunds", ("Where is my invoice?", "twice - charged")),
        Topic("退款", "钱 退回来"),
        Topic("לוח זמנים"),
        Topic("🙂"),
    ]


@pytest.mark.parametrize("line", ["a, b, c", "a;b;c", "a、b,c", " a ,, b , c ,"])
def test_one_line_may_hold_them_all(line: str) -> None:
    assert [topic.label for topic in read_topics(line)] == ["a", "b", "c"]


def test_commas_belong_to_a_label_where_there_are_lines() -> None:
    assert [topic.label for topic in read_topics("bread, butter\nwine")] == ["bread, butter", "wine"]
    assert read_topics("only: this, that") == [Topic("only", "this, that")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no topics"),
        (" \n\t\n", "no topics"),
        (", ,", "no topics"),
        ("a\nA", "twice"),
        ("a: one\na: two", "twice"),
        (": no name\nb", "no topic"),
        ("a; b: both\nc", "no topic"),
        ("- example\na", "before the first topic"),
        ("x" * (LONGEST_LABEL + 1) + "\nb", f"at most {LONGEST_LABEL} characters"),
        ("\n".join(map(str, range(MOST_TOPICS + 1))), f"at most {MOST_TOPICS}"),
    ],
)  # fmt: skip
def test_what_are_no_topics(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_topics(text)
