"""What generation is compared with `transformers` on: logits, a small model of tables, prompts and settings.

`make_generation.py` and the tests both use this file, so that `generation.json` holds only what came out. It
needs NumPy alone, and every number in it is exact, so that all interpreters begin with the same.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = Path(__file__).with_name("generation.json")

VOCABULARY = 40
"""Of the model of tables: few enough to write a token as one character."""
EOS = 2


def uniform(seed: int, *shape: int) -> NDArray[np.float64]:
    """Numbers from 0 to 1 with 24 bits."""
    return np.random.Generator(np.random.PCG64(seed)).integers(0, 2**24, shape) / 2**24


def logits(seed: int, rows: int, vocabulary: int) -> NDArray[np.float32]:
    """A few high scores and many low ones, from -6 to 14."""
    values = uniform(seed, rows, vocabulary)
    return (18 * values**4 + 2 * values - 6).astype(np.float32)


def ids(seed: int, rows: int, length: int, vocabulary: int) -> NDArray[np.int64]:
    return np.random.Generator(np.random.PCG64(seed)).integers(0, vocabulary, (rows, length))


class Tables:
    """A model whose scores follow from the last two tokens and the length: three rows of tables, added."""

    def __init__(self) -> None:
        size = VOCABULARY
        # Multiples of 2⁻¹⁰ below 8: their sums are exact, in whatever order.
        self.last = self._table(1, size)
        self.before = self._table(2, size)
        self.length = self._table(3, 11)

    @staticmethod
    def _table(seed: int, rows: int) -> NDArray[np.float32]:
        values = np.floor(uniform(seed, rows, VOCABULARY) ** 2 * 4096) / 1024
        # So that a sequence ends after some eight tokens.
        values[:, EOS] += 0.75
        return np.asarray(values, np.float32)

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 (sequences, vocabulary) of ids, int64 (sequences, length)."""
        before = ids[:, -2] if ids.shape[1] > 1 else np.zeros(len(ids), np.int64)
        return np.asarray(self.last[ids[:, -1]] + self.before[before] + self.length[ids.shape[1] % 11])


def prompts(count: int = 50) -> list[list[int]]:
    """Prompts of one to five tokens, without special ones."""
    return [ids(100 + i, 1, 1 + i % 5, VOCABULARY - 4)[0].tolist() for i in range(count)]


#: Name → (settings, rows, length of ids, prompt's length, vocabulary): one processor after the other.
PROCESSORS: dict[str, tuple[dict[str, Any], int, int, int, int]] = {
    "repetition": ({"repetition_penalty": 1.3}, 3, 7, 4, 97),
    "repetition-reward": ({"repetition_penalty": 0.6}, 3, 7, 4, 97),
    "ngram-1": ({"no_repeat_ngram_size": 1}, 3, 7, 4, 97),
    "ngram-2": ({"no_repeat_ngram_size": 2}, 4, 40, 4, 5),
    "ngram-3": ({"no_repeat_ngram_size": 3}, 4, 60, 4, 5),
    "ngram-longer": ({"no_repeat_ngram_size": 9}, 3, 7, 4, 97),
    "bad-words": ({"bad_words_ids": [[1], [3], [2], [0, 4], [4, 0], [1, 1, 0], [2, 3]]}, 12, 5, 4, 5),
    "bad-words-eos": ({"bad_words_ids": [[2], [50], [3], [7, 2]], "eos_token_id": [2, 3]}, 3, 7, 4, 97),
    "min-length": ({"min_length": 9, "eos_token_id": [2, 5]}, 3, 7, 4, 97),
    "min-length-reached": ({"min_length": 7, "eos_token_id": [2, 5]}, 3, 7, 4, 97),
    "min-new": ({"min_new_tokens": 4, "eos_token_id": 2}, 3, 7, 4, 97),
    "min-new-reached": ({"min_new_tokens": 3, "eos_token_id": 2}, 3, 7, 4, 97),
    "forced-bos": ({"forced_bos_token_id": 8}, 3, 1, 1, 97),
    "forced-bos-later": ({"forced_bos_token_id": 8}, 3, 2, 1, 97),
    "forced-eos": ({"forced_eos_token_id": [2, 4], "max_length": 8}, 3, 7, 4, 97),
    "forced-eos-before": ({"forced_eos_token_id": 2, "max_length": 9}, 3, 7, 4, 97),
    "suppress": ({"suppress_tokens": [0, 96, 5]}, 3, 7, 4, 97),
    "suppress-begin": ({"begin_suppress_tokens": [0, 96, 5]}, 3, 4, 4, 97),
    "suppress-begin-later": ({"begin_suppress_tokens": [0, 96, 5]}, 3, 5, 4, 97),
    "suppress-begin-forced": ({"begin_suppress_tokens": [0, 5], "forced_bos_token_id": 8}, 3, 2, 1, 97),
    "renormalize": ({"renormalize_logits": True}, 3, 7, 4, 97),
    "temperature": ({"do_sample": True, "temperature": 0.7, "top_k": 0}, 3, 7, 4, 97),
    "temperature-hot": ({"do_sample": True, "temperature": 3.0, "top_k": 0}, 3, 7, 4, 97),
    "top-k": ({"do_sample": True, "top_k": 5}, 3, 7, 4, 3001),
    "top-k-default": ({"do_sample": True}, 3, 7, 4, 3001),
    "top-k-one": ({"do_sample": True, "top_k": 1}, 3, 7, 4, 97),
    "top-k-all": ({"do_sample": True, "top_k": 200}, 3, 7, 4, 97),
    "top-p": ({"do_sample": True, "top_k": 0, "top_p": 0.9}, 3, 7, 4, 3001),
    "top-p-small": ({"do_sample": True, "top_k": 0, "top_p": 0.01}, 3, 7, 4, 3001),
    "top-p-flat": ({"do_sample": True, "top_k": 0, "top_p": 0.95, "temperature": 9.0}, 3, 7, 4, 3001),
    "top-p-most": ({"do_sample": True, "top_k": 0, "top_p": 0.999, "temperature": 5.0}, 3, 7, 4, 3001),
    "min-p": ({"do_sample": True, "top_k": 0, "min_p": 0.05}, 3, 7, 4, 3001),
    "min-p-most": ({"do_sample": True, "top_k": 0, "min_p": 1.0}, 3, 7, 4, 97),
    "typical": ({"do_sample": True, "top_k": 0, "typical_p": 0.5}, 3, 7, 4, 3001),
    "typical-flat": ({"do_sample": True, "top_k": 0, "typical_p": 0.95, "temperature": 5.0}, 3, 7, 4, 3001),
    "typical-small": ({"do_sample": True, "top_k": 0, "typical_p": 0.001}, 3, 7, 4, 97),
    "epsilon": ({"do_sample": True, "top_k": 0, "epsilon_cutoff": 3e-4}, 3, 7, 4, 3001),
    "epsilon-most": ({"do_sample": True, "top_k": 0, "epsilon_cutoff": 0.9}, 3, 7, 4, 97),
    "eta": ({"do_sample": True, "top_k": 0, "eta_cutoff": 2e-3}, 3, 7, 4, 3001),
    "eta-flat": ({"do_sample": True, "top_k": 0, "eta_cutoff": 0.05, "temperature": 6.0}, 3, 7, 4, 3001),
    "chat": (
        {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "repetition_penalty": 1.1},
        3, 90, 60, 3001,
    ),
    "all": (
        {"do_sample": True, "repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "min_length": 9,
         "bad_words_ids": [[11], [12, 13]], "eos_token_id": [2, 5], "min_new_tokens": 5, "max_length": 9,
         "forced_eos_token_id": 7, "suppress_tokens": [21, 22], "begin_suppress_tokens": [23],
         "temperature": 1.7, "top_k": 60, "top_p": 0.97, "min_p": 0.001, "typical_p": 0.9,
         "epsilon_cutoff": 1e-4, "eta_cutoff": 1e-4, "renormalize_logits": True},
        3, 7, 4, 97,
    ),
}  # fmt: skip

_SHORT = {"max_new_tokens": 12, "eos_token_id": EOS}
_FOUR = {**_SHORT, "num_beams": 4}
#: Name → (settings, prompts): whole searches with the model of tables.
SEARCHES: dict[str, tuple[dict[str, Any], int]] = {
    "greedy": (_SHORT, 50),
    "greedy-endless": ({"max_new_tokens": 7}, 8),
    "greedy-max-length": ({"max_length": 9, "eos_token_id": EOS}, 10),
    "greedy-eos": ({**_SHORT, "eos_token_id": [2, 5, 9, 14]}, 20),
    "greedy-repetition": ({**_SHORT, "repetition_penalty": 1.4}, 50),
    "greedy-ngram": ({**_SHORT, "no_repeat_ngram_size": 1, "max_new_tokens": 20}, 12),
    "greedy-bad-words": ({**_SHORT, "bad_words_ids": [[7], [3], [8, 11], [20, 21, 22], [2]]}, 50),
    "greedy-min-length": ({**_SHORT, "min_length": 8}, 12),
    "greedy-min-new": ({**_SHORT, "min_new_tokens": 10}, 12),
    "greedy-suppress": ({**_SHORT, "suppress_tokens": [7, 9], "begin_suppress_tokens": [2, 14]}, 12),
    "greedy-forced": (
        {"max_new_tokens": 5, "forced_bos_token_id": 6, "forced_eos_token_id": 2, "eos_token_id": 2}, 15,
    ),
    "beams": (_FOUR, 50),
    "beams-2": ({**_SHORT, "num_beams": 2}, 12),
    "beams-8": ({**_SHORT, "num_beams": 8, "num_return_sequences": 8}, 12),
    "beams-endless": ({"num_beams": 3, "max_new_tokens": 7}, 8),
    "beams-early": ({**_FOUR, "early_stopping": True}, 50),
    "beams-never": ({**_FOUR, "early_stopping": "never"}, 50),
    "beams-short": ({**_FOUR, "length_penalty": -1.0}, 12),
    "beams-sums": ({**_FOUR, "length_penalty": 0.0}, 12),
    "beams-long": ({**_FOUR, "length_penalty": 2.0}, 50),
    "beams-long-early": ({**_FOUR, "length_penalty": 2.0, "early_stopping": True}, 12),
    "beams-long-never": ({**_FOUR, "length_penalty": 2.0, "early_stopping": "never"}, 12),
    "beams-short-never": ({**_FOUR, "length_penalty": -0.5, "early_stopping": "never"}, 12),
    "beams-half": ({**_FOUR, "length_penalty": 0.5, "num_return_sequences": 3}, 12),
    "beams-best": ({**_FOUR, "num_return_sequences": 4}, 50),
    "beams-best-early": ({**_FOUR, "num_return_sequences": 4, "early_stopping": True}, 12),
    "beams-eos": ({**_FOUR, "eos_token_id": [2, 5, 9, 14], "num_return_sequences": 2}, 50),
    "beams-many-eos": (
        {**_FOUR, "eos_token_id": [i for i in range(40) if i % 5], "num_return_sequences": 4}, 50,
    ),
    "beams-ngram": ({**_FOUR, "no_repeat_ngram_size": 2}, 50),
    "beams-repetition": ({**_FOUR, "repetition_penalty": 1.4}, 12),
    "beams-bad-words": ({**_FOUR, "bad_words_ids": [[7], [3], [8, 11], [20, 21, 22], [2]]}, 50),
    "beams-min-new": ({**_FOUR, "min_new_tokens": 10}, 12),
    "beams-renormalize": ({**_FOUR, "renormalize_logits": True, "bad_words_ids": [[7], [9]]}, 12),
    "beams-forced": (
        {**_FOUR, "max_new_tokens": 6, "forced_bos_token_id": 6, "forced_eos_token_id": 2,
         "early_stopping": True, "no_repeat_ngram_size": 3, "length_penalty": 2.0, "min_length": 4}, 25,
    ),
    "beams-one-token": ({**_FOUR, "max_new_tokens": 1, "num_return_sequences": 4}, 8),
}  # fmt: skip

#: Of `hf_generation.json`; encoder-decoders get the prompts as what they encode.
ARCHITECTURES = (
    "llama", "llama-biased", "qwen2", "qwen3", "gemma", "gemma3", "gpt2", "marian", "m2m_100", "bart",
    "mbart", "t5", "t5-gated", "mt5",
)  # fmt: skip
#: Short enough for models of 23 positions.
_MODELS = {"max_new_tokens": 9}
ARCHITECTURE_SEARCHES: dict[str, tuple[dict[str, Any], int]] = {
    "greedy": (_MODELS, 50),
    "beams": ({**_MODELS, "num_beams": 4}, 50),
    "beams-summary": (
        {**_MODELS, "num_beams": 3, "length_penalty": 2.0, "early_stopping": True, "num_return_sequences": 2,
         "no_repeat_ngram_size": 2, "min_new_tokens": 3}, 10,
    ),
}  # fmt: skip


def architecture_prompts(count: int, encoder: bool) -> list[list[int]]:
    """Texts of three to nine tokens below 31; what is encoded ends with an EOS token."""
    texts = [ids(500 + i, 1, 3 + i % 7, 24)[0] + 3 for i in range(count)]
    return [text.tolist() + [EOS] * encoder for text in texts]


def bits(mask: NDArray[np.bool_]) -> str:
    """A mask, eight to a byte, in base64."""
    return base64.b64encode(np.packbits(mask).tobytes()).decode("ascii")


def mask(text: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    packed = np.frombuffer(base64.b64decode(text), np.uint8)
    return np.unpackbits(packed, count=int(np.prod(shape))).reshape(shape).astype(np.bool_)


def spelled(tokens: Any) -> str:
    """Tokens as one character each, from "0" on."""
    return "".join(chr(48 + int(token)) for token in tokens)
