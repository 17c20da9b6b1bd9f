"""Decoders that stand alone (Llama, Qwen, Gemma, GPT-2 and their like), in the interface of folders exported
for transformers.js:

    input_ids, position_ids       int64 (batch_size, sequence_length)
    attention_mask                int64 (batch_size, past and new)
    num_logits_to_keep            int64 ()          where the model takes it
    use_cache_branch              bool (1,)         where the model takes it
    past_key_values.N.key/.value  (batch_size, heads, past, width)
    → logits (batch_size, 1 or sequence_length, vocabulary), present.N.key/.value
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.generation.incremental import IncrementalDecoder
from wardian.types import Tensor

__all__ = ["CausalDecoder"]


class CausalDecoder(IncrementalDecoder):
    """A decoder without an encoder."""

    async def _run(self, new: NDArray[np.int64], start: int, keep: int) -> dict[str, Tensor]:
        rows, count = new.shape
        places = np.broadcast_to(np.arange(start, start + count), new.shape)
        feeds = {
            "input_ids": new,
            "position_ids": places.astype(np.int64),
            "attention_mask": self._cache.mask(rows, count),
            "num_logits_to_keep": np.array(keep, np.int64),
            "use_cache_branch": np.array([start > 0]),
        }
        return await self._session.run(self._fed(feeds), **self._cache.options())
