"""Checks of feeds and fetches, made in Python before anything reaches an engine.

Engines differ in what they accept, in their messages, and in whether they survive: checked here, every
implementation refuses the same things with the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wardian.errors import TensorError, UnknownNameError, shorten
from wardian.types import DTYPES, Append, KeptTensor, Tensor, TensorSpec, dtype_name

__all__ = ["check_appended", "check_feeds", "check_fetches", "contiguous", "is_kept"]


def check_feeds(inputs: Sequence[TensorSpec], feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Check feeds against a model's inputs; arrays come back contiguous and in native byte order.

    >>> spec = TensorSpec("x", "float32", ("batch", 3))
    >>> check_feeds([spec], {"x": np.zeros((2, 3), np.float32).T.copy().T})["x"].flags.c_contiguous
    True
    >>> check_feeds([spec], {"x": np.zeros((2, 4), np.float32)})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    wardian.errors.TensorError: Input 'x' has the wrong shape. Expected x: float32 (batch, 3); ...

    Raises TensorError for a name that is unknown or missing, and for a wrong dtype, rank, fixed dimension,
    or two different lengths of one symbolic dimension.
    """
    specs = {spec.name: spec for spec in inputs}
    for name in feeds:
        if name not in specs:
            raise _unknown("input", name, list(specs))
    symbols: dict[str, tuple[int, str]] = {}
    checked: dict[str, Tensor] = {}
    for spec in inputs:
        if spec.name not in feeds:
            raise TensorError(
                f"Input {spec.name!r} is missing.",
                expected="; ".join(known.describe() for known in inputs),
                received=", ".join(feeds) or "nothing",
            )
        checked[spec.name] = _check_one(spec, feeds[spec.name], symbols)
    return checked


def check_fetches(outputs: Sequence[TensorSpec], fetches: Sequence[str] | None) -> list[str]:
    """The names of the outputs to compute; all for None.

    Raises TensorError for an unknown name, or none at all.
    """
    names = [spec.name for spec in outputs]
    if fetches is None:
        return names
    if isinstance(fetches, str):
        raise TensorError("`fetches` is a list of names.", value=repr(fetches), hint=f"Write [{fetches!r}].")
    if not fetches:
        raise TensorError(
            "`fetches` names no output.", expected=f"some of {', '.join(names)}", received="nothing"
        )
    for name in fetches:
        if name not in names:
            raise _unknown("output", name, names)
    return list(dict.fromkeys(fetches))


def check_appended(fetched: Sequence[str], append: Append | None) -> None:
    """Raises TensorError where an output is to be appended that is not computed."""
    for name in append.into if append is not None else ():
        if name not in fetched:
            raise _unknown("fetched output", name, list(fetched))


def is_kept(name: str, patterns: Sequence[str]) -> bool:
    """Whether an output stays in the engine; a pattern is a name, or a prefix ending in `*`.

    >>> is_kept("present.0.key", ["present.*"]), is_kept("logits", ["present.*"])
    (True, False)
    """
    return any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)


def _check_one(spec: TensorSpec, value: Tensor, symbols: dict[str, tuple[int, str]]) -> Tensor:
    if isinstance(value, KeptTensor):
        dtype, dims = value.dtype, value.dims
    elif isinstance(value, (np.ndarray, np.generic)):
        value = np.asarray(value)
        dtype, dims = dtype_name(value.dtype), value.shape
    else:
        raise TensorError(
            f"Input {spec.name!r} is not a tensor.",
            value=shorten(value),
            expected=spec.describe(),
            received=type(value).__name__,
            hint="Convert it with numpy.asarray(value, dtype=...).",
        )
    # Every run comes through here: text is made only where something is wrong.
    if dtype != spec.dtype:
        hint = f"Convert it with .astype({spec.dtype!r})." if spec.dtype in DTYPES else None
        raise _wrong(spec, "dtype", dtype, dims, hint)
    if len(dims) != len(spec.dims):
        raise _wrong(spec, "rank", dtype, dims)
    for wanted, length in zip(spec.dims, dims, strict=True):
        if isinstance(wanted, int):
            if wanted >= 0 and wanted != length:
                raise _wrong(spec, "shape", dtype, dims)
        elif wanted:
            first, owner = symbols.setdefault(wanted, (length, spec.name))
            if first != length:
                raise _wrong(
                    spec, "shape", dtype, dims, f"{wanted!r} is {first} in {owner!r}: make them equal."
                )
    return value if isinstance(value, KeptTensor) else contiguous(value)


def contiguous(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in row-major order and native byte order; itself where it is so already."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    # Not ascontiguousarray: that makes a 0-d array 1-d.
    return array if array.flags.c_contiguous else array.copy(order="C")


def _wrong(
    spec: TensorSpec, what: str, dtype: str, dims: tuple[int, ...], hint: str | None = None
) -> TensorError:
    received = f"{dtype} ({', '.join(map(str, dims))})"
    return TensorError(
        f"Input {spec.name!r} has the wrong {what}.", expected=spec.describe(), received=received, hint=hint
    )


def _unknown(side: str, name: object, known: list[str]) -> TensorError:
    similar = UnknownNameError(side, name, known)
    return TensorError(
        f"The model has no {side} named {shorten(name, 80)}.",
        value=similar.value,
        expected=", ".join(known),
        hint=similar.hint,
    )
