"""The tokenizers of the catalogue against digests made by Hugging Face `tokenizers`: also inside Pyodide."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest
from differential import catalogue
from differential_golden import GOLDEN, RUN, SHARE, TEXTS, digests, of_characters, texts_for

from support import TESTS
from wardian.tokenizers import Tokenizer

EXPECTED = json.loads((TESTS / "golden" / GOLDEN).read_text("utf-8"))["digests"]
BACKENDS = ("python", "native") if find_spec("wardian_kernels") else ("python",)


def test_the_golden_is_of_these_texts() -> None:
    assert list(EXPECTED) == list(catalogue())
    assert {text for name in catalogue() if "truncation" not in name for text in texts_for(name)} == set(
        TEXTS
    )
    assert all(
        len(EXPECTED[name].split()) == SHARE // RUN + 1 + (name in of_characters()) for name in EXPECTED
    )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list(EXPECTED))
def test_equals_hugging_face(name: str, backend: str) -> None:
    tokenizer = Tokenizer.from_str(json.dumps(catalogue()[name]), backend=backend)
    assert tokenizer.backend == backend
    found, expected = digests(name, tokenizer), EXPECTED[name].split()
    wrong = [index for index, (mine, other) in enumerate(zip(found, expected, strict=True)) if mine != other]
    parts = [
        *(f"texts {texts_for(name)[i * RUN]!a} and on" for i in range(SHARE // RUN)),
        "decoding",
        "code points",
    ]
    assert not wrong, (
        f"{name} ({backend}) differs in {', '.join(parts[index] for index in wrong)}; "
        "tests/tokenizers/test_differential_reference.py shows where, in CPython"
    )
