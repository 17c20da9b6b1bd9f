"""The processor time of a browser's workers: what they would take if they had the machine for themselves.

A page can only ask for the time of day, in which other programs have their share. Linux says of each thread
how long it ran. Threads that compile or collect garbage beside a worker are not counted.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["WorkerClock"]

_PROC = Path("/proc")
#: What Chromium calls the thread of a worker of a page; Linux keeps 15 characters.
_WORKER = "DedicatedWorker"


class WorkerClock:
    """Sums up the processor time of all workers of one browser. The workers must have started."""

    def __init__(self, profile: Path) -> None:
        """`profile` is the folder the browser was started with: it names its processes."""
        wanted = f"--user-data-dir={profile}".encode()
        family = [path.parent for path in _PROC.glob("[0-9]*/cmdline") if wanted in _read(path)]
        parents = {path.parent: _parent(path) for path in _PROC.glob("[0-9]*/stat")}
        for parent in family:  # grows meanwhile, by children and theirs
            family += [child for child, known in parents.items() if known == parent and child not in family]
        threads = [thread for process in family for thread in process.glob("task/*")]
        self._threads = [
            thread / "schedstat" for thread in threads if _read(thread / "comm").startswith(_WORKER.encode())
        ]

    @property
    def ticks(self) -> bool:
        """Whether this system tells it."""
        return any(_read(thread) for thread in self._threads)

    def milliseconds(self) -> float:
        """How long the workers ran since they started."""
        return sum(int(_read(thread).split()[0]) for thread in self._threads) / 1e6


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # processes come and go
        return b""


def _parent(stat: Path) -> Path | None:
    """The parent of a process: the second field behind its name, which is in parentheses and may have any."""
    fields = _read(stat).rpartition(b")")[2].split()
    return _PROC / fields[1].decode() if len(fields) > 1 else None
