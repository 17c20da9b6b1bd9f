"""Tokenizers in CPython: ours against Hugging Face's `tokenizers`, one thread each, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from wardian_build import progress
from wardian_build.bench.report import Row, row
from wardian_build.bench.tokenizers_text import one_line, one_word, passages

__all__ = ["measure"]

CHARACTERS = 200_000
LENGTHS = (1_000, 100_000, 10_000_000)

Encode = Callable[[Sequence[str]], Any]


def measure(rounds: int) -> list[Row]:
    """Cold and warm for each kind of model, then one long line and one long word."""
    from wardian_build.bench.tokenizers import MODELS, configuration

    if find_spec("wardian_kernels") is None:
        progress.say("[bench] no kernel for this machine's Python: nothing to compare natively")
        return []
    rows: list[Row] = []
    for what, name in MODELS.items():
        variants = _variants(configuration(name))
        rows += _encoding(what, variants, rounds)
        if name == "qwen3":
            rows += _growth(variants, rounds)
    return rows


def _variants(content: bytes) -> dict[str, Encode]:
    import tokenizers
    from wardian.tokenizers import Tokenizer

    native, python = (Tokenizer.from_bytes(content, backend=backend) for backend in ("native", "python"))
    reference = tokenizers.Tokenizer.from_buffer(content)

    def columns(tokenizer: Tokenizer) -> Encode:
        def encode(texts: Sequence[str]) -> Any:
            found = tokenizer.encode_batch(texts, add_special_tokens=False)
            return [(one.ids, one.starts, one.ends) for one in found]

        return encode

    def theirs(texts: Sequence[str]) -> Any:
        return [reference.encode(text, add_special_tokens=False).ids for text in texts]

    return {
        "Wardian, kernel": columns(native),
        "Wardian, Python": columns(python),
        f"Hugging Face tokenizers {tokenizers.__version__}": theirs,
    }


def _timed(encode: Encode, texts: Sequence[str]) -> float:
    began = time.perf_counter()
    encode(texts)
    return (time.perf_counter() - began) * 1e3


def _encoding(what: str, variants: dict[str, Encode], rounds: int) -> Iterator[Row]:
    samples: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds + 1):
        texts = passages(100 + number, CHARACTERS)
        for temperature in ("cold", "warm"):
            for name, encode in variants.items():
                taken = _timed(encode, texts)
                if number > 0:
                    samples.setdefault((temperature, name), []).append(taken)
    for (temperature, name), values in samples.items():
        yield row("tokenizers", f"CPython: {what}, {CHARACTERS // 1000} kB, {temperature}", name, values)


def _growth(variants: dict[str, Encode], rounds: int) -> Iterator[Row]:
    for shape, make in (("line", one_line), ("word", one_word)):
        for length in LENGTHS:
            samples: dict[str, list[float]] = {}
            for number in range(_repeats(length, rounds)):
                text = make(number, length)
                for name, encode in variants.items():
                    samples.setdefault(name, []).append(_timed(encode, [text]))
            for name, values in samples.items():
                yield row("tokenizers", f"CPython: one {shape} of {length // 1000} kB, Qwen 3", name, values)


def _repeats(length: int, rounds: int) -> int:
    """How many texts of a length: one call of a tenth of a millisecond alone would say nothing."""
    return 1 if length == LENGTHS[-1] else rounds if length > LENGTHS[0] else 30 * rounds
