"""The processor time of a browser's workers: what they would take if they had the machine for themselves.

A page can only ask for the time of day, in which other programs have their share. Linux says of each thread
how long it ran. Threads that compile or collect garbage beside a worker are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["WorkerClock"]

_PROC = Path("/proc")
#: What Chromium calls the thread of a worker of a page; Linux keeps 15 characters.
_WORKER = "DedicatedWorker"


class WorkerClock:
    """The processor time of one worker of a browser."""

    def __init__(self, profile: Path, work: Callable[[], object]) -> None:
        """`profile` is the folder the browser was started with; `work` keeps the worker busy, no other."""
        threads = _workers(profile)
        before = [_nanoseconds(thread) for thread in threads]
        work()
        ran = [_nanoseconds(thread) - known for thread, known in zip(threads, before, strict=True)]
        self._thread = threads[ran.index(max(ran))] if any(ran) else None

    @property
    def ticks(self) -> bool:
        """Whether this system tells it."""
        return self._thread is not None

    def milliseconds(self) -> float:
        """How long the worker ran since it started."""
        return 0.0 if self._thread is None else _nanoseconds(self._thread) / 1e6


def _workers(profile: Path) -> list[Path]:
    """The threads of all workers of the browser that was started with a profile."""
    wanted = f"--user-data-dir={profile}".encode()
    family = [path.parent for path in _PROC.glob("[0-9]*/cmdline") if wanted in _read(path)]
    parents = {path.parent: _parent(path) for path in _PROC.glob("[0-9]*/stat")}
    for parent in family:  # grows meanwhile, by children and theirs
        family += [child for child, known in parents.items() if known == parent and child not in family]
    threads = [thread for process in family for thread in process.glob("task/*")]
    return [thread for thread in threads if _read(thread / "comm").startswith(_WORKER.encode())]


def _nanoseconds(thread: Path) -> int:
    return int((_read(thread / "schedstat").split() or [b"0"])[0])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # processes come and go
        return b""


def _parent(stat: Path) -> Path | None:
    """The parent of a process: the second field behind its name, which is in parentheses and may have any."""
    fields = _read(stat).rpartition(b")")[2].split()
    return _PROC / fields[1].decode() if len(fields) > 1 else None
