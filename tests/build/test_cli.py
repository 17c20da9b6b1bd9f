"""The command line: help, exit codes, messages without tracebacks."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from wardian_build import cli, paths
from wardian_build.convert.conversion import DTYPE_FILES


def build(*words: str, cwd: Path = paths.ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wardian_build.cli", *words]
    environment = os.environ | {"PYTHONPATH": str(paths.PY)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_overview_names_every_command() -> None:
    done = build("--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name: str) -> None:
    done = build(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: build.py {name}") and len(done.stdout) > 150


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, ""),
        (("serv",), 2, "there is no command 'serv'"),
        (("serve", "--prot", "80"), 2, "unrecognized arguments: --prot 80"),
        (("serve", "--port", "eighty"), 2, "invalid int value: 'eighty'"),
        (("serve", "--port", "99999"), 1, "choose another --port"),
        (("site", "--only", "nonsense"), 1, "there is no task nonsense; expected some of ask, "),
        (("site", "--only", ","), 2, "expected one or more names"),
        (("train", "nonsense"), 2, "invalid choice: 'nonsense'"),
    ],
)
def test_wrong_usage_is_explained(words: tuple[str, ...], code: int, message: str) -> None:
    done = build(*words)
    assert done.returncode == code
    assert message in done.stderr and "Traceback" not in done.stderr


def test_serve_makes_nothing_twice_and_stops_on_a_signal() -> None:
    assert build("site").returncode == 0
    command = [sys.executable, "-m", "wardian_build.cli", "serve", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(paths.PY)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=paths.ROOT, env=environment, **pipes) as server:
        assert server.stdout is not None and server.stderr is not None
        line = server.stdout.readline()
        with urllib.request.urlopen(f"{line.split()[3]}site.json") as response:
            assert response.status == 200
        server.terminate()
        assert server.wait(10) == 0
        said = server.stderr.read()
    assert line.startswith("Wardian is at http://127.0.0.1:")
    # A step announces itself by an ellipsis.
    assert "stopped" in said and "…" not in said


def test_the_help_names_every_dtype(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["convert", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"what to write of {', '.join(DTYPE_FILES)} (default: fp32,q8)" in said
