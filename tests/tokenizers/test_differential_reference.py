"""Both encoders against Hugging Face `tokenizers` on more than twenty thousand texts: no difference.

Each tokenizer of the catalogue and each real one is called as `differential_compare.calls` says: texts alone,
in pairs, as words, with and without special tokens, in batches. Two processes run ahead of the tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from differential import catalogue
from differential_real import REAL, real_tokenizer
from differential_run import BACKENDS, NAMES, OF_CHARACTERS, blocks, both, differs, texts_of

import tokenizers as reference
from tokenizers_texts import LANGUAGES, LONE_SURROGATES, SPECIAL
from wardian.errors import InputError, ModelError
from wardian.tokenizers import Tokenizer

PROCESSES = 2


def content_of(name: str) -> str:
    return real_tokenizer(name) if name in REAL else json.dumps(catalogue()[name])


@pytest.fixture(scope="module")
def difference_of(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], str | None]]:
    """`differs`, begun for the next tests while one waits for its own."""
    begun: dict[tuple[str, str], Future[str | None]] = {}
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    ahead = [(p["kind"], p["name"]) for p in params if {"kind", "name"} <= p.keys()]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:

        def find(*wanted: str) -> str | None:
            content_of(wanted[1])
            place = ahead.index(wanted)
            for kind, name in ahead[place : place + 2 * PROCESSES]:
                if (kind, name) not in begun and (name == wanted[1] or name not in REAL):
                    begun[kind, name] = pool.submit(differs, kind, name, content_of(name))
            return begun.pop(wanted).result()

        yield find


def test_the_reference_is_the_pinned_one() -> None:
    texts = texts_of("texts")
    assert reference.__version__ == "0.23.3"
    assert len(set(texts)) == len(texts) >= 20_000


@pytest.mark.parametrize(("of", "names"), [("texts", NAMES), ("code points", OF_CHARACTERS)])
def test_together_they_take_everything(of: str, names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        share = [ascii(call.text) for block, by in blocks(name, of) if "python" in by for call in block]
        assert len(share) >= (2000 if of == "texts" else 100)
        taken |= set(share)
    assert taken >= {ascii(text) for text in texts_of(of)} or of == "texts"
    assert len(taken) >= len(texts_of(of))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["texts"])
def test_twenty_thousand_texts(difference_of: Any, kind: str, name: str) -> None:
    found = difference_of(kind, name)
    assert found is None, found


@pytest.mark.parametrize("name", OF_CHARACTERS)
@pytest.mark.parametrize("kind", ["code points"])
def test_every_code_point(difference_of: Any, kind: str, name: str) -> None:
    """Alone on a line, and between two letters."""
    found = difference_of(kind, name)
    assert found is None, found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["ids"])
def test_ids_that_no_text_gives(difference_of: Any, kind: str, name: str) -> None:
    found = difference_of(kind, name)
    assert found is None, found


@pytest.mark.parametrize("by", BACKENDS)
@pytest.mark.parametrize("text", LONE_SURROGATES)
def test_half_a_surrogate_pair_is_refused_by_both(text: str, by: str) -> None:
    tokenizer, theirs = both(content_of("model BPE byte-level"), by)
    with pytest.raises((TypeError, UnicodeEncodeError)):
        theirs.encode(text)
    with pytest.raises(InputError, match="surrogate"):
        tokenizer.encode(text)
    with pytest.raises(InputError, match="surrogate"):
        tokenizer.encode_batch(["fine", text])


#: Look-ups by what they take: a character, a token, a word.
LOOK_UPS = {
    "character": ("char_to_token", "char_to_word"),
    "token": ("token_to_chars", "token_to_word", "token_to_sequence"),
    "word": ("word_to_tokens", "word_to_chars"),
}


@pytest.mark.parametrize("by", BACKENDS)
@pytest.mark.parametrize(
    "config",
    [
        "post_processor BertProcessing",
        "post_processor TemplateProcessing, odd",
        "truncation and padding",
        "normalizer NFKD",
    ],
)
def test_looking_up_characters_tokens_and_words(config: str, by: str) -> None:
    tokenizer, theirs = both(content_of(config), by)
    texts = [*SPECIAL, *LANGUAGES]
    for first, second in zip(texts, reversed(texts), strict=True):
        for pair in (None, second):
            assert_same_look_ups(tokenizer.encode(first, pair), theirs.encode(first, pair))


def assert_same_look_ups(mine: Any, other: Any) -> None:
    assert mine.n_sequences == other.n_sequences
    for what, methods in LOOK_UPS.items():
        for method in methods:
            for index in (*range(20), len(other) - 1, len(other)):
                for sequence in ((),) if what == "token" else ((), (0,), (1,)):
                    if index < 0 or (what == "token" and index >= len(other)):
                        continue
                    expected = getattr(other, method)(index, *sequence)
                    assert getattr(mine, method)(index, *sequence) == expected, (method, index, sequence)


def test_dropout_is_refused_by_name() -> None:
    """It makes ids random: no two runs would agree, so there is nothing to be exact about."""
    config = catalogue()["model BPE unk"]
    with pytest.raises(ModelError, match="dropout"):
        Tokenizer.from_str(json.dumps({**config, "model": {**config["model"], "dropout": 0.1}}))
