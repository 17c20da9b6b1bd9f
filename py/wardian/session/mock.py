"""A session whose model is a Python function: for tests of code that uses sessions.

It checks feeds, fetches and handles exactly as the real ones do.

>>> import asyncio, numpy as np
>>> spec = TensorSpec("x", "float32", ("n",))
>>> session = MockSession([spec], [TensorSpec("y", "float32", ("n",))], lambda feeds: {"y": feeds["x"] * 2})
>>> asyncio.run(session.run({"x": np.float32([1, 2])}))
{'y': array([2., 4.], dtype=float32)}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from inspect import isawaitable

import numpy as np

from wardian.errors import ModelError, SessionClosedError
from wardian.session._kept import KeptArrays
from wardian.session._validate import check_appended, check_feeds, check_fetches
from wardian.types import Append, Array, KeptTensor, Tensor, TensorSpec, dtype_name

__all__ = ["MockSession"]

Function = Callable[[dict[str, Array]], "Mapping[str, Array] | Awaitable[Mapping[str, Array]]"]


class MockSession:
    """A session with given specs that computes with `function(feeds) -> outputs`, plain or async.

    `calls` records the feeds of every run.
    """

    def __init__(
        self,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        function: Function,
        *,
        device: str = "mock",
        threads: int = 1,
    ) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.device = device
        self.threads = threads
        self.calls: list[dict[str, Array]] = []
        self._function = function
        self._kept = KeptArrays()
        self._closed = False

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        append: Append | None = None,
    ) -> dict[str, Tensor]:
        """Run the function; see `wardian.session.Session`. Its outputs are checked against the specs."""
        if self._closed:
            raise SessionClosedError()
        checked = check_feeds(self.inputs, feeds)
        names = check_fetches(self.outputs, fetches)
        check_appended(names, append)
        arrays = {name: self._kept.get(name, value) for name, value in checked.items()}
        self.calls.append(arrays)
        made = self._function(arrays)
        outputs = await made if isawaitable(made) else made
        results: dict[str, Tensor] = {}
        for spec in self.outputs:
            if spec.name in names:
                array = _check_output(spec, outputs)
                results[spec.name] = self._kept.result(spec.name, array.copy(), keep, append)
        return {name: results[name] for name in names}

    async def gather(self, kept: Sequence[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        """Other rows of tensors that stayed here."""
        return self._kept.gather(kept, rows)

    def release(self, kept: Iterable[KeptTensor]) -> None:
        """Free tensors that stayed here."""
        self._kept.release(kept)

    async def close(self) -> None:
        """Refuse further runs."""
        self._closed = True
        self._kept.clear()


def _check_output(spec: TensorSpec, outputs: Mapping[str, Array]) -> Array:
    if spec.name not in outputs:
        raise ModelError(
            f"The function gave no output {spec.name!r}.", received=", ".join(outputs) or "nothing"
        )
    array = np.asarray(outputs[spec.name])
    if dtype_name(array.dtype) != spec.dtype or array.ndim != len(spec.dims):
        raise ModelError(
            f"The function's output {spec.name!r} is not as specified.",
            expected=spec.describe(),
            received=f"{array.dtype.name} {array.shape}",
        )
    return array
