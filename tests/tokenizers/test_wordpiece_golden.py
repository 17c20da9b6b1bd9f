"""BERT's tokenizer against what Hugging Face made of 205 texts: tests/golden/wordpiece.json."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest

from support import TESTS
from tokenizers_texts import CODE_POINTS
from wardian.tokenizers import Tokenizer

GOLDEN = json.loads((TESTS / "golden" / "wordpiece.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(json.dumps(GOLDEN["tokenizer"]))


def test_the_golden_is_what_it_says() -> None:
    assert len(GOLDEN["cases"]) == 205
    assert sum(case["pair"] is not None for case in GOLDEN["cases"]) == 41
    assert GOLDEN["cases"][4]["ids"] == [101, 1037, 102]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: ascii(case["text"][:20]))
def test_equals_hugging_face(tokenizer: Tokenizer, case: dict[str, Any]) -> None:
    encoding = tokenizer.encode(case["text"], case["pair"])
    assert encoding.tokens == case["tokens"]
    assert encoding.ids.tolist() == case["ids"]
    assert [list(span) for span in encoding.offsets] == case["offsets"]
    assert encoding.type_ids.tolist() == case["type_ids"]
    assert encoding.special_tokens_mask.tolist() == case["special_tokens_mask"]
    assert encoding.attention_mask.tolist() == [1] * len(case["ids"])
    assert encoding.ids.dtype == np.int64
    assert tokenizer.decode(case["ids"]) == case["decoded"]


def test_every_code_point(tokenizer: Tokenizer) -> None:
    """Whatever Unicode this Python knows, its tables are not asked where they differ from the reference's."""
    assert tokenizer.normalizer is not None and tokenizer.pre_tokenizer is not None
    digest = hashlib.sha256()
    for code in CODE_POINTS:
        normal = tokenizer.normalizer.normalize(chr(code)).text
        parts = len(tokenizer.pre_tokenizer.split(f"a{chr(code)}a"))
        digest.update(f"{code:x} {normal} {parts}\n".encode())
    assert digest.hexdigest() == GOLDEN["code_points_sha256"]


def test_a_second_time_gives_the_same(tokenizer: Tokenizer) -> None:
    """The second time words come out of the cache."""
    for case in GOLDEN["cases"]:
        first, second = (tokenizer.encode(case["text"], case["pair"]) for _ in range(2))
        assert first.ids.tolist() == second.ids.tolist() == case["ids"]
        assert first.offsets == second.offsets
