"""Every error that wardian raises on purpose.

```
WardianError
├── InputError (also ValueError)      a value given by the user or the caller cannot be used
│   ├── TensorError                   a tensor's name, dtype, rank or shape is wrong
│   └── UnknownNameError              no task, model, pipeline, component … of that name
├── ModelError                        a model, tokenizer or configuration file is broken or does not fit
│   └── IntegrityError                a file's content is not the one that was promised
├── DownloadError                     a file did not arrive
├── DeviceError                       the wanted device or backend is not there
├── SessionClosedError                the session was used after `close()`
├── EngineLostError                   the engine that ran the model ended; a new one starts on the next run
├── WorkerLostError                   Python itself ended, or did not start (told by the page alone)
└── CancelledError                    the request was cancelled
```

Each carries `message` (one sentence), and where they make sense `value` (what was given), `expected`,
`received` and `hint` (the next step). `str(error)` puts them together; `error.to_wire()` is what crosses to
the page as `WireError` of `app/shared/messages.ts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "CancelledError",
    "DeviceError",
    "DownloadError",
    "EngineLostError",
    "InputError",
    "IntegrityError",
    "ModelError",
    "SessionClosedError",
    "TensorError",
    "UnknownNameError",
    "WardianError",
    "WorkerLostError",
    "shorten",
]

_LONGEST_VALUE = 200


def shorten(value: object, limit: int = _LONGEST_VALUE) -> str:
    """The value as text for a message, never longer than `limit` characters.

    >>> shorten("a" * 1000, 12)
    "'aaaaaaa...'"
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value):,} bytes"
    # A repr of a megabyte costs time and memory just to be cut: cut first.
    text = repr(value[: limit + 1]) if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 4] + "..." + text[-1]


class WardianError(Exception):
    """The base of all errors of this package.

    >>> print(WardianError("No such colour.", value="'rde'", expected="red or blue", hint="Try 'red'."))
    No such colour. Got 'rde'; expected red or blue. Try 'red'.
    """

    def __init__(
        self,
        message: str,
        *,
        value: str | None = None,
        expected: str | None = None,
        received: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.value = value
        self.expected = expected
        self.received = received
        self.hint = hint

    def __str__(self) -> str:
        facts = []
        if self.value is not None:
            facts.append(f"got {self.value}")
        if self.expected is not None:
            facts.append(f"expected {self.expected}")
        if self.received is not None:
            facts.append(f"received {self.received}")
        parts = [self.message]
        if facts:
            joined = "; ".join(facts)
            parts.append(joined[0].upper() + joined[1:] + ".")
        if self.hint:
            parts.append(self.hint)
        return " ".join(parts)

    def to_wire(self) -> dict[str, str | None]:
        """The error as `WireError` of `app/shared/messages.ts`.

        >>> InputError("Too long.", received="9 characters").to_wire()["kind"]
        'InputError'
        """
        return {
            "kind": type(self).__name__,
            "message": self.message,
            "value": self.value,
            "expected": self.expected,
            "received": self.received,
            "hint": self.hint,
            "details": None,
        }

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> WardianError:
        """The exception for a `WireError` from another thread; one of an unknown kind is a WardianError.

        >>> WardianError.from_wire({"kind": "DeviceError", "message": "No adapter."})
        DeviceError('No adapter.')
        """
        kind = _kinds().get(str(wire.get("kind")), WardianError)
        error = kind.__new__(kind)
        facts = {key: wire.get(key) for key in ("value", "expected", "received", "hint")}
        WardianError.__init__(error, str(wire.get("message") or "Unknown error."), **facts)
        return error


class InputError(WardianError, ValueError):
    """A value given by the user or the caller cannot be used."""


class TensorError(InputError):
    """A tensor's name, dtype, rank or shape is not what the model takes."""


class UnknownNameError(InputError):
    """There is nothing of that kind with that name.

    >>> error = UnknownNameError("task", "digit", ["digits", "search"])
    >>> error.hint
    "Did you mean 'digits'?"
    >>> error.expected
    'one of digits, search'
    """

    def __init__(self, what: str, name: object, known: Iterable[str], hint: str | None = None) -> None:
        # Imported when something went wrong already: it is not needed to start.
        import difflib

        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1) if isinstance(name, str) else []
        super().__init__(
            f"There is no {what} named {shorten(name, 80)}.",
            value=shorten(name, 80),
            expected="one of " + ", ".join(names) if names else f"a {what}, but none is there",
            hint=f"Did you mean {near[0]!r}?" if near else hint,
        )


class ModelError(WardianError):
    """A model, tokenizer or configuration file is broken, or does not fit where it is to be used."""


class IntegrityError(ModelError):
    """A file's content does not have the hash or the size that its manifest states."""


class DownloadError(WardianError):
    """A file did not arrive, or not whole."""


class DeviceError(WardianError):
    """The wanted device or backend is not there, or failed to start."""


class SessionClosedError(WardianError):
    """The session was used after `close()`."""

    def __init__(self, message: str = "The session is closed.", **facts: Any) -> None:
        facts.setdefault("hint", "Open a new session.")
        super().__init__(message, **facts)


class EngineLostError(WardianError):
    """The engine that ran the model ended (cancelled, crashed or out of memory)."""


class WorkerLostError(WardianError):
    """The browser's Python worker ended before it had an answer; another one starts.

    Only the page can tell: it is here so that the class of an error has one name everywhere.
    """


class CancelledError(WardianError):
    """The request was cancelled before it had a result."""

    def __init__(self, message: str = "The request was cancelled.", **facts: Any) -> None:
        super().__init__(message, **facts)


def _kinds() -> dict[str, type[WardianError]]:
    """All classes of the hierarchy by name."""
    found, queue = {}, [WardianError]
    while queue:
        kind = queue.pop()
        found[kind.__name__] = kind
        queue.extend(kind.__subclasses__())
    return found
