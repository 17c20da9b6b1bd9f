"""Two processes that want the same at once: one after the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wardian_build import locks, paths

#: Holds the lock until its input ends.
HOLDER = """
import sys
from pathlib import Path
from wardian_build import locks
with locks.held(Path(sys.argv[1]), "waits"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(lock: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(lock)]
    environment = {"PYTHONPATH": str(paths.PY)}
    return subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


@pytest.mark.parametrize("killed", [False, True])
def test_the_second_waits_for_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], killed: bool
) -> None:
    """However the first one ends."""
    lock = tmp_path / "new" / "one.lock"
    with holder(lock) as first:
        assert first.stdout is not None and first.stdin is not None
        assert first.stdout.readline() == "held\n"
        entered = threading.Event()

        def second() -> None:
            with locks.held(lock, "another process has it"):
                entered.set()

        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.3)
        if killed:
            first.kill()
        else:
            first.stdin.close()
        assert entered.wait(30)
        waiting.join()
    assert capsys.readouterr().err.count("another process has it") == 1


def test_nobody_is_told_to_wait_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with locks.held(tmp_path / "one.lock", "another process has it"):
            pass
    output = capsys.readouterr()
    assert output.out + output.err == ""
