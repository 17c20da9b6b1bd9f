"""Where the parts of a task lie, which ids they may have, and writing them all or not at all."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wardian_build import cache, paths
from wardian_build.convert.conversion import require_absent, writing
from wardian_build.errors import BuildError

__all__ = ["Places", "written"]

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID = 40


@dataclass(frozen=True)
class Places:
    """The parts of the task `task_id` below a checkout of the repository.

    >>> Places("speech-to-text", Path("w")).task.as_posix()
    'w/py/wardian/tasks/speech_to_text.py'

    Raises BuildError for an id that cannot be the name of a file, a module and a part of an address.
    """

    task_id: str
    root: Path = paths.ROOT

    def __post_init__(self) -> None:
        module = self.task_id.replace("-", "_")
        if not _ID.fullmatch(self.task_id) or len(self.task_id) > _LONGEST_ID or keyword.iskeyword(module):
            raise BuildError(
                f"{self.task_id!r} cannot be the id of a task\n"
                f"  expected lower-case letters and digits, single hyphens between, at most {_LONGEST_ID}, "
                "no keyword\n  such as sentiment or speech-to-text"
            )

    @property
    def model(self) -> Path:
        return self.root / "static" / "models" / self.task_id

    @property
    def task(self) -> Path:
        return self.root / "py" / "wardian" / "tasks" / f"{self.task_id.replace('-', '_')}.py"

    @property
    def golden(self) -> Path:
        return self.root / "tests" / "golden" / "tasks" / f"{self.task_id}.json"

    def require_new(self, *, model: bool) -> None:
        """Raises ConversionError naming the part that is there already."""
        for path in (self.task, self.golden, *([self.model] if model else [])):
            require_absent(path)


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """Write a file; it stays when the block ends without an exception."""
    with writing(path):
        cache.write(path, text.encode())
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
