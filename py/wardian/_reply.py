"""An awaitable that a callback from JavaScript resumes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from typing import Any

__all__ = ["Reply"]


class Reply:
    """What JavaScript will answer to one call by calling `settle`, once.

    Awaiting a promise makes a future, and the task that waits for a future goes on in the event loop's next
    turn. A task can wait for any object of this shape (see `asyncio.isfuture`); with this one it goes on
    inside JavaScript's own call, which is never made while another task runs.

    >>> async def double():
    ...     reply = Reply()
    ...     asyncio.get_running_loop().call_soon(reply.settle, 21)
    ...     return 2 * await reply
    >>> asyncio.run(double())
    42
    """

    _asyncio_future_blocking = False

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._settled = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._waiting: list[tuple[Callable[[Any], object], Context]] = []

    def settle(self, value: object = None, error: BaseException | None = None) -> None:
        """Answer, and let the waiting task go on before this returns. A second answer is ignored."""
        if self._settled:
            return
        self._settled, self._value, self._error = True, value, error
        for callback, context in self._waiting:
            context.run(callback, self)

    def __await__(self) -> Generator[Any, Any, Any]:
        if not self._settled:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value

    def done(self) -> bool:
        return self._settled

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context | None = None) -> None:
        self._waiting.append((callback, context or copy_context()))

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        kept = [item for item in self._waiting if item[0] != callback]
        removed, self._waiting = len(self._waiting) - len(kept), kept
        return removed

    def cancel(self, msg: object = None) -> bool:
        """Wake the waiting task with CancelledError: in a turn of its own, for another task runs now."""
        if self._settled:
            return False
        self._settled, self._error = True, asyncio.CancelledError()
        for callback, context in self._waiting:
            self._loop.call_soon(callback, self, context=context)
        return True
