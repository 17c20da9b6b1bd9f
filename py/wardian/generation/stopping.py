"""Where a generation ends: at an EOS token, at a length, at a string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.generation.config import GenerationConfig
from wardian.generation.steps import FinishReason

__all__ = ["Decode", "StopStrings", "Stopping"]

#: Text of tokens, as `Tokenizer.decode`.
Decode = Callable[[Sequence[int]], str]


class Stopping:
    """Which sequences are whole.

    >>> stopping = Stopping(GenerationConfig(eos_token_id=[2, 7]), prompt=1, limit=4)
    >>> stopping(np.array([[0, 5], [0, 7]])).tolist()
    [False, True]
    >>> stopping.reason(np.array([0, 5, 7])), stopping.reason(np.array([0, 5, 5, 5]))
    ('eos', 'length')

    Raises InputError for stop strings without `decode`, which gives the text of tokens.
    """

    def __init__(
        self, config: GenerationConfig, prompt: int, limit: int, decode: Decode | None = None
    ) -> None:
        if config.stop_strings and decode is None:
            raise InputError(
                "Stop strings need the text of tokens.",
                value=str(list(config.stop_strings)),
                hint="Give decode, such as the tokenizer's.",
            )
        self.prompt, self.limit = prompt, limit
        self._eos = np.array(config.eos_token_id, np.int64)
        self._strings, self._decode = config.stop_strings, decode
        # A token is a byte at least, so these hold any of the strings and whatever it is broken by.
        self._tail = max((len(text.encode()) for text in config.stop_strings), default=0) + 4

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool (sequences,): whether the last token of each ends it; `ids` is int64 (sequences, length)."""
        if ids.shape[1] >= self.limit:
            return np.ones(len(ids), np.bool_)
        # Not np.isin, which takes ten times as long for so few.
        ended: NDArray[np.bool_] = (ids[:, -1:] == self._eos).any(axis=1)
        if self._strings:
            ended |= np.array([self._has_string(row) for row in ids], np.bool_)
        return ended

    def reason(self, ids: NDArray[np.int64]) -> FinishReason:
        """Why a sequence that is whole is so; `ids` is int64 (length,)."""
        if ids[-1] in self._eos:
            return "eos"
        return "stop_string" if self._strings and self._has_string(ids) else "length"

    def _has_string(self, ids: NDArray[np.int64]) -> bool:
        """Whether what was generated has a stop string near its end; before it would have ended sooner."""
        assert self._decode is not None
        text = self._decode(ids[self.prompt :][-self._tail :].tolist())
        return any(string in text for string in self._strings)


class StopStrings:
    """Text as it comes, cut before the first stop string; what may be the beginning of one is held back.

    The first is the one that is whole first, and of those the longest; so the pieces in which the text comes
    make no difference.

    >>> stop = StopStrings(["\\nUser:"])
    >>> [stop.feed(piece) for piece in ("Hello", ".\\n", "Use", "d\\nUs", "er: more")], stop.stopped
    (['Hello', '.', '', '\\nUsed', ''], True)

    When the generation ends otherwise, `end` gives what is still held back.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(strings)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """What of the text can be shown; nothing more after a stop string."""
        if self.stopped:
            return ""
        held = self._held + text
        places = [(held.find(string), string) for string in self._strings]
        found = [(place + len(string), place) for place, string in places if place >= 0]
        if found:
            self.stopped, self._held = True, ""
            return held[: min(found)[1]]
        keep = max((_begun(held, string) for string in self._strings), default=0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def end(self) -> str:
        """What was held back, when nothing more comes."""
        held, self._held = self._held, ""
        return held


def _begun(text: str, string: str) -> int:
    """How many characters at the end of `text` are the beginning of `string`, which is not in it."""
    for count in range(min(len(text), len(string) - 1), 0, -1):
        if text.endswith(string[:count]):
            return count
    return 0
