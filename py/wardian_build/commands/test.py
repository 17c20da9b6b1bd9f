"""Run all tests: unit tests in CPython, the package tests inside Pyodide, the built site in a real browser.

Installs Chromium and its driver through apt where they are missing and the user is root. Options that are not
listed here go to pytest: `build.py test -k tokenizers`, `build.py test tests/session -x`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from wardian_build import chrome, kernels, paths, progress
from wardian_build.site import build_site
from wardian_build.test_dist import build_test_dist

__all__ = ["PASSES_ON", "add_arguments", "pytest_options", "run"]

PASSES_ON = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-browser", action="store_true", help="only what runs in CPython")
    parser.add_argument(
        "--durations", default="10", metavar="N", help="list the N slowest tests (default: 10)"
    )


def pytest_options() -> list[str]:
    """How pytest-pyodide finds the distribution and the browser."""
    return [f"--dist-dir={paths.TEST_DIST}", "--rt=chrome", "--runner=selenium"]


def run(arguments: argparse.Namespace) -> int:
    kernels.install_host()
    options = [f"--durations={arguments.durations}", "--durations-min=2"]
    if arguments.no_browser:
        options += ["--ignore=tests/browser", "--ignore=tests/pyodide"]
    else:
        chrome.ensure()
        built = build_site()
        progress.say(f"[test] site {built.site['version']} in {built.folder}")
        build_test_dist()
        options += pytest_options()
    others = arguments.others
    if not any(
        not word.startswith("-") and (paths.ROOT / word.partition("::")[0]).exists() for word in others
    ):
        others = ["tests", *others]
    # The last line is pytest's, so nothing is printed afterwards.
    command = [sys.executable, "-m", "pytest", *options, *others]
    return subprocess.run(
        command, cwd=paths.ROOT, env=os.environ | {"SE_OFFLINE": "true"}, check=False
    ).returncode
