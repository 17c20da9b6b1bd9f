"""Hashes: equal to spaCy's and Thinc's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from wardian.preprocessing.murmur_hash import hash_rows, hash_string

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/spacy.json").read_text("utf-8"))


def test_strings_hash_as_in_spacy() -> None:
    assert len(GOLDEN["hashes"]) > 20
    for word, number, _ in GOLDEN["hashes"]:
        assert hash_string(word) == int(number), word


def test_ids_have_the_rows_of_thinc() -> None:
    ids = np.array([int(number) for _, number, _ in GOLDEN["hashes"]], np.uint64)
    rows = hash_rows(ids, 8, 5000)
    assert rows.dtype == np.int32 and rows.tolist() == [expected for _, _, expected in GOLDEN["hashes"]]
    assert hash_rows(ids[:0], 8, 5000).shape == (0, 4)


def test_a_lone_surrogate_has_a_hash_of_its_own() -> None:
    assert len({hash_string("\ud800"), hash_string("\udfff"), hash_string("?")}) == 3
