"""The contract of every `Session`: a list of checks, each an async function of `open(model) -> Session`.

It runs against the native, the mock and, in a browser, the WASM and WebGPU sessions. It imports nothing but
wardian and NumPy, so that it runs wherever they do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from wardian.errors import ModelError, SessionClosedError, TensorError, WardianError
from wardian.session import Session
from wardian.types import Append, KeptTensor, TensorSpec

Open = Callable[[bytes], Awaitable[Session]]
Check = Callable[[Open], Awaitable[None]]

CHECKS: list[Check] = []

MODELS = Path(__file__).parent / "models"


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def model(name: str) -> bytes:
    return (MODELS / f"{name}.onnx").read_bytes()


async def fails(kind: type[WardianError], work: Awaitable[Any], *parts: str) -> WardianError:
    """Await something that must raise `kind` with all `parts` in its message; return the error."""
    try:
        result = await work
    except kind as error:
        for part in parts:
            assert part in str(error), f"{part!r} is not in: {error}"
        return error
    raise AssertionError(f"no {kind.__name__}, but {result!r}")


async def identity(open_session: Open, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Run an array through the identity model of its dtype; shape and dtype must stay."""
    session = await open_session(model(f"identity_{array.dtype.name}"))
    result = (await session.run({"x": array}))["y"]
    await session.close()
    assert isinstance(result, np.ndarray)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    return result


async def unchanged(open_session: Open, array: np.ndarray[Any, Any]) -> None:
    result = await identity(open_session, array)
    assert result.tobytes() == array.tobytes(), (result, array)


# ------------------------------------------------------------------------------------------ element types


@check
async def passes_float32(open_session: Open) -> None:
    await unchanged(open_session, np.array([[1.5, -0.0, 3e38], [1e-45, 2**-126, -7]], np.float32))


@check
async def passes_float16(open_session: Open) -> None:
    await unchanged(open_session, np.array([[1.5, -2, 65504], [6e-8, 0.1, -7]], np.float16))


@check
async def passes_float64(open_session: Open) -> None:
    await unchanged(open_session, np.array([[1.5, -2, 1e300], [5e-324, 0.1, -7]], np.float64))


@check
async def passes_int64(open_session: Open) -> None:
    await unchanged(open_session, np.array([[2**62 + 1, -(2**63), 0], [2**53 + 1, -1, 7]], np.int64))


@check
async def passes_int32(open_session: Open) -> None:
    await unchanged(open_session, np.array([[2**31 - 1, -(2**31), 0], [1, -1, 7]], np.int32))


@check
async def passes_uint8(open_session: Open) -> None:
    await unchanged(open_session, np.array([[255, 0, 128], [1, 2, 3]], np.uint8))


@check
async def passes_bool(open_session: Open) -> None:
    await unchanged(open_session, np.array([[True, False, True], [False, False, True]]))


@check
async def passes_nan_and_infinity(open_session: Open) -> None:
    array = np.array([[np.nan, np.inf, -np.inf]], np.float32)
    result = await identity(open_session, array)
    assert np.array_equal(result, array, equal_nan=True), result


# ------------------------------------------------------------------------------------------------- shapes


@check
async def takes_a_scalar(open_session: Open) -> None:
    session = await open_session(model("scalar"))
    result = (await session.run({"x": np.array(2.5, np.float32)}))["y"]
    assert isinstance(result, np.ndarray) and result.shape == () and result == -2.5, result
    await session.close()


@check
async def takes_an_empty_array(open_session: Open) -> None:
    assert (await identity(open_session, np.zeros((0, 3), np.float32))).size == 0


@check
async def takes_arrays_that_are_not_contiguous(open_session: Open) -> None:
    whole = np.arange(24, dtype=np.float32).reshape(6, 4)
    for array in (whole[::2, 1:], whole[:3].T[:, :3], whole[::-1, 3:0:-1], whole[:, :3].astype(">f4")):
        session = await open_session(model("identity_float32"))
        result = (await session.run({"x": array}))["y"]
        assert np.array_equal(np.asarray(result), array), (result, array)
        await session.close()


@check
async def takes_a_read_only_array_and_leaves_feeds_alone(open_session: Open) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    array.flags.writeable = False
    session = await open_session(model("identity_float32"))
    result = (await session.run({"x": array}))["y"]
    assert isinstance(result, np.ndarray)
    result += 1  # the caller owns it
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    again = (await session.run({"x": array}))["y"]
    assert np.array_equal(np.asarray(again), array)
    await session.close()


# -------------------------------------------------------------------------------------------------- specs


@check
async def describes_inputs_and_outputs(open_session: Open) -> None:
    session = await open_session(model("cache"))
    assert [(s.name, s.dtype, len(s.dims)) for s in session.inputs] == [
        ("x", "float32", 3),
        ("past.0", "float32", 3),
    ]
    assert [s.name for s in session.outputs] == ["total", "present.0"]
    assert session.inputs[0] == TensorSpec("x", "float32", (1, "new", 2)), session.inputs
    assert isinstance(session.device, str) and session.device and session.threads >= 0
    await session.close()


@check
async def computes_what_is_fetched_in_that_order(open_session: Open) -> None:
    session = await open_session(model("arithmetic"))
    feeds = {"b": np.float32([[1, 2]]), "a": np.float32([[10, 20]])}
    everything = await session.run(feeds)
    assert list(everything) == ["sum", "difference"]
    assert np.asarray(everything["sum"]).tolist() == [[11, 22]]
    one = await session.run(feeds, fetches=["difference"])
    assert list(one) == ["difference"] and np.asarray(one["difference"]).tolist() == [[9, 18]]
    assert list(await session.run(feeds, fetches=["difference", "sum"])) == ["difference", "sum"]
    await session.close()


# ------------------------------------------------------------------------------------------- wrong feeds


@check
async def refuses_an_unknown_input(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    array = np.zeros((2, 3), np.float32)
    await fails(TensorError, session.run({"x": array, "xx": array}), "'xx'", "x")
    await session.close()


@check
async def refuses_a_missing_input(open_session: Open) -> None:
    session = await open_session(model("arithmetic"))
    await fails(TensorError, session.run({"a": np.zeros((2, 2), np.float32)}), "'b'", "missing")
    await session.close()


@check
async def refuses_an_unknown_output(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    array = np.zeros((2, 3), np.float32)
    await fails(TensorError, session.run({"x": array}, fetches=["z"]), "'z'", "y")
    await fails(TensorError, session.run({"x": array}, fetches=[]), "no output")
    await session.close()


@check
async def refuses_a_wrong_dtype(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    for dtype in ("float64", "int64", "bool", "uint8", "float16"):
        await fails(TensorError, session.run({"x": np.zeros((2, 3), dtype)}), "dtype", "float32", dtype)
    await fails(TensorError, session.run({"x": np.zeros((2, 3), np.complex64)}), "complex64")
    await session.close()


@check
async def refuses_what_is_no_array(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    bad: Any = [[1.0, 2.0, 3.0]]
    await fails(TensorError, session.run({"x": bad}), "not a tensor", "list")
    await session.close()


@check
async def refuses_a_wrong_rank(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    for shape in ((3,), (1, 2, 3), ()):
        await fails(TensorError, session.run({"x": np.zeros(shape, np.float32)}), "rank", "(rows, 3)")
    await session.close()


@check
async def refuses_a_wrong_fixed_dimension(open_session: Open) -> None:
    session = await open_session(model("fixed"))
    await fails(
        TensorError, session.run({"image": np.zeros((1, 2, 4, 3), np.float32)}), "shape", "(1, 2, 3, 4)"
    )
    result = await session.run({"image": np.ones((1, 2, 3, 4), np.float32)})
    assert np.asarray(result["mean"]).tolist() == [[[[1]], [[1]]]]
    await session.close()


@check
async def refuses_two_lengths_of_one_symbol(open_session: Open) -> None:
    session = await open_session(model("arithmetic"))
    feeds = {"a": np.zeros((2, 2), np.float32), "b": np.zeros((3, 2), np.float32)}
    await fails(TensorError, session.run(feeds), "'n'", "shape")
    await session.close()


@check
async def survives_a_failed_run(open_session: Open) -> None:
    session = await open_session(model("six_only"))
    await fails(ModelError, session.run({"x": np.zeros(5, np.float32)}))
    result = (await session.run({"x": np.arange(6, dtype=np.float32)}))["y"]
    assert np.asarray(result).tolist() == [[0, 1, 2], [3, 4, 5]]
    await session.close()


# ---------------------------------------------------------------------------------------- tensors that stay


@check
async def keeps_outputs_and_takes_them_back(open_session: Open) -> None:
    session = await open_session(model("cache"))
    past: Any = np.zeros((1, 0, 2), np.float32)
    for step in range(1, 4):
        feeds = {"x": np.full((1, 1, 2), step, np.float32), "past.0": past}
        outputs = await session.run(feeds, keep=["present.*"])
        before, past = past, outputs["present.0"]
        assert isinstance(past, KeptTensor) and past.dims == (1, step, 2) and past.dtype == "float32", past
        if isinstance(before, KeptTensor):
            session.release([before])
    assert np.asarray(outputs["total"]).tolist() == [[[6, 6]]]
    last = await session.run({"x": np.float32([[[9, 9]]]), "past.0": past})
    assert np.asarray(last["present.0"]).tolist() == [[[1, 1], [2, 2], [3, 3], [9, 9]]]
    session.release([past])
    session.release([past])
    await session.close()


@check
async def refuses_a_kept_tensor_that_is_gone_or_does_not_fit(open_session: Open) -> None:
    session = await open_session(model("cache"))
    feeds = {"x": np.ones((1, 1, 2), np.float32), "past.0": np.zeros((1, 0, 2), np.float32)}
    kept = (await session.run(feeds, keep=["present.0"]))["present.0"]
    assert isinstance(kept, KeptTensor)
    wrong = KeptTensor(kept.name, "int64", kept.dims, kept.handle)
    await fails(TensorError, session.run({**feeds, "past.0": wrong}), "dtype")
    session.release([kept])
    await fails(TensorError, session.run({**feeds, "past.0": kept}), "handle")
    assert np.asarray((await session.run(feeds))["total"]).tolist() == [[[1, 1]]]
    await session.close()


# ---------------------------------------------------------------------------------------------- lifetime


@check
async def refuses_to_run_after_close(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    await session.close()
    await session.close()
    await fails(SessionClosedError, session.run({"x": np.zeros((2, 3), np.float32)}), "closed")


@check
async def two_sessions_live_side_by_side(open_session: Open) -> None:
    first = await open_session(model("identity_float32"))
    second = await open_session(model("arithmetic"))
    a = np.float32([[1, 2]])
    assert np.asarray((await second.run({"a": a, "b": a}))["sum"]).tolist() == [[2, 4]]
    await second.close()
    x = np.float32([[1, 2, 3]])
    assert np.asarray((await first.run({"x": x}))["y"]).tolist() == [[1, 2, 3]]
    await first.close()


@check
async def two_sessions_of_one_model_are_closed_one_by_one(open_session: Open) -> None:
    first, second = [await open_session(model("identity_float32")) for _ in range(2)]
    x = np.float32([[1, 2, 3]])
    await first.run({"x": x})
    await first.close()
    assert np.asarray((await second.run({"x": x}))["y"]).tolist() == [[1, 2, 3]]
    await second.close()
    await first.close()
    await fails(SessionClosedError, first.run({"x": x}), "closed")
    await fails(SessionClosedError, second.run({"x": x}), "closed")


@check
async def runs_at_the_same_time_do_not_mix(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    arrays = [np.full((n, 3), n, np.float32) for n in range(1, 6)]
    results = await asyncio.gather(*(session.run({"x": array}) for array in arrays))
    for array, result in zip(arrays, results, strict=True):
        assert np.array_equal(np.asarray(result["y"]), array)
    await session.close()


@check
async def refuses_what_is_no_model(open_session: Open) -> None:
    for content in (b"", b"not a model", bytes(range(256)) * 8, model("arithmetic")[:60], b"<!doctype html>"):
        await fails(ModelError, open_session(content))
    session = await open_session(model("identity_float32"))
    assert (await session.run({"x": np.zeros((1, 3), np.float32)}))["y"] is not None
    await session.close()


# ------------------------------------------------------------------------------------ tensors that grow


@check
async def appends_an_output_to_what_is_in_the_engine(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))

    async def put(rows: int, first: float, into: KeptTensor | None, at: int) -> KeptTensor:
        array = np.arange(first, first + 3 * rows, dtype=np.float32).reshape(rows, 3)
        found = (await session.run({"x": array}, append=Append({"y": into}, at, axis=0)))["y"]
        assert isinstance(found, KeptTensor)
        return found

    kept = await put(2, 1, None, 0)
    assert kept.dims == (64, 3)
    assert await put(1, 10, kept, 1) == kept, "there was room"
    whole = np.asarray((await session.run({"x": kept}))["y"])
    assert whole[:3].tolist() == [[1, 2, 3], [10, 11, 12], [0, 0, 0]] and not whole[3:].any()
    larger = await put(64, 100, kept, 2)
    assert larger.dims == (128, 3)
    whole = np.asarray((await session.run({"x": larger}))["y"])
    assert whole[:3].tolist() == [[1, 2, 3], [10, 11, 12], [100, 101, 102]] and whole[65, 2] == 291
    await fails(TensorError, put(1, 0, larger, 129), "at place 129")
    await fails(TensorError, session.run({"x": kept}), "released")
    await fails(TensorError, put(1, 0, None, 3), "at place 3")
    await session.close()


@check
async def gathers_rows_of_what_is_in_the_engine(open_session: Open) -> None:
    session = await open_session(model("identity_float32"))
    kept = (await session.run({"x": np.float32([[1, 2, 3], [4, 5, 6]])}, keep=["y"]))["y"]
    assert isinstance(kept, KeptTensor)
    [rows] = await session.gather([kept], [1, 1, 0])
    assert rows.dims == (3, 3)
    whole = np.asarray((await session.run({"x": rows}))["y"])
    assert whole.tolist() == [[4, 5, 6], [4, 5, 6], [1, 2, 3]]
    await fails(TensorError, session.run({"x": kept}), "released")
    await session.close()
