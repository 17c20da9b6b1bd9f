"""Text that no tokenizer has seen before, as much as one likes, in the languages of the tests' sentences.

Real text has a few words that come again and again and many that hardly do. So each language here has a
vocabulary invented letter by letter from its sentence (a Markov chain of two letters), and draws from it as
Zipf's law says. Another seed is another text with other words.
"""

from __future__ import annotations

import random
import runpy
from collections.abc import Iterator
from functools import cache
from itertools import islice

from wardian_build import paths

__all__ = ["one_line", "one_word", "passages"]

#: Different words of a language, in one text.
_WORDS = 3000
_PASSAGE = 2000
_END = "\0"


@cache
def _sentences() -> tuple[str, ...]:
    return tuple(runpy.run_path(str(paths.ROOT / "tests" / "tokenizers_texts.py"))["LANGUAGES"])


def passages(seed: int, characters: int) -> list[str]:
    """Passages of about 2,000 characters in turn of all languages, `characters` in all."""
    sources = [
        _sentences_of(random.Random(f"{seed} {index}"), text) for index, text in enumerate(_sentences())
    ]
    found: list[str] = []
    while sum(map(len, found)) < characters:
        source = sources[len(found) % len(sources)]
        passage = ""
        while len(passage) < _PASSAGE:
            passage += next(source)
        found.append(passage)
    return found


def one_line(seed: int, characters: int) -> str:
    """Words of all languages with spaces between, without the end of a line."""
    return " ".join(passages(seed, characters)).replace("\n", " ")[:characters]


def one_word(seed: int, characters: int) -> str:
    """Letters without anything between."""
    source = random.Random(seed)
    return "".join(source.choices("etaoinshrdlcumwfgypbvk", k=characters))


def _sentences_of(source: random.Random, text: str) -> Iterator[str]:
    words = list(dict.fromkeys(islice(_words(source, text), _WORDS)))
    weights = [1 / (rank + 2.7) for rank in range(len(words))]
    while True:
        chosen = source.choices(words, weights, k=source.randrange(6, 24))
        yield " ".join(chosen) + source.choice([". ", ". ", ", ", "? ", "\n"])


def _words(source: random.Random, text: str) -> Iterator[str]:
    """Words whose every three letters follow each other somewhere in the text."""
    chain: dict[str, list[str]] = {}
    for word in text.split():
        spelled = _END * 2 + word + _END
        for i in range(len(spelled) - 2):
            chain.setdefault(spelled[i : i + 2], []).append(spelled[i + 2])
    letters = [letter for letter in text if letter.isalpha()]
    while True:
        word = _END * 2
        while len(word) < 16 and (letter := source.choice(chain[word[-2:]])) != _END:
            # A letter of another word now and then: else short sentences give few words.
            swapped = source.choice(letters) if source.random() < 0.4 else letter
            word += swapped if word[-1] + swapped in chain else letter
        yield word[2:]
