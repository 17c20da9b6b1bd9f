"""The tokenizers of the catalogue against digests made by Hugging Face `tokenizers`: also inside Pyodide.

CPython, where the reference itself is asked (`test_differential_texts_reference.py`), takes every fifth; in
Pyodide the kernel takes all, and the Python encoder every fourth run of texts. WARDIAN_ALL_TEXTS=1 gives
everything to everyone.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec

import pytest
from differential import catalogue
from differential_golden import GOLDEN, RUN, RUNS, TEXTS, of_characters, some_digests, texts_for
from shares import ALL_TEXTS

from support import TESTS
from wardian.tokenizers import Tokenizer

EXPECTED = json.loads((TESTS / "golden" / GOLDEN).read_text("utf-8"))["digests"]
BACKENDS = ("python", "native") if find_spec("wardian_kernels") else ("python",)
NAMES = list(EXPECTED)[:: 1 if ALL_TEXTS or sys.platform == "emscripten" else 5]


def test_the_golden_is_of_these_texts() -> None:
    assert list(EXPECTED) == list(catalogue())
    assert {text for name in catalogue() if "truncation" not in name for text in texts_for(name)} == set(
        TEXTS
    )
    assert all(len(EXPECTED[name].split()) == RUNS + 1 + (name in of_characters()) for name in EXPECTED)


def runs(name: str, backend: str) -> range:
    """Those that a backend takes of a tokenizer's texts: neighbours, which share components, take others."""
    few = backend == "python" and "native" in BACKENDS and not ALL_TEXTS
    return range(NAMES.index(name) % 4, RUNS, 4) if few else range(RUNS)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NAMES)
def test_equals_hugging_face(name: str, backend: str) -> None:
    tokenizer = Tokenizer.from_str(json.dumps(catalogue()[name]), backend=backend)
    assert tokenizer.backend == backend
    taken, expected = runs(name, backend), EXPECTED[name].split()
    found = some_digests(name, tokenizer, taken)
    assert sum(one is not None for one in found) >= len(taken)
    both = enumerate(zip(found, expected, strict=True))
    wrong = [index for index, (mine, other) in both if mine not in (other, None)]
    parts = [*(f"texts {texts_for(name)[i * RUN]!a} and on" for i in range(RUNS)), "decoding", "code points"]
    assert not wrong, (
        f"{name} ({backend}) differs in {', '.join(parts[index] for index in wrong)}; "
        "tests/tokenizers/test_differential_reference.py shows where, in CPython"
    )
