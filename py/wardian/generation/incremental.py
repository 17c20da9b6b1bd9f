"""What all decoders over a session share: which tokens were run before, and which are left to run."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.generation.cache import KeyValueCache
from wardian.session import Session
from wardian.types import Array, Tensor

__all__ = ["IncrementalDecoder"]

Progress = Callable[[str, int, int], None]

Ids = NDArray[np.int64]

CHUNK = 512
"""How many tokens of a prompt are run at once, half as many beyond LONG: one run of 512 takes some 4 % less
processor time in WebAssembly than two of 256, but attention takes chunk × length numbers, and a run that is
cancelled takes its engine with it."""
LONG = 1024


class IncrementalDecoder(ABC):
    """A `Decoder` that runs only those tokens of a sequence that its session has not run yet.

    Several generations may use one at the same time: each gets its own scores, at the price of running again
    what the other's took the place of.
    """

    def __init__(self, session: Session, config: Mapping[str, Any]) -> None:
        self._session = session
        self._config = config
        self._cache = KeyValueCache(session, config)
        self._inputs = {spec.name for spec in session.inputs}
        scores = next((spec for spec in session.outputs if spec.name == "logits"), None)
        if scores is None or len(scores.dims) != 3:
            raise ModelError(
                "The model is no decoder.",
                expected="an output logits (batch, sequence, vocabulary)",
                received="; ".join(spec.describe() for spec in session.outputs[:4]),
            )
        last = scores.dims[-1]
        self.vocabulary = last if isinstance(last, int) else int(config.get("vocab_size") or 0)
        #: What was run: one row for each sequence that the cache holds.
        self._ids: Ids = np.zeros((0, 0), np.int64)
        self._order: Ids | None = None
        #: One run of the session at a time knows what the cache holds.
        self._lock = asyncio.Lock()
        #: Called with `("prompt", tokens run, tokens of the prompt)` where a prompt takes several runs.
        self.progress: Progress | None = None

    @property
    def context(self) -> int | None:
        """The longest sequence that the model was made for, in tokens."""
        names = ("max_position_embeddings", "n_positions", "max_target_positions", "n_ctx")
        return next((int(self._config[name]) for name in names if self._config.get(name)), None)

    @property
    def bytes_per_token(self) -> int:
        """What each token of a sequence takes in the cache."""
        return self._cache.bytes_per_token

    def reorder(self, rows: Ids) -> None:
        self._order = np.asarray(rows, np.int64)

    async def logits(self, ids: Ids) -> NDArray[np.float32]:
        """Scores of the next token, float32 (sequences, vocabulary), for `ids` int64 (sequences, length).

        Raises InputError for sequences longer than the model's context.
        """
        length = ids.shape[1]
        self._require_room(length)
        # Who waits for another's run has said before what it goes on from.
        order, self._order = self._order, None
        async with self._using():
            start = await self._go_back(ids, order, length - 1)
            results = await self._read(ids, start, length, 1)
        scores = np.asarray(results["logits"])[:, -1]
        return scores.astype(np.float32, copy=False)

    async def next_scores(self, ids: Ids, start: int, end: int) -> NDArray[np.float32]:
        """Scores after each of the tokens start … end - 1, float32 (end - start, vocabulary).

        `ids` is int64 (length,). Raises InputError for a text longer than the model's context.
        """
        self._require_room(end)
        text = ids[None]
        async with self._using():
            known = await self._go_back(text[:, :end], None, start)
            if known < start:
                await self._read(text, known, start, 1)
            results = await self._read(text, start, end, end - start)
        scores: NDArray[np.float32] = np.asarray(results["logits"], np.float32)[0]
        return scores

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[None]:
        """The session for oneself; what fails leaves no cache that nobody knows."""
        async with self._lock:
            try:
                yield
            except BaseException:
                # The engine may be gone, and the cache with it.
                self.forget()
                raise

    async def _read(self, ids: Ids, start: int, end: int, keep: int) -> dict[str, Tensor]:
        """Run tokens start … end - 1 in chunks: what the last run gave, with scores of `keep` tokens."""
        chunk = CHUNK if end <= LONG else CHUNK // 2
        for begin in range(start, end, chunk):
            until = min(begin + chunk, end)
            results = await self._run(ids[:, begin:until], begin, keep)
            self._cache.took(results, len(ids), until - begin)
            self._ids = ids[:, :until].copy()
            if self.progress is not None and end - start > chunk:
                self.progress("prompt", until - start, end - start)
        return results

    def _require_room(self, length: int) -> None:
        if length == 0 or (self.context is not None and length > self.context):
            raise InputError(
                "The sequence does not fit the model's context.",
                expected=f"1 to {self.context or 'any number of'} tokens",
                received=f"{length} tokens",
                hint="Shorten the prompt or the conversation.",
            )

    def forget(self) -> None:
        """Free the cache; what it held will be run again."""
        self._cache.clear()
        self._ids = np.zeros((0, 0), np.int64)

    async def _go_back(self, ids: Ids, order: Ids | None, most: int) -> int:
        """Keep of the cache what these sequences begin with, at most so many tokens; how many that is."""
        rows = len(ids)
        if order is None and len(self._ids) == 1 < rows:
            order = np.zeros(rows, np.int64)
        if order is not None and len(order) == rows and order.max(initial=0) < len(self._ids):
            self._ids = self._ids[order]
            await self._cache.gather(order.tolist())
        if len(self._ids) > rows and (self._ids == self._ids[:1]).all():
            self._ids = self._ids[:rows]
            await self._cache.gather(list(range(rows)))
        common = self._common(ids) if len(self._ids) == rows else 0
        # Scores after a token come from running it.
        common = min(common, most)
        if common == 0 or not self._can_rewind(common):
            self.forget()
            return 0
        self._cache.rewind(common)
        self._ids = self._ids[:, :common]
        return common

    def _common(self, ids: Ids) -> int:
        """How many tokens all sequences share with what was run."""
        width = min(ids.shape[1], self._ids.shape[1])
        places = np.flatnonzero((ids[:, :width] != self._ids[:, :width]).any(axis=0))
        return int(places[0] if len(places) else width)

    def _can_rewind(self, length: int) -> bool:
        """Whether the model can be told to overlook what comes after, and that is not most of it."""
        if not self._cache.exists:
            return False
        gone = self._cache.length - length
        return (
            gone == 0 or self._cache.slices or (self._masks and self._cache.hidden + gone <= max(length, 64))
        )

    @property
    def _masks(self) -> bool:
        """Whether places of tokens are told apart from places in the cache."""
        return {"attention_mask", "position_ids"} <= self._inputs

    @abstractmethod
    async def _run(self, new: Ids, start: int, keep: int) -> dict[str, Tensor]:
        """One run over new tokens, int64 (sequences, new), the first of which is at place `start`.

        Scores of the last `keep` of them are wanted; there may be more.
        """

    def _fed(self, feeds: Mapping[str, Array]) -> dict[str, Tensor]:
        """Of these feeds those that the model takes, and its past."""
        rows = len(feeds["input_ids"])
        taken = {name: value for name, value in feeds.items() if name in self._inputs}
        return {**taken, **self._cache.feeds(rows)}
