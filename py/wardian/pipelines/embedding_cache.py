"""Embeddings that were computed once: what a visitor changes in a form rarely changes all of its texts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wardian.pipelines.base import Progress

__all__ = ["EmbeddingCache"]

Embed = Callable[[list[str]], Awaitable[Iterable[NDArray[np.float32]]]]

#: Texts embedded between two looks at the cache: who cancels keeps what is there.
_GROUP = 16


class EmbeddingCache:
    """The embeddings of the `size` texts that a model was asked for last; 1.5 kB each for MiniLM."""

    def __init__(self, size: int = 20_000) -> None:
        self.size = size
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def embed(
        self,
        texts: Sequence[str],
        embed: Embed,
        *,
        stage: str = "embed",
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """float32 (texts, features): `embed` is asked for those alone that are not known.

        `progress` is called as `progress(stage, new texts done, new texts)`.
        """
        return np.stack(await self.rows(texts, embed, stage=stage, progress=progress))

    async def rows(
        self,
        texts: Sequence[str],
        embed: Embed,
        *,
        stage: str = "embed",
        progress: Progress | None = None,
    ) -> list[NDArray[np.float32]]:
        """The same for what is no vector of one length: whatever array `embed` gives for each text."""
        found: dict[str, NDArray[np.float32]] = {}
        for text in dict.fromkeys(texts):
            if text in self._known:
                self._known.move_to_end(text)
                found[text] = self._known[text]
        new = [text for text in dict.fromkeys(texts) if text not in found]
        for start in range(0, len(new), _GROUP):
            if progress is not None:
                progress(stage, start, len(new))
            group = new[start : start + _GROUP]
            for text, row in zip(group, await embed(group), strict=True):
                found[text] = self._known[text] = row
            while len(self._known) > self.size:
                self._known.popitem(last=False)
        if new and progress is not None:
            progress(stage, len(new), len(new))
        return [found[text] for text in texts]
