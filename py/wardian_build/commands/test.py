"""Run all tests: unit tests in CPython, the package tests inside Pyodide, the built site in a real browser.

Installs Chromium and its driver through apt where they are missing and the user is root. A whole run uses all
cores: each takes one file of tests after the other. Options that are not listed here go to pytest:
`build.py test -k tokenizers`, `build.py test tests/session -x`.
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

#: What `--all` sets: tests that take a share of their cases then take all, and those that need many minutes
#: or gigabytes run.
ALL = {
    "WARDIAN_ALL_TEXTS": "1",  # tokenizers: each text, code point and setting with each tokenizer
    "WARDIAN_FUZZ_SECONDS": "60",
    "WARDIAN_GENERATION_LONG": "1",
    "WARDIAN_LARGE": "1",  # 2 GiB of weights
    "WARDIAN_MATRIX": "1",  # each fetch of start-up with each fault
    "WARDIAN_PARITY_LONG": "1",
    "WARDIAN_PIPELINES_LONG": "1",
    "WARDIAN_SOAK": "1",  # a thousand runs of each task
}

#: What failed and was run again (`tests/conftest.py`) is shown, and is the exception.
RERUNS = ["-raR", "--rerun-show-tracebacks", "--max-suite-reruns=5"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-browser", action="store_true", help="only what runs in CPython")
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="files of tests that run side by side (default: a core each, at most 4; 1 for named files)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="every case of every test, and what needs gigabytes: an hour and more",
    )
    parser.add_argument(
        "--durations", default="10", metavar="N", help="list the N slowest tests (default: 10)"
    )


def pytest_options() -> list[str]:
    """How pytest-pyodide finds the distribution and the browser."""
    return [f"--dist-dir={paths.TEST_DIST}", "--rt=chrome", "--runner=selenium"]


def job_options(jobs: int) -> list[str]:
    """How pytest-xdist shares the files, in the order of `tests/conftest.py`: the longest first."""
    return [f"--numprocesses={jobs}", "--dist=loadfile", "--no-loadscope-reorder"] if jobs > 1 else []


def default_jobs() -> int:
    return 1 if os.name == "nt" else min(os.cpu_count() or 1, 4)


def run(arguments: argparse.Namespace) -> int:
    kernels.install_host()
    options = [f"--durations={arguments.durations}", "--durations-min=2", *RERUNS]
    if arguments.no_browser:
        options += ["--ignore=tests/browser", "--ignore=tests/pyodide"]
    else:
        chrome.ensure()
        built = build_site()
        progress.say(f"[test] site {built.site['version']} in {built.folder}")
        build_test_dist()
        options += pytest_options()
    others = arguments.others
    named = any(
        not word.startswith("-") and (paths.ROOT / word.partition("::")[0]).exists() for word in others
    )
    options += job_options(arguments.jobs or (1 if named else default_jobs()))
    if not named:
        others = ["tests", *others]
    # The last line is pytest's, so nothing is printed afterwards.
    command = [sys.executable, "-m", "pytest", *options, *others]
    return subprocess.run(
        command,
        cwd=paths.ROOT,
        env=os.environ | {"SE_OFFLINE": "true"} | (ALL if arguments.all else {}),
        check=False,
    ).returncode
