"""Progress on the terminal: steps, and bytes of what is downloaded."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Bytes", "human", "say", "step"]

REDRAW_SECONDS = 0.1

_turn = threading.Lock()  # models are built beside the rest
_redrawing = False


def human(count: int) -> str:
    """A number of bytes for people, in powers of 1000.

    >>> human(512), human(2_916_023), human(106_366_595)
    ('512 B', '2.9 MB', '106.4 MB')
    """
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def say(message: str) -> None:
    """One line of the build's story. Goes to stderr, so that `--json` output stays clean."""
    _print(message + "\n")


def _print(text: str, redraws: bool = False) -> None:
    """Write to stderr, in place of a line that redraws itself."""
    global _redrawing
    with _turn:
        print("\r\033[K" * _redrawing + text, end="", file=sys.stderr, flush=True)
        _redrawing = redraws


@contextmanager
def step(message: str) -> Iterator[None]:
    """Announce a step that takes a while, and say afterwards how long it took."""
    say(f"[build] {message} …")
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if seconds >= 1:
        say(f"[build] {message}: done in {seconds:.1f} s")


class Bytes:
    """Bytes arriving: a line that redraws itself on a terminal, a line every 10 % elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._interactive = sys.stderr.isatty()
        self._drawn = 0.0
        self._tenth = 0

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._interactive:
            if now - self._drawn >= REDRAW_SECONDS or done == total:
                self._drawn = now
                _print(f"[fetch] {self._line(done, total)}", redraws=True)
            return
        tenth = 10 * done // total if total else 0
        if tenth > self._tenth:
            self._tenth = tenth
            say(f"[fetch] {self._line(done, total)}")

    def finish(self) -> None:
        """What was drawn last stays."""
        global _redrawing
        with _turn:
            if _redrawing:
                print(file=sys.stderr, flush=True)
            _redrawing = False

    def _line(self, done: int, total: int) -> str:
        share = f" of {human(total)} ({100 * done // total} %)" if total else ""
        return f"{self._what}: {human(done)}{share}"
