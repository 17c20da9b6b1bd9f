"""BERT's tokenizer against Hugging Face `tokenizers`: thousands of texts, all code points, all settings."""

from __future__ import annotations

import json
import random
import unicodedata
from itertools import product
from typing import Any

import pytest

import tokenizers as reference
from support import TESTS
from tokenizers_texts import CODE_POINTS, LANGUAGES, SPECIAL, all_texts
from wardian.errors import ModelError
from wardian.hub import find_models_dir
from wardian.tokenizers import Tokenizer

TEXTS = all_texts()
FIELDS = ("ids", "tokens", "offsets", "type_ids", "special_tokens_mask", "attention_mask")

Config = dict[str, Any]


def test_the_reference_is_the_pinned_one() -> None:
    assert reference.__version__ == "0.23.3"
    assert len(TEXTS) >= 2000


def small() -> Config:
    return dict(json.loads((TESTS / "golden" / "wordpiece.json").read_text("utf-8"))["tokenizer"])


def full() -> Config:
    try:
        path = find_models_dir() / "all-MiniLM-L6-v2" / "tokenizer.json"
        return dict(json.loads(path.read_text("utf-8")))
    except (ModelError, FileNotFoundError):
        pytest.skip("the models are not built: python build.py site")


def both(config: Config) -> tuple[Tokenizer, reference.Tokenizer]:
    content = json.dumps(config)
    return Tokenizer.from_str(content), reference.Tokenizer.from_str(content)


def assert_same(ours: Any, theirs: Any, about: object) -> None:
    for field in FIELDS:
        assert list(getattr(ours, field)) == list(getattr(theirs, field)), (field, about)


def test_two_thousand_texts_as_minilm_ships() -> None:
    """With the truncation to 128 and the fixed padding to 128 that the file has baked in."""
    ours, theirs = both(full())
    for text in TEXTS:
        assert_same(ours.encode(text), theirs.encode(text), text)


def test_two_thousand_texts_whole() -> None:
    ours, theirs = both({**full(), "truncation": None, "padding": None})
    for text in TEXTS:
        ours_, theirs_ = ours.encode(text), theirs.encode(text)
        assert_same(ours_, theirs_, text)
        assert ours.decode(ours_.ids) == theirs.decode(theirs_.ids), text
        assert ours.decode(ours_.ids, skip_special_tokens=False) == theirs.decode(
            theirs_.ids, skip_special_tokens=False
        )
    for text in TEXTS[::5]:
        assert_same(
            ours.encode(text, add_special_tokens=False), theirs.encode(text, add_special_tokens=False), text
        )


def test_every_code_point() -> None:
    ours, theirs = both({**full(), "truncation": None, "padding": None})
    for start in range(0, len(CODE_POINTS), 2000):
        group = CODE_POINTS[start : start + 2000]
        text = " ".join(f"a{chr(code)}b" for code in group)
        assert_same(ours.encode(text), theirs.encode(text), f"U+{group[0]:04X}…")


@pytest.mark.parametrize(
    ("clean", "chinese", "accents", "lower"),
    list(product([True, False], [True, False], [True, False, None], [True, False])),
)
def test_every_setting_of_the_normalizer(
    clean: bool, chinese: bool, accents: bool | None, lower: bool
) -> None:
    normalizer = {
        "type": "BertNormalizer",
        "clean_text": clean,
        "handle_chinese_chars": chinese,
        "strip_accents": accents,
        "lowercase": lower,
    }
    ours, theirs = both({**small(), "normalizer": normalizer, "truncation": None})
    for text in [*SPECIAL, *LANGUAGES, *TEXTS[-200:]]:
        assert_same(ours.encode(text), theirs.encode(text), text)


def test_reordered_marks() -> None:
    """Marks that survive and move: the reference aligns them by position."""
    source = random.Random(7)
    marks = "\u302e\u302f\U0001d165\U0001d16d\U0001d171\u0898\u08d4\u0301\u0316\u0323\u0334\u0345\u1abf"
    letters = "aéoñ中\u1ec7\U0001d15e 한z"
    ours, theirs = both({**full(), "truncation": None, "padding": None})
    for _ in range(1500):
        text = "".join(
            source.choice(letters if source.random() < 0.4 else marks) for _ in range(source.randrange(2, 15))
        )
        assert_same(ours.encode(text), theirs.encode(text), text)


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("strategy", ["longest_first", "only_first", "only_second"])
def test_truncation_of_pairs(strategy: str, direction: str) -> None:
    ours, theirs = both({**small(), "truncation": None})
    texts = ["", "a", "a b c", "the people are born free and equal", LANGUAGES[0] * 2]
    compared = 0
    for first, second, length in product(texts, texts, range(3, 30)):
        ours.enable_truncation(length, strategy=strategy, direction=direction)
        theirs.enable_truncation(length, strategy=strategy, direction=direction)
        try:
            expected = theirs.encode(first, second)
        except BaseException:  # the reference panics where there is nothing left to cut
            with pytest.raises(ValueError):
                ours.encode(first, second)
            continue
        assert_same(ours.encode(first, second), expected, (first, second, length))
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("multiple", [None, 8])
@pytest.mark.parametrize("length", [None, 7, 40])
def test_padding(direction: str, multiple: int | None, length: int | None) -> None:
    ours, theirs = both({**small(), "truncation": None})
    settings: Any = {
        "direction": direction, "pad_id": 3, "pad_type_id": 1, "pad_token": "[PAD]", "length": length,
        "pad_to_multiple_of": multiple,
    }  # fmt: skip
    ours.enable_padding(**settings)
    theirs.enable_padding(**settings)
    batch: Any = ["a", "", "all human beings", ("one", "two three"), LANGUAGES[0]]
    for mine, expected in zip(ours.encode_batch(batch), theirs.encode_batch(batch), strict=True):
        assert_same(mine, expected, batch)


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("single_word", [True, False])
@pytest.mark.parametrize(("lstrip", "rstrip"), [(True, False), (False, True), (True, True), (False, False)])
def test_added_tokens(normalized: bool, single_word: bool, lstrip: bool, rstrip: bool) -> None:
    config = full()
    flags = {"single_word": single_word, "lstrip": lstrip, "rstrip": rstrip, "normalized": normalized}
    # The reference gives new tokens the next ids, whatever the file says.
    contents = ["<x>", "ÉtÉ", "zzq", "zzqq", "A B"]
    added = [{"id": 30522 + i, "content": c, "special": i == 0, **flags} for i, c in enumerate(contents)]
    added.append({"id": config["model"]["vocab"]["free"], "content": "free", "special": False, **flags})
    config["added_tokens"] = [*config["added_tokens"], *added]
    ours, theirs = both({**config, "truncation": None, "padding": None})
    texts = [
        "<x>",
        "a <x> b",
        "  <x>\t\n<x>  ",
        "<x><x>",
        "a<x>b",
        "_<x>_",
        "un étés ÉtÉ ete",
        "zzq zzqq azzq zzqqq",
        "中 中文",
        "A B a b A  B",
        "[MASK]<x>[MASK]",
        "e\u0301te\u0301 zzq\u0301",
        "x\u00a0<x>\u2003y",
        "born free and freedom free.",
        "\x00zzq\x00",
        "ÉtÉ[SEP]zzq",
    ]
    for text in [*texts, *LANGUAGES[:10]]:
        mine, expected = ours.encode(text), theirs.encode(text)
        assert_same(mine, expected, text)
        assert ours.decode(mine.ids) == theirs.decode(expected.ids), text


def test_what_touches_a_single_word() -> None:
    """All characters that Unicode 14 has; versions of Python differ in the newer ones."""
    config = small()
    flags = {"single_word": True, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    word = {"id": len(config["model"]["vocab"]), "content": "zzq", **flags}
    config["model"]["vocab"]["zzq"] = word["id"]
    config["added_tokens"] = [*config["added_tokens"], word]
    ours, theirs = both({**config, "truncation": None})
    for code in [*range(0x3100), *range(0xA000, 0xAC00), *range(0xF900, 0x11000), *range(0x1F000, 0x1F800)]:
        character = chr(code)
        if unicodedata.category(character) not in ("Cn", "Cs"):
            text = f"zzq{character} {character}zzq"
            assert_same(ours.encode(text), theirs.encode(text), f"U+{code:04X}")


@pytest.mark.parametrize(
    "processor", [None, {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}]
)
def test_other_post_processors(processor: Config | None) -> None:
    ours, theirs = both({**small(), "post_processor": processor, "truncation": None})
    for first, second in zip(TEXTS[:200], TEXTS[-200:], strict=True):
        assert_same(ours.encode(first), theirs.encode(first), first)
        assert_same(ours.encode(first, second), theirs.encode(first, second), (first, second))


def test_decoders() -> None:
    config = small()
    for decoder in (None, {"type": "WordPiece", "prefix": "##", "cleanup": False}):
        ours, theirs = both({**config, "decoder": decoder, "truncation": None})
        for text in TEXTS[:300]:
            ids = theirs.encode(text).ids
            assert ours.decode(ids) == theirs.decode(ids), text


def test_vocabulary_look_ups() -> None:
    ours, theirs = both(full())
    for token in ("[MASK]", "the", "##ing", "nothing like this"):
        assert ours.token_to_id(token) == theirs.token_to_id(token)
    for index in (0, 103, 1996, 30521, 30522, -1 & 0xFFFF):
        assert ours.id_to_token(index) == theirs.id_to_token(index)
    assert ours.get_vocab_size() == theirs.get_vocab_size() == 30522
