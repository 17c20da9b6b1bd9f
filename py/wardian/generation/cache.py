"""Keys and values of attention that stay in the engine: what a decoder need not compute again.

Inputs `past_key_values.*` and outputs `present.*` of a decoder, in one of two forms, as its interface tells:

- *whole*: `present` is past and new together, and goes in again as it came out (models as exported for
  transformers.js; on a GPU these are buffers that never leave it);
- *slices*: `present` holds the new places alone, and the session appends them to tensors with room to spare
  (what `build.py convert` makes of Llama-like models for WASM).

Places that hold nothing, or tokens that were taken back, are hidden by the attention mask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.session import Session
from wardian.types import DTYPES, Append, KeptTensor, Tensor, TensorSpec

__all__ = ["KeyValueCache"]

_PAST, _PRESENT = "past_key_values.", "present."


@dataclass(frozen=True)
class _Port:
    past: str
    present: str
    dtype: str
    heads: int
    width: int
    #: Keys of the encoder's tokens: computed once, by the first run.
    cross: bool

    @property
    def bytes_per_token(self) -> int:
        return self.heads * self.width * DTYPES[self.dtype].itemsize


class KeyValueCache:
    """The cache of one decoder's session.

    `length` tokens are held for each of `rows` sequences.
    """

    def __init__(self, session: Session, config: Mapping[str, Any]) -> None:
        self._session = session
        self._ports = [_port(spec, config) for spec in session.inputs if spec.name.startswith(_PAST)]
        present = {spec.name: spec for spec in session.outputs}
        for port in self._ports:
            if port.present not in present:
                raise ModelError(
                    "The decoder takes a cache that it does not give.",
                    expected=f"an output {port.present}",
                    received=", ".join(list(present)[:8]),
                )
        self.slices = any(
            _length_of(present[port.present]) == _length_of_tokens(session)
            for port in self._ports
            if not port.cross
        )
        self._held: dict[str, KeptTensor] = {}
        #: Which places of the past hold a token that still counts.
        self._places = np.zeros(0, bool)
        self.rows = 0

    @property
    def length(self) -> int:
        return int(self._places.sum())

    @property
    def exists(self) -> bool:
        """Whether the model has a cache at all."""
        return bool(self._ports)

    @property
    def bytes_per_token(self) -> int:
        """What each token of one sequence takes, without the encoder's."""
        return sum(port.bytes_per_token for port in self._ports if not port.cross)

    def feeds(self, rows: int) -> dict[str, Tensor]:
        """The past of so many sequences."""
        if self.rows not in (0, rows):
            raise ValueError(f"the cache holds {self.rows} sequences, not {rows}")
        empty = {
            port.past: np.zeros((rows, port.heads, 0, port.width), DTYPES[port.dtype])
            for port in self._ports
            if port.past not in self._held
        }
        return {**empty, **self._held}

    def mask(self, rows: int, new: int) -> NDArray[np.int64]:
        """Which places count, past and new: int64 (rows, places)."""
        places = np.concatenate([self._places, np.ones(new, bool)])
        return np.broadcast_to(places.astype(np.int64), (rows, len(places))).copy()

    def options(self) -> dict[str, Any]:
        """How a run is to keep what it gives: arguments of `Session.run`."""
        if not self.slices:
            return {"keep": [f"{_PRESENT}*"]}
        into = {port.present: self._held.get(port.past) for port in self._ports}
        return {"append": Append(into, self.length)}

    def took(self, results: Mapping[str, Tensor], rows: int, new: int) -> None:
        """Hold what a run gave that was told `options()`."""
        old, first = self._held, not self._held
        self._held = {
            port.past: _kept(results[port.present]) if first or not port.cross else old[port.past]
            for port in self._ports
        }
        if self.slices:
            length = self.length + new
            room = next((tensor.dims[2] for tensor in self._held.values()), 0)
            self._places = np.arange(room) < length
        else:
            current = {tensor.handle for tensor in self._held.values()}
            self._session.release([tensor for tensor in old.values() if tensor.handle not in current])
            given = [_kept(results[port.present]) for port in self._ports if port.cross and not first]
            self._session.release(given)
            self._places = np.concatenate([self._places, np.ones(new, bool)])
        self.rows = rows

    def rewind(self, length: int) -> None:
        """Count the first tokens alone; what came after them is written over, or hidden."""
        if length == 0 and not any(port.cross for port in self._ports):
            self.clear()
        else:
            self._places = self._places & (np.cumsum(self._places) <= length)

    @property
    def hidden(self) -> int:
        """Places that are carried along for nothing."""
        return 0 if self.slices else len(self._places) - self.length

    async def gather(self, rows: Sequence[int]) -> None:
        """Go on with other sequences: `rows[i]` is the one that sequence i goes on from."""
        if self._held and list(rows) != list(range(self.rows)):
            names = list(self._held)
            held = await self._session.gather([self._held[name] for name in names], rows)
            self._held = dict(zip(names, held, strict=True))
        self.rows = len(rows) if self._held else 0

    def clear(self) -> None:
        """Forget everything."""
        self._session.release(list(self._held.values()))
        self._held, self._places, self.rows = {}, np.zeros(0, bool), 0


def _port(spec: TensorSpec, config: Mapping[str, Any]) -> _Port:
    """The sizes of a cache from the model's interface, else from its configuration."""
    if len(spec.dims) != 4 or spec.dtype not in DTYPES:
        raise ModelError(
            "The decoder's cache has an unknown form.",
            expected="(batch, heads, places, width)",
            received=spec.describe(),
        )
    heads, width = spec.dims[1], spec.dims[3]
    if not isinstance(heads, int):
        heads = _setting(
            config, "num_key_value_heads", "num_attention_heads", "n_head", "decoder_attention_heads"
        )
    if not isinstance(width, int):
        width = config.get("head_dim") or _setting(config, "hidden_size", "n_embd", "d_model") // _setting(
            config, "num_attention_heads", "n_head", "decoder_attention_heads"
        )
    return _Port(
        spec.name, _PRESENT + spec.name.removeprefix(_PAST), spec.dtype, int(heads), int(width),
        ".encoder." in spec.name,
    )  # fmt: skip


def _setting(config: Mapping[str, Any], *names: str) -> int:
    for name in names:
        if isinstance(value := config.get(name), int):
            return value
    raise ModelError("The model's configuration lacks a size.", expected=" or ".join(names))


def _length_of(spec: TensorSpec) -> int | str:
    return spec.dims[2] if len(spec.dims) == 4 else ""


def _length_of_tokens(session: Session) -> int | str:
    """The name of the dimension of new tokens."""
    for spec in session.inputs:
        if spec.name == "input_ids":
            return spec.dims[1]
    raise ModelError(
        "The model is no decoder.",
        expected="an input input_ids",
        received=", ".join(spec.name for spec in session.inputs),
    )


def _kept(value: Tensor) -> KeptTensor:
    if isinstance(value, KeptTensor):
        return value
    raise TypeError("a cache stays in the engine")
