"""Runs one test module inside Pyodide and returns what pytest said. Executed in the browser alone."""

import contextlib
import io
import json
import os
import sys

import pytest


class Counter:
    """Counts outcomes; a test that passed is one whose call phase passed."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] = self.outcomes.get(report.outcome, 0) + 1


def run_module(root: str, path: str) -> str:
    """JSON: {"code", "outcomes", "output"} of `pytest path` in `root`."""
    os.chdir(root)
    # Modules of an earlier run may stem from other tests of the same name.
    for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.")]:
        del sys.modules[name]
    counter, output = Counter(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = pytest.main(["-q", "-rfEs", "--color=no", "-p", "no:cacheprovider", path], plugins=[counter])
    return json.dumps({"code": int(code), "outcomes": counter.outcomes, "output": output.getvalue()})
