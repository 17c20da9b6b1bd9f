"""One tokenizer against the reference on its share of the texts.

Each tokenizer takes one block of calls in so many, another one than its neighbours, so that together they
take all. WARDIAN_ALL_TEXTS=1 gives everything to everyone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from differential import catalogue
from differential_compare import BATCH, Call, calls, columns, decode_all, difference, encode_all, random_ids
from differential_real import REAL, real_tokenizer
from shares import ALL_TEXTS

from tokenizers_texts import ALL_CODE_POINTS, CODE_POINTS, code_point_texts, many_texts
from wardian.tokenizers import Tokenizer

__all__ = [
    "BACKENDS",
    "NAMES",
    "OF_CHARACTERS",
    "assert_takes_all",
    "blocks",
    "both",
    "content_of",
    "differs",
    "texts_of",
]

BACKENDS = ("python", "native") if find_spec("wardian_kernels") else ("python",)
NAMES = [*catalogue(), *REAL]
#: What happens to a character is decided by these.
OF_CHARACTERS = [
    name
    for name in NAMES
    if name.startswith(("normalizer", "pre_tokenizer", "split {'Regex")) or name in REAL
]
#: So many calls of one kind follow each other, and so many make a block: a whole round of all kinds.
RUN = BATCH // 4
BLOCK = 10 * RUN

Expected = tuple[list[Any], list[list[int]], list[str]]


@cache
def texts_of(kind: str) -> list[str]:
    """The texts of a comparison: "texts", or "code points" alone and between two letters."""
    return (
        many_texts(20_000)
        if kind == "texts"
        else code_point_texts(ALL_CODE_POINTS if ALL_TEXTS else CODE_POINTS)
    )


@cache
def calls_of(kind: str, short: bool) -> list[Call]:
    """The calls with all texts; of a pair that is cut into hundreds of pieces all pairs of them overflow."""
    texts = [text[:70] for text in texts_of(kind)] if short else texts_of(kind)
    return calls(texts, RUN) if kind == "texts" else [Call(text) for text in texts]


def content_of(name: str) -> str:
    """The content of a `tokenizer.json`; skips the test when it is a real one that cannot be had."""
    return real_tokenizer(name) if name in REAL else json.dumps(catalogue()[name])


def both(content: str, backend: str) -> tuple[Tokenizer, Any]:
    """Ours, which has really this backend ("native" must not become "python" unseen), and the reference."""
    import tokenizers as reference

    tokenizer = Tokenizer.from_str(content, backend=backend)
    assert tokenizer.backend == backend
    return tokenizer, reference.Tokenizer.from_str(content)


def differs(name: str, content: str, kinds: Sequence[str]) -> str | None:
    """The first difference, or None: of "texts", of "code points", and of ids that no text gives."""
    # One process is one thread here; and a backtrace of each refusal would cost more than all the rest.
    os.environ |= {"TOKENIZERS_PARALLELISM": "false", "RUST_BACKTRACE": "0"}
    pairs = [both(content, backend) for backend in BACKENDS]
    theirs = pairs[0][1]
    for kind in kinds:
        for block, backends in blocks(name, kind):
            expected = expectation(theirs, block)
            for tokenizer, _ in pairs:
                if tokenizer.backend not in backends:
                    continue
                found = compare(name, tokenizer, block, expected, decodes=tokenizer.backend == backends[0])
                if found is not None:
                    return found
    return next(filter(None, (decoding(name, tokenizer, theirs) for tokenizer, _ in pairs)), None)


def blocks(name: str, kind: str) -> Iterator[tuple[Sequence[Call], tuple[str, ...]]]:
    """The share of the calls that this tokenizer takes, and the backends that take each block.

    That is 240 of 20,000 texts, every other block natively alone, and two blocks of the code points; real
    tokenizers take 1,000 natively.

    With WARDIAN_ALL_TEXTS=1 each takes everything natively, and the Python encoder all texts. Of the code
    points it takes those that may be assigned with normalizers and real tokenizers; with the others, and of
    the rest, one block in sixteen, not those of its neighbours.
    """
    of_tables = name.startswith("normalizer") or name in REAL
    wanted = calls_of(kind, short="truncation" in name)
    step, size = (80, BLOCK) if kind == "texts" else (54, BATCH)
    for number, start in enumerate(range(0, len(wanted), size)):
        turn = number - NAMES.index(name)
        if ALL_TEXTS:
            both = kind == "texts" or turn % 16 == 0 or (of_tables and is_assigned(wanted[start].text))
            yield wanted[start : start + size], ("python", "native") if both else ("native",)
        elif (kind == "code points" and turn % step == 0) or turn % (2 * step) == 0:
            yield wanted[start : start + size], ("python", "native")
        elif turn % step == 0 or (name in REAL and kind == "texts" and number % 20 == 0):
            yield wanted[start : start + size], ("native",)


def is_assigned(text: str) -> bool:
    """Whether a text of code points is of planes 0 to 3, or of the tags and selectors."""
    return any(ord(one) < 0x40000 or 0xE0000 <= ord(one) < 0xE0200 for one in text if one not in "ab \n")


def assert_takes_all(kind: str, names: Sequence[str], at_least: int) -> None:
    """That each tokenizer meets so many texts, and that together they meet all of them."""
    taken: set[str] = set()
    for name in names:
        share = [ascii(call.text) for block, by in blocks(name, kind) if "python" in by for call in block]
        assert len(share) >= at_least
        taken |= set(share)
    assert taken >= {ascii(text) for text in texts_of(kind)} or kind == "texts"
    assert len(taken) >= len(texts_of(kind))


def expectation(theirs: Any, wanted: Sequence[Call]) -> Expected:
    """What the reference makes of a block: the fields of every encoding, its ids, and their text."""
    encodings = [columns(encoding) for encoding in encode_all(theirs, wanted)]
    ids = [one[0] if one else [] for one in encodings]
    return encodings, ids, decode_all(theirs, ids)


def compare(
    name: str, tokenizer: Tokenizer, wanted: Sequence[Call], expected: Expected, decodes: bool
) -> str | None:
    """The first difference in a block, and where it is. Both backends have one decoder: one decodes."""
    encodings, ids, texts = expected
    title = f"{name} ({tokenizer.backend})"
    for call, mine, other in zip(wanted, encode_all(tokenizer, wanted), encodings, strict=True):
        found = difference(columns(mine), other)
        if found is not None:
            return f"{title}, text {call}: {found}"
    decoded = zip([*wanted, *wanted], decode_all(tokenizer, ids), texts, strict=True) if decodes else ()
    for call, text, other in decoded:
        if text != other:
            return f"{title}, decoding the ids of {call}: ours {text!a}, the reference {other!a}"
    return None


def decoding(name: str, tokenizer: Tokenizer, theirs: Any) -> str | None:
    ids = random_ids(theirs.get_vocab_size())
    expected = decode_all(theirs, ids)
    for one, text, other in zip([*ids, *ids], decode_all(tokenizer, ids), expected, strict=True):
        if text != other:
            return f"{name} ({tokenizer.backend}), decoding {one}: ours {text!a}, the reference {other!a}"
    return None
