"""Which encoder runs: the native kernel where it is there and knows the tokenizer, else the Python one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from wardian.errors import DeviceError, InputError, ModelError, WardianError

if TYPE_CHECKING:
    from wardian.tokenizers.pieces import Pieces

__all__ = ["BACKENDS", "Encoder", "choose_encoder"]

BACKENDS = ("auto", "native", "python")


class Encoder(Protocol):
    """Finds the tokens of one text."""

    backend: str

    def encode(self, text: str, limit: int | None = None) -> Pieces:
        """The tokens of a text, added tokens among them; may stop early once there are `limit`."""


def choose_encoder(
    wanted: str, prepare: Callable[[], bytes] | None, python: Callable[[], Encoder] | None
) -> Encoder:
    """The encoder for a backend of `BACKENDS`.

    Args:
        wanted: "auto" takes the native one where it can be had.
        prepare: makes what the native encoder reads; None where there is nothing to make it of.
        python: makes the Python encoder; None where there is nothing to make it of.

    Raises:
        InputError: the backend is unknown.
        DeviceError: the native encoder is wanted and not installed.
        ModelError: the wanted encoder cannot do this tokenizer; the error says why.
    """
    if wanted not in BACKENDS:
        raise InputError(
            "The backend is unknown.", value=repr(wanted), expected="one of " + ", ".join(BACKENDS)
        )
    reason: WardianError | None = None
    if wanted != "python" or python is None:
        try:
            return _native(prepare)
        except (DeviceError, ModelError) as error:
            reason = error
    if python is not None and wanted != "native":
        return python()
    if wanted == "python":
        raise ModelError(
            "A prepared tokenizer is for the native encoder alone.",
            hint="Open the tokenizer.json itself to use the Python encoder.",
        ) from reason
    assert reason is not None
    raise reason


def _native(prepare: Callable[[], bytes] | None) -> Encoder:
    if prepare is None:
        raise ModelError("The native encoder needs the content of a tokenizer.json.")
    try:
        from wardian.tokenizers.native_encoder import NativeEncoder
    except ImportError as error:
        raise DeviceError(
            "The native encoder is not installed.",
            expected="the package wardian-kernels",
            received=str(error),
            hint='Use backend="python", or "auto".',
        ) from error
    return NativeEncoder(prepare())
