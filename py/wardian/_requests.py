"""Fields of the worker's requests, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.errors import InputError, shorten
from wardian.payloads import image_from_payload

Wanted = tuple[str, str | None, int]
"""Device, dtype and threads, as asked for."""


def wanted_of(request: Mapping[str, Any]) -> Wanted:
    threads = request.get("threads") or 0
    if isinstance(threads, float) and threads.is_integer():
        threads = int(threads)  # JavaScript has but one kind of number
    return str(request.get("device") or "auto"), request.get("dtype"), threads


def text_of(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise missing(name, "a string", value)
    return value


def missing(name: str, expected: str, value: Any) -> InputError:
    return InputError(
        f"The request's field {name!r} is wrong.",
        value=shorten(value, 80),
        expected=expected,
        received="nothing" if value is None else type(value).__name__,
    )


def image_inputs(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [image_from_payload(item) for item in value]
    return image_from_payload(value)
