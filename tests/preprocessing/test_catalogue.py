"""Lists of visitors' own: what is taken, and what is refused with its reason."""

from __future__ import annotations

import pytest

from support import assert_grows_linearly
from wardian.errors import InputError, ModelError
from wardian.preprocessing.catalogue import MOST_ITEMS, Item, items_from_csv, items_from_json, keywords


def test_columns_are_found_by_their_names() -> None:
    (item,) = items_from_csv("URL,Genre,Summary,Title\nexample.org/a,novel | sea,A whale.,Moby-Dick\n")
    assert item == Item("Moby-Dick", "A whale.", ("novel", "sea"), "example.org/a")
    (chinese,) = items_from_csv("书名\t简介\t标签\n红楼梦\t一部小说\t古典；爱情、家族\n".encode("gb18030"))
    assert (chinese.title, chinese.description, chinese.tags) == (
        "红楼梦",
        "一部小说",
        ("古典", "爱情", "家族"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_encodings(encoding: str, delimiter: str) -> None:
    text = f"title{delimiter}description\nCafé{delimiter}Crème brûlée\n"
    (item,) = items_from_csv(text.encode(encoding))
    assert (item.title, item.description) == ("Café", "Crème brûlée")


def test_titles_are_told_apart_and_rows_without_one_left_out() -> None:
    found = items_from_csv("title,tags\nA,x\nA,y\n,z\nA (2),w\nA,v\n")
    assert [item.title for item in found] == ["A", "A (2)", "A (2) (2)", "A (3)"]
    assert len({item.title for item in found}) == len(found)
    assert [item.tags for item in found] == [("x",), ("y",), ("w",), ("v",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no CSV table"),
        ("\n\n", "no CSV table"),
        ("title\n", "no rows"),
        ("book,author\nEmma,Austen\n", "no column of titles"),
        ("title,tags\n,x\n", "No row of the list has a title"),
        ("title,tags\nEmma\n", "Line 2 has another number of fields"),
        ("title,title\na,b\n", "name the columns"),
        ("title\nEm\0ma\n", "no CSV table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no CSV table"),
        (b"\xff\xfe\x00\xd8t\x00", "no text"),
        ("title\n" + "a\n" * (MOST_ITEMS + 1), "too many rows"),
    ],
)
def test_what_is_no_list_is_refused(content: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        items_from_csv(content)


def test_ten_thousand_rows_of_all_kinds_of_text() -> None:
    rows = ["مرحبا,نص عربي", "🙂🎉,only emoji 👩‍👩‍👧", '"a, b","quoted ""x"""', f"long,{'word ' * 20_000}"]
    text = "title,description\n" + "".join(f"{rows[i % 3]}\n" for i in range(MOST_ITEMS - 1)) + rows[3]
    items = items_from_csv(text)
    assert len(items) == MOST_ITEMS and items[0].title == "مرحبا" and items[2].title == "a, b"
    assert items[-1].text.startswith("long. word word")


def test_titles_that_are_all_the_same_cost_no_more_than_others() -> None:
    assert_grows_linearly(lambda size: items_from_csv("title\n" + "the same\n" * size), 8_000)


def test_keywords_are_what_some_texts_share() -> None:
    texts = ["whale whale whale ship", "whale ship", "bread with butter", "bread with cheese"]
    assert keywords(texts) == [["whale", "ship"], ["ship", "whale"], ["bread", "with"], ["bread", "with"]]
    assert keywords(["the a of", "", "12 34"]) == [[], [], []]
    assert keywords([]) == []


def test_a_shipped_catalogue_is_checked() -> None:
    assert items_from_json({"items": [{"title": "A", "description": "B"}]}, "c") == [Item("A", "B")]
    for broken in ({}, {"items": [{"title": "A"}]}, {"items": [3]}, {"items": None}):
        with pytest.raises(ModelError, match="'c'"):
            items_from_json(broken, "c")
