"""A session runs one ONNX model; where, is the only thing that differs between its implementations.

| module | engine | interpreter |
|---|---|---|
| `_native` | onnxruntime | CPython |
| `_web` | onnxruntime-web in an engine worker (WASM or WebGPU) | Pyodide |
| `mock` | a Python function, for tests of code that uses sessions | both |

All pass the same contract suite, `tests/session/contract.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardian import _platform
from wardian.errors import InputError
from wardian.types import Append, KeptTensor, Tensor, TensorSpec

if TYPE_CHECKING:
    from wardian.hub import ModelFile

__all__ = ["Session", "open_session"]


class Session(Protocol):
    """An opened model.

    `inputs` and `outputs` describe the model's tensors; `device` and `threads` say where it really runs
    (threads 0: the engine chose and does not tell).
    """

    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    device: str
    threads: int

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        append: Append | None = None,
    ) -> dict[str, Tensor]:
        """Run the model once.

        Args:
            feeds: one array, or KeptTensor of this session, per input of the model. Arrays need not be
                contiguous. NaN and infinity are passed on as they are: a model may rely on them.
            fetches: names of the wanted outputs; all by default.
            keep: names of outputs, or prefixes ending in `*` (`"present.*"`), that stay in the engine: for
                these the result holds a KeptTensor, which can be fed to a later run.
            append: outputs that stay in the engine at the end of tensors which are there; the result holds
                these, and they take the place of those in `append`. Not of a GPU's buffers.

        Returns:
            The fetched outputs by name, in the order of `fetches`. The arrays belong to the caller.

        Raises:
            TensorError: a name is unknown or missing, or a tensor's dtype, rank or shape is wrong.
            ModelError: the model failed while it ran.
            SessionClosedError: the session is closed.
        """

    async def gather(self, kept: Sequence[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        """Tensors of the chosen rows, with repetition (of the first axis), in the place of those given.

        This is what a beam search does to a cache when beams go on from other beams.
        """

    def release(self, kept: Iterable[KeptTensor]) -> None:
        """Free tensors that stayed in the engine. Releasing twice is allowed."""

    async def close(self) -> None:
        """Free the model and all tensors kept for it. Closing twice is allowed."""


async def open_session(
    source: bytes | Path | ModelFile, *, device: str = "auto", threads: int = 0, owner: str = ""
) -> Session:
    """Open an ONNX model.

    Args:
        source: the content of an ONNX file, the path of one (CPython), or a file of a model folder.
        device: `"auto"`, or `"cpu"` or `"cuda"` (CPython), or `"wasm"` or `"webgpu"` (Pyodide).
        threads: 0 for as many as make sense.
        owner: sessions of the same owner share an engine worker (Pyodide); cancelling ends all of them.

    Raises:
        ModelError: this is not an ONNX model, or one that the engine cannot run.
        DeviceError: the device is unknown or not there.
    """
    if isinstance(source, (bytearray, memoryview)):
        source = bytes(source)
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 0:
        raise InputError(
            "The number of threads is wrong.", value=repr(threads), expected="an integer ≥ 0; 0 is auto"
        )
    if _platform.IN_PYODIDE:
        from wardian.session._web import open_web_session

        web_source = source.read_bytes() if isinstance(source, Path) else source
        return await open_web_session(web_source, device=device, threads=threads, owner=owner)
    from wardian.session._native import open_native_session

    return await open_native_session(source, device=device, threads=threads)
