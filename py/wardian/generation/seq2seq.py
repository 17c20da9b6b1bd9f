"""Decoders of an encoder's output (Marian, M2M-100, T5, BART, Whisper), in the interface of folders exported
for transformers.js (`decoder_model_merged.onnx`):

    input_ids                              int64 (batch_size, decoder_sequence_length)
    encoder_hidden_states                  float32 (batch_size, encoder_sequence_length, features)
    encoder_attention_mask                 int64 (batch_size, encoder_sequence_length), of text models
    use_cache_branch                       bool (1,)         where the model takes it
    past_key_values.N.decoder.key/.value   (batch_size, heads, past, width)
    past_key_values.N.encoder.key/.value   (batch_size, heads, encoder_sequence_length, width)
    → logits (batch_size, decoder_sequence_length, vocabulary), present.N.…
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.generation.incremental import IncrementalDecoder
from wardian.session import Session
from wardian.types import Array, Tensor

__all__ = ["Seq2SeqDecoder"]


class Seq2SeqDecoder(IncrementalDecoder):
    """A decoder that attends to one encoded input: `encoded` and `mask` have one row."""

    def __init__(
        self,
        session: Session,
        config: Mapping[str, Any],
        encoded: NDArray[np.float32],
        mask: NDArray[np.int64],
    ) -> None:
        super().__init__(session, config)
        self._encoded, self._mask = encoded, mask

    @property
    def context(self) -> int | None:
        """T5 tells places by their distance, and takes sequences of any length."""
        return None if self._config.get("model_type") in ("t5", "mt5") else super().context

    @property
    def _masks(self) -> bool:
        """Places are counted from the cache's length."""
        return False

    async def _run(self, new: NDArray[np.int64], start: int, keep: int) -> dict[str, Tensor]:
        rows = len(new)
        feeds: dict[str, Array] = {
            "input_ids": new,
            "encoder_hidden_states": np.repeat(self._encoded, rows, axis=0),
            "encoder_attention_mask": np.repeat(self._mask, rows, axis=0),
            "use_cache_branch": np.array([start > 0]),
        }
        return await self._session.run(self._fed(feeds), **self._cache.options())
