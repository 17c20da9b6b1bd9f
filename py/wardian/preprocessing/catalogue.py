"""Catalogues: items with a title, a description and tags, shipped with the page or from a visitor's CSV."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.errors import InputError, ModelError, shorten
from wardian.preprocessing.csv_table import read_csv

__all__ = ["MOST_ITEMS", "Item", "items_from_csv", "items_from_json", "keywords"]

#: Of a visitor's own list: each is embedded on the device, some dozens a second.
MOST_ITEMS = 10_000

#: Names of the columns, in lower case, as lists of books, films or links have them; the first is ours.
_COLUMNS = {
    "title": ("title", "name", "标题", "名称", "书名", "片名"),
    "description": ("description", "summary", "abstract", "text", "描述", "简介", "说明"),
    "tags": ("tags", "tag", "genre", "genres", "category", "categories", "keywords", "标签", "类别", "分类"),
    "link": ("link", "url", "href", "链接", "网址"),
}
_SEPARATORS = re.compile(r"\s*[,;|、；，]\s*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_KEYWORDS = 8


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be recommended. `title` is its name within the catalogue: no two have the same."""

    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    link: str = ""
    #: Words that tell it from others, the most telling first.
    keywords: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is embedded.

        >>> Item("Emma", "A novel.", ("classic", "comedy")).text
        'Emma. A novel. classic, comedy'
        """
        parts = (self.title.rstrip("."), self.description.rstrip("."), ", ".join(self.tags))
        return ". ".join(part for part in parts if part)


def items_from_csv(content: str | bytes) -> list[Item]:
    """The items of a CSV table with a column `title` and, where they are, `description`, `tags` and `link`.

    Common other names of these columns are taken too (`name`, `summary`, `genre`, `url`, 标题 …). Several
    tags stand in one field, with commas, semicolons or bars between them. A title that comes again is told
    from the first by a number. Rows without a title are left out.

    >>> for item in items_from_csv("Name;Genre\\nEmma;novel|comedy\\nEmma;film\\n"):
    ...     print(item.title, item.tags)
    Emma ('novel', 'comedy')
    Emma (2) ('film',)

    Raises InputError for what `read_csv` refuses, without a column of titles, for a column twice, without a
    title, and for more than 10,000 rows.
    """
    columns = read_csv(content)
    places = _places(list(columns))
    if "title" not in places:
        raise InputError(
            "The list has no column of titles.",
            value=shorten(", ".join(columns), 120),
            expected="a column named title, and description, tags and link if there are any",
            hint="Name the column with the items' names “title”.",
        )
    table = {name: columns[column] for name, column in places.items()}
    rows = [row for row in range(len(table["title"])) if table["title"][row]]
    if not rows or len(rows) > MOST_ITEMS:
        raise InputError(
            "The list has too many rows." if rows else "No row of the list has a title.",
            expected=f"1 to {MOST_ITEMS:,} rows with a title",
            received=f"{len(rows):,}",
            hint="Take a part of it." if rows else None,
        )
    fields = [{name: column[row] or "" for name, column in table.items()} for row in rows]
    words = keywords([f"{field['title']} {field.get('description', '')}" for field in fields])
    seen: Counter[str] = Counter()
    items = []
    for field, telling in zip(fields, words, strict=True):
        tags = tuple(dict.fromkeys(tag for tag in _SEPARATORS.split(field.get("tags", "")) if tag))
        title = _told_apart(field["title"], seen)
        items.append(Item(title, field.get("description", ""), tags, field.get("link", ""), tuple(telling)))
    return items


def items_from_json(content: Mapping[str, Any], name: str) -> list[Item]:
    """The items of a shipped catalogue: `{"items": [{"title", "description", "tags", "keywords"}, …]}`.

    Raises ModelError naming the catalogue when it has another form.
    """
    try:
        return [
            Item(
                str(each["title"]),
                str(each["description"]),
                tuple(map(str, each.get("tags", ()))),
                keywords=tuple(map(str, each.get("keywords", ()))),
            )
            for each in content["items"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The catalogue {name!r} is not one.", expected="items with title and description",
            received=shorten(str(error)),
        ) from error  # fmt: skip


def keywords(texts: Sequence[str], count: int = _KEYWORDS) -> list[list[str]]:
    """The words of each text that tell it from the others, by TF-IDF; the most telling first.

    Words of four letters or more, in lower case, that at least two texts and at most a tenth of them (or two)
    have: a word that no other text has is nothing to have in common.

    >>> keywords(["A sea story of whales.", "Whales!", "Cake with cream.", "Cream and cake."])
    [['whales'], ['whales'], ['cake', 'cream'], ['cake', 'cream']]
    """
    found = [Counter(_WORD.findall(text.lower())) for text in texts]
    documents = Counter(word for words in found for word in words)
    most = max(2, len(texts) // 10)
    weight = {word: math.log(len(texts) / n) for word, n in documents.items() if 2 <= n <= most}
    return [
        sorted((word for word in words if word in weight), key=lambda w: (-words[w] * weight[w], w))[:count]
        for words in found
    ]


def _places(names: Sequence[str]) -> dict[str, str]:
    """Which column of the table is which of ours; the name listed first wins."""
    lower = {name.casefold(): name for name in names}
    places = {}
    for ours, others in _COLUMNS.items():
        found = next((lower[other] for other in others if other in lower), None)
        if found is not None:
            places[ours] = found
    return places


def _told_apart(title: str, seen: Counter[str]) -> str:
    """The title, with a number if it was there before; `seen` counts."""
    name = title
    while seen[name]:
        seen[title] += 1
        name = f"{title} ({seen[title]})"
    seen[name] += 1
    return name
