"""Term weights are scikit-learn's own, and a broken description is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import assert_grows_linearly
from wardian.errors import ModelError
from wardian.preprocessing.term_weights import TermWeights

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "term_weights.json").read_text("utf-8"))
CASES: dict[str, Any] = GOLDEN["cases"]


@pytest.mark.parametrize("name", CASES)
def test_weights_are_scikit_learns(name: str) -> None:
    """Both compute in float64: the same terms, and weights that differ by rounding at most."""
    terms = TermWeights([CASES[name]["part"]])
    found = [terms.bag(text) for text in GOLDEN["asked"]]
    expected = [dict(bag) for bag in CASES[name]["bags"]]
    assert [list(bag) for bag in found] == [list(bag) for bag in expected]
    assert any(expected)
    for bag, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(list(bag.values()), list(want.values()), rtol=1e-14)


def test_parts_lie_one_after_the_other_and_rows_are_padded() -> None:
    parts = [CASES["words"]["part"], CASES["chars"]["part"]]
    alone = [TermWeights([part]) for part in parts]
    both = TermWeights(parts)
    assert both.size == alone[0].size + alone[1].size
    found = both.encode(GOLDEN["asked"])
    assert (
        found["input_ids"].shape
        == found["weights"].shape
        == (5, max(map(len, map(both.bag, GOLDEN["asked"]))))
    )
    assert (found["input_ids"].dtype, found["weights"].dtype) == (np.int64, np.float64)
    for row, text in enumerate(GOLDEN["asked"]):
        want = alone[0].bag(text) | {
            alone[0].size + term: weight for term, weight in alone[1].bag(text).items()
        }
        ids, weights = found["input_ids"][row], found["weights"][row]
        assert (
            dict(zip(ids[ids < both.size].tolist(), weights[ids < both.size].tolist(), strict=True)) == want
        )
        assert not weights[ids == both.size].any()


def test_nothing_gives_no_terms() -> None:
    terms = TermWeights([CASES["words"]["part"]])
    assert terms.encode([])["input_ids"].shape == (0, 0)
    assert terms.encode([""])["weights"].shape == (1, 0)


def test_long_texts_take_linear_time() -> None:
    terms = TermWeights([CASES["words"]["part"], CASES["inside"]["part"]])
    assert_grows_linearly(lambda size: terms.bag("the old café sat on a mat, " * size), 200)


BAD = (
    "{",
    "[]",
    '{"parts": [{"terms": ["a"], "idf": []}]}',
    '{"parts": [{"terms": ["a"], "idf": [1], "idf_values": [1.5]}]}',
    '{"parts": [{"terms": ["a"], "idf": [-1], "idf_values": [1.5]}]}',
    '{"parts": [{"terms": [], "norm": "l3"}]}',
    '{"parts": [{"terms": [], "token_pattern": "("}]}',
    '{"parts": [{"terms": [], "analyzer": "words"}]}',
)


@pytest.mark.parametrize("text", BAD)
def test_a_broken_description_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "vectorizer.json").write_text(text)
    with pytest.raises(ModelError, match=r"vectorizer\.json"):
        TermWeights.from_file(tmp_path / "vectorizer.json")
