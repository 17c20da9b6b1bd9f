"""Write `tokenizers.json`: digests of what Hugging Face `tokenizers` makes of the differential tests' texts.

python tests/golden/make_tokenizers.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import tokenizers

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "tokenizers"), str(TESTS.parent / "py")]

from differential import catalogue  # noqa: E402
from differential_golden import GOLDEN, digests  # noqa: E402


def make() -> dict[str, object]:
    found = {
        name: " ".join(digests(name, tokenizers.Tokenizer.from_str(json.dumps(config))))
        for name, config in catalogue().items()
    }
    provenance = f"tokenizers {tokenizers.__version__}, by tests/golden/make_tokenizers.py"
    return {"provenance": provenance, "digests": found}


if __name__ == "__main__":
    (TESTS / "golden" / GOLDEN).write_text(json.dumps(make(), indent=0, ensure_ascii=True) + "\n", "utf-8")
