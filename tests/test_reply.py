"""`Reply`: a task waits for it as for a future, and goes on inside `settle`."""

from __future__ import annotations

import asyncio

import pytest

from support import run
from wardian._reply import Reply


async def _append(reply: Reply, seen: list[object]) -> None:
    seen.append(await reply)


def test_the_task_goes_on_inside_settle() -> None:
    async def scenario() -> None:
        reply, seen = Reply(), []
        task = asyncio.ensure_future(_append(reply, seen))
        await asyncio.sleep(0)

        def answer() -> None:
            reply.settle("answer")
            assert seen == ["answer"]

        asyncio.get_running_loop().call_soon(answer)
        await task
        assert seen == ["answer"]

    run(scenario())


def test_settled_before_it_is_awaited() -> None:
    async def scenario() -> None:
        reply = Reply()
        reply.settle(3)
        reply.settle(4)
        assert await reply == 3

    run(scenario())


def test_an_error_is_raised_where_it_is_awaited() -> None:
    async def scenario() -> None:
        reply = Reply()
        asyncio.get_running_loop().call_soon(lambda: reply.settle(error=ValueError("wrong")))
        with pytest.raises(ValueError, match="wrong"):
            await reply

    run(scenario())


def test_cancelling_the_task_ends_the_wait_and_a_late_answer_changes_nothing() -> None:
    async def scenario() -> None:
        reply, seen = Reply(), []
        task = asyncio.ensure_future(_append(reply, seen))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        reply.settle("late")
        assert seen == []

    run(scenario())


def test_a_timeout_cancels_it() -> None:
    async def scenario() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(Reply(), 0.01)

    run(scenario())
