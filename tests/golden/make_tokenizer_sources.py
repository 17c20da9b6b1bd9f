"""Write `tokenizer_sources.json`: tokenizers as GGUF and tiktoken have them, and what others make of texts.

* a byte-level BPE trained here, as a tiktoken rank file: ids by PyPI `tiktoken`, for three patterns;
* the same as GGUF metadata: ids by Hugging Face `tokenizers`, built from the merges with the components that
  the name of the pre-tokenizer stands for;
* a SentencePiece BPE trained here, as GGUF metadata with scores: ids by PyPI `sentencepiece`.

    pip install tokenizers==0.23.3 tiktoken==0.14.0 sentencepiece==0.2.2
    python tests/golden/make_tokenizer_sources.py
"""

from __future__ import annotations

import base64
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

import sentencepiece
import tiktoken

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from tokenizers_texts import CODE, LANGUAGES, SPECIAL, many_texts  # noqa: E402

TARGET = TESTS / "golden" / "tokenizer_sources.json"
CONTROL = ["<|endoftext|>", "<|im_start|>"]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def texts() -> list[str]:
    """Texts to compare: languages, code, odd ones, and runs of one character."""
    source = random.Random(11)
    runs = ["".join(source.choice(" \n\ta=-aé中") * source.randrange(9) for _ in range(6)) for _ in range(40)]
    found = [*LANGUAGES[:22], *CODE[:8], *SPECIAL[:40], *runs, *source.sample(many_texts(2000), 60), *CONTROL]
    return [text for text in dict.fromkeys(found) if len(text) < 600 and is_text(text)]


def is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def byte_level() -> tuple[list[str], list[str]]:
    """Tokens (the 256 bytes first) and merges of a small byte-level BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=900, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([*LANGUAGES, *CODE, "    " * 9, "\n\n\n\n"], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocab = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return vocab, [" ".join(merge) for merge in model["merges"]]


def to_bytes(token: str) -> bytes:
    """The bytes that a token of characters for bytes stands for."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in plain}
    table |= {chr(256 + i): byte for i, byte in enumerate(b for b in range(256) if b not in plain)}
    return bytes(table[character] for character in token)


def tiktoken_cases(tokens: list[str]) -> dict[str, Any]:
    ranks = {to_bytes(token): rank for rank, token in enumerate(tokens)}
    special = {"<|endoftext|>": 2000, "<|im_start|>": 1000}
    patterns = {
        "gpt2": GPT2,
        "cl100k_base": CL100K,
        "o200k_base": O200K,
    }
    cases: dict[str, list[list[int]]] = {}
    for name, pattern in patterns.items():
        encoding = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)
        cases[name] = [encoding.encode(text, allowed_special="all") for text in texts()]
    lines = [b"%s %d" % (base64.b64encode(token), rank) for token, rank in ranks.items()]
    return {"ranks": b"\n".join(lines).decode(), "special_tokens": special, "ids": cases}


def gguf_cases(tokens: list[str], merges: list[str]) -> dict[str, Any]:
    """The metadata, and ids for each name of a pre-tokenizer, by the reference."""
    all_tokens = [*tokens, *CONTROL, "<user>"]
    metadata = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": all_tokens,
        "tokenizer.ggml.token_type": [1] * len(tokens) + [3, 3, 4],
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": len(tokens),
        "tokenizer.ggml.eos_token_id": len(tokens) + 1,
        "tokenizer.chat_template": "{{ messages }}",
    }
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    after = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    steps: dict[str, Any] = {
        "gpt-2": [plain],
        "smollm": [pre_tokenizers.Digits(individual_digits=True), plain],
        "llama-bpe": [pre_tokenizers.Split(Regex(SPLIT % "{1,3}"), "isolated"), after],
        "qwen2": [pre_tokenizers.Split(Regex(SPLIT % ""), "isolated"), after],
    }
    cases: dict[str, Any] = {}
    for name, parts in steps.items():
        pairs = [tuple(merge.split(" ")) for merge in merges]
        model = models.BPE(
            {token: i for i, token in enumerate(all_tokens)}, pairs, ignore_merges=name == "llama-bpe"
        )
        tokenizer = Tokenizer(model)
        tokenizer.normalizer = normalizers.NFC() if name == "qwen2" else normalizers.Sequence([])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens(CONTROL)
        from tokenizers import AddedToken

        tokenizer.add_tokens([AddedToken("<user>", normalized=False)])
        cases[name] = [tokenizer.encode(text).ids for text in texts()]
    return {"metadata": metadata, "ids": cases}


def sentencepiece_cases() -> dict[str, Any]:
    """Scores and tokens of a SentencePiece BPE with bytes, and ids by SentencePiece itself."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*LANGUAGES, *CODE]),
        model_writer=model,
        model_type="bpe",
        vocab_size=900,
        character_coverage=0.98,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        max_sentence_length=100_000,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    size = processor.get_piece_size()
    kinds = []
    for index in range(size):
        kind = 2 if processor.is_unknown(index) else 3 if processor.is_control(index) else 1
        kinds.append(6 if processor.is_byte(index) else kind)
    metadata = {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": [processor.id_to_piece(index) for index in range(size)],
        "tokenizer.ggml.scores": [processor.get_score(index) for index in range(size)],
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.bos_token_id": processor.bos_id(),
        "tokenizer.ggml.eos_token_id": processor.eos_id(),
        "tokenizer.ggml.unknown_token_id": processor.unk_id(),
    }
    # SentencePiece reads no control token out of a text, and ends it at a NUL.
    chosen = [text for text in texts() if text and "<" not in text and "\0" not in text]
    ids = [processor.encode(text) for text in chosen]
    return {
        "metadata": metadata,
        "texts": chosen,
        "ids": ids,
        "decoded": [processor.decode(row) for row in ids],
    }


#: As tiktoken_ext/openai_public.py of tiktoken has them.
GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
CL100K = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"""
    r"""|\s*[\r\n]|\s+(?!\S)|\s"""
)
O200K = "|".join(
    [
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""\p{N}{1,3}""",
        r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
        r"""\s*[\r\n]+""",
        r"""\s+(?!\S)""",
        r"""\s+""",
    ]
)


def main() -> None:
    tokens, merges = byte_level()
    golden = {
        "texts": texts(),
        "tiktoken": tiktoken_cases(tokens),
        "gpt2": gguf_cases(tokens, merges),
        "llama": sentencepiece_cases(),
    }
    TARGET.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{TARGET.name}: {len(golden['texts'])} texts, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
