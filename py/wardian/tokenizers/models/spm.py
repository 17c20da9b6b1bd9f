"""SentencePiece's byte-pair encoding as GGUF files have it: scores instead of a list of merges.

Neighbours whose spelling together is a token are merged; of all such pairs the one whose token has the
highest score comes first, and of equals the leftmost. With the scores lo -1, low -2, ow -3:

    l o w  →  lo w  →  low

A character that is no token becomes the tokens <0x00> … <0xFF> of its UTF-8 bytes.

Source: `llm_tokenizer_spm` of ggml-org/llama.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise

from wardian.errors import ModelError

__all__ = ["SPM"]

Piece = tuple[int, str, int, int]


class SPM:
    """
    >>> model = SPM(["<unk>", "l", "o", "w", "lo", "ow", "low"], [0, -9, -9, -9, -1, -3, -2], unk_id=0)
    >>> [token for _, token, _, _ in model.tokenize("lowow")]
    ['low', 'ow']
    """

    def __init__(self, tokens: Sequence[str], scores: Sequence[float], unk_id: int | None = None) -> None:
        """Raises ModelError unless each token has a score."""
        if len(tokens) != len(scores):
            raise ModelError(
                "The scores do not fit the tokens.", value=f"{len(scores)} scores, {len(tokens)} tokens"
            )
        self.vocab = {token: index for index, token in enumerate(tokens)}
        self.scores = list(scores)
        self.unk_id = unk_id

    @cached_property
    def break_before(self) -> re.Pattern[str] | None:
        """Places in a word that no token reaches across, so that its parts can be tokenized apart.

        They are before a "▁" that follows a character after which no token has "▁".
        """
        if "▁" not in self.vocab:
            return None
        before = {a for token in self.vocab for a, b in pairwise(token) if b == "▁"}
        inside = "".join(map(re.escape, sorted(before)))
        return re.compile(f"(?<=[^{inside}])(?=▁)" if inside else "(?<=.)(?=▁)", re.DOTALL)

    def tokenize(self, word: str) -> list[Piece]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word.

        Raises ModelError for a character that is no token where its bytes are none either.
        """
        ends = self._merged(word)
        pieces: list[Piece] = []
        start = 0
        while start < len(word):
            end = ends[start]
            token = word[start:end]
            index = self.vocab.get(token)
            if index is None:
                pieces += self._bytes(token, start, end)
            else:
                pieces.append((index, token, start, end))
            start = end
        return pieces

    def _merged(self, word: str) -> list[int]:
        """For each place where a symbol starts, the place where it ends."""
        count = len(word)
        ends = list(range(1, count + 1))
        before = list(range(-1, count))
        # A symbol that was merged into another ends where it starts.
        queue = [
            entry for start in range(count - 1) if (entry := self._pair(word, start, start + 1, start + 2))
        ]
        heapify(queue)
        while queue:
            _, start, middle, end = heappop(queue)
            if ends[start] != middle or middle >= count or ends[middle] != end:
                continue
            ends[start], ends[middle] = end, middle
            if end < count:
                before[end] = start
                entry = self._pair(word, start, end, ends[end])
                if entry:
                    heappush(queue, entry)
            left = before[start]
            if left >= 0:
                entry = self._pair(word, left, start, end)
                if entry:
                    heappush(queue, entry)
        return ends

    def _pair(self, word: str, start: int, middle: int, end: int) -> tuple[float, int, int, int] | None:
        index = self.vocab.get(word[start:end])
        return None if index is None else (-self.scores[index], start, middle, end)

    def _bytes(self, token: str, start: int, end: int) -> list[Piece]:
        spelled = [f"<0x{byte:02X}>" for byte in token.encode()]
        if all(byte in self.vocab for byte in spelled):
            return [(self.vocab[byte], byte, start, end) for byte in spelled]
        if self.unk_id is None:
            raise ModelError("A text has a character that is no token, nor are its bytes.", value=repr(token))
        return [(self.unk_id, token, start, end)]
