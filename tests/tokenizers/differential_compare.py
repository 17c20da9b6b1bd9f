"""What is compared: the calls made with many texts, and every field of what comes back.

Our `Encoding` and Hugging Face's have the same attributes, so one function reads both. Where ours gives
arrays it is their values that count here; their types have a test of their own.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from wardian.errors import WardianError

__all__ = [
    "FIELDS",
    "Call",
    "calls",
    "columns",
    "decode_all",
    "difference",
    "digest",
    "encode_all",
    "random_ids",
]

FIELDS = (
    "ids",
    "tokens",
    "offsets",
    "type_ids",
    "attention_mask",
    "special_tokens_mask",
    "word_ids",
    "sequence_ids",
    "overflowing",
)
_TRUNCATION = re.compile("[Tt]runcat|too short|stride|at least|to cut")
#: Calls that are padded together.
BATCH = 50


@dataclass(frozen=True)
class Call:
    """One input of `encode_batch`: a text, a pair, or the words of one or of two."""

    text: Any
    pretokenized: bool = False
    special: bool = True

    @property
    def key(self) -> tuple[str, bool, bool]:
        """What makes one call another."""
        return repr(self.text), self.pretokenized, self.special

    def __str__(self) -> str:
        flags = f", is_pretokenized={self.pretokenized}, add_special_tokens={self.special}"
        return ascii(self.text) + flags


def calls(texts: Sequence[str], run: int = BATCH) -> list[Call]:
    """Mostly texts alone; of every ten, two pairs, one list of words, one pair of such; some bare.

    `run` of one kind follow each other, so that most batches are large.
    """
    found = []
    for start in range(0, len(texts), 10 * run):
        group = texts[start : start + 10 * run]
        found += [_call(index // run, text, group[-index - 1], index) for index, text in enumerate(group)]
    return found


def _call(kind: int, text: str, other: str, index: int) -> Call:
    match kind:
        case 6:
            return Call((text, other))
        case 7:
            return Call((text, other), special=index % 2 == 0)
        case 8:
            return Call(_words(text), pretokenized=True, special=index % 2 == 0)
        case 9:
            return Call((_words(text), _words(other)), pretokenized=True)
        case _:
            return Call(text, special=kind != 5)


def _words(text: str) -> list[str]:
    """Words as somebody else cut them: with blanks inside, and empty ones."""
    return [text[start : start + 9] for start in range(0, len(text), 9)] if len(text) % 2 else text.split(" ")


def batches(wanted: Sequence[Call]) -> Iterator[tuple[int, list[Call]]]:
    """Calls that go into one `encode_batch`, and where they begin."""
    place = 0
    for _, group in groupby(wanted, key=lambda call: (call.pretokenized, call.special)):
        run = list(group)
        for start in range(0, len(run), BATCH):
            yield place + start, run[start : start + BATCH]
        place += len(run)


def encode_all(tokenizer: Any, wanted: Sequence[Call]) -> list[Any]:
    """The encoding of each call, or None where the tokenizer refuses: a text too short for its truncation."""
    found: list[Any] = []
    for _, batch in batches(wanted):
        options = {"is_pretokenized": batch[0].pretokenized, "add_special_tokens": batch[0].special}
        try:
            found += tokenizer.encode_batch([call.text for call in batch], **options)
        except BaseException as error:
            _check_refusal(error)
            found += [_encode_one(tokenizer, call, options) for call in batch]
    return found


def _encode_one(tokenizer: Any, call: Call, options: dict[str, bool]) -> Any:
    try:
        return tokenizer.encode_batch([call.text], **options)[0]
    except BaseException as error:
        _check_refusal(error)
        return None


def _check_refusal(error: BaseException) -> None:
    """Raise again what is no refusal to truncate. The reference says it in words, or panics for a stride."""
    panic = type(error).__name__ == "PanicException" and "`stride` must be" in str(error)
    said = isinstance(error, WardianError) or type(error) is Exception
    if not panic and not (said and _TRUNCATION.search(str(error))):
        raise error


def _column(encoding: Any, name: str) -> Any:
    values = getattr(encoding, name)
    if hasattr(values, "tolist"):
        values = values.tolist()
    return values


def columns(encoding: Any) -> tuple[Any, ...]:
    """The values of `FIELDS`, as lists of plain Python; `overflowing` holds the columns of each."""
    if encoding is None:
        return ()
    overflowing = [columns(one) for one in encoding.overflowing]
    return (*(_column(encoding, name) for name in FIELDS[:-1]), overflowing)


def difference(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> str | None:
    """Where two encodings first differ: field, place in it, both values. None where they are equal."""
    if ours == theirs:
        return None
    if not ours or not theirs:
        return "only the reference encodes" if not ours else "only ours encodes"
    for name, mine, expected in zip(FIELDS, ours, theirs, strict=True):
        if mine == expected or list(mine) == list(expected):
            continue
        place = next((i for i, (a, b) in enumerate(zip(mine, expected, strict=False)) if a != b), None)
        if place is None:
            place = min(len(mine), len(expected))
        if name == "overflowing" and place < min(len(mine), len(expected)):
            return f"overflowing[{place}].{difference(mine[place], expected[place])}"
        around = slice(max(0, place - 2), place + 5)
        return (
            f"{name}[{place}]: ours {mine[around]!a} of {len(mine)}, "
            f"the reference {expected[around]!a} of {len(expected)} (from {around.start})"
        )
    return None


def decode_all(tokenizer: Any, sequences: Sequence[Sequence[int]]) -> list[str]:
    """The texts of ids, without the special tokens and then with them."""
    found = tokenizer.decode_batch(sequences, skip_special_tokens=True)
    return list(found) + list(tokenizer.decode_batch(sequences, skip_special_tokens=False))


def random_ids(size: int, count: int = 100, seed: int = 7) -> list[list[int]]:
    """Ids that no text would give, a few of them outside the vocabulary of `size` tokens."""
    source = random.Random(seed)
    return [
        [source.randrange(size + 3) for _ in range(source.randrange(0, 40))]
        + [source.randrange(min(300, size)) for _ in range(source.randrange(0, 20))]
        for _ in range(count)
    ]


def digest(values: object) -> str:
    """Eight hexadecimal digits of SHA-256 over the values' spelling.

    In ASCII: what `repr` writes as it is depends on the Unicode that this Python knows.
    """
    return hashlib.sha256(ascii(values).encode()).hexdigest()[:8]
