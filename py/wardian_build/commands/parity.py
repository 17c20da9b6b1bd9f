"""Compare a task in CPython and in the page, number by number, and name what differs first.

The inputs of the task's golden go through CPython with native onnxruntime and through Pyodide with
onnxruntime-web in headless Chromium: what is decoded, the tensors of each run of the model, its outputs, and
the answer. Then the model runs alone, given the native tensors, on WASM and on WebGPU; where outputs differ,
the first node of the graph that does is looked for. Exit code 1 when anything differs beyond the tolerance.
The page "Parity" of the next `build.py site` shows what was recorded last.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardian_build import cache, chrome, kernels, paths, progress
from wardian_build.errors import BuildError, ParityError
from wardian_build.gallery.places import Places
from wardian_build.parity.recorded import path_of
from wardian_build.site import build_site

if TYPE_CHECKING:
    from wardian_build.parity.report import Report
    from wardian_build.parity.run import Wanted

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "tasks", nargs="*", metavar="TASK", help="ids of tasks (default: all that have a golden)"
    )
    parser.add_argument(
        "--device", choices=["wasm", "webgpu", "all"], default="all", help="of the page (default: all)"
    )
    parser.add_argument("--dtype", metavar="DTYPE", help="another dtype than the golden's, such as q8")
    parser.add_argument(
        "--tolerance", type=float, metavar="X", help="largest relative difference (default: the golden's)"
    )
    parser.add_argument("--case", type=int, metavar="N", help="one case of the golden, from 0 (default: all)")
    parser.add_argument(
        "--chrome-flags",
        type=shlex.split,
        default=[],
        metavar="FLAGS",
        help="further flags of Chromium, in one argument: what it needs here to offer the GPU",
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the JSON there, and not where the site finds it"
    )


def run(arguments: argparse.Namespace) -> int:
    from wardian_build.parity.report import as_table
    from wardian_build.parity.run import read_task

    names = arguments.tasks or sorted(path.stem for path in Places("x").golden.parent.glob("*.json"))
    if arguments.out is not None and len(names) != 1:
        raise ParityError(f"--out takes the report of one task; {len(names)} are asked for")
    if arguments.tolerance is not None and not arguments.tolerance >= 0:
        raise ParityError(f"--tolerance {arguments.tolerance}: expected a number ≥ 0")
    wanted = [read_task(Places(name), arguments.dtype, arguments.tolerance) for name in names]
    if arguments.case is not None:
        wanted = [_one_case(each, arguments.case) for each in wanted]
    devices = ["wasm", "webgpu"] if arguments.device == "all" else [arguments.device]
    reports = []
    for report in _compared(wanted, devices, arguments.chrome_flags):
        path = arguments.out or path_of(report.task)
        path.parent.mkdir(parents=True, exist_ok=True)
        cache.write(path, (json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n").encode())
        progress.say(f"[parity] wrote {path}")
        reports.append(report)
    if arguments.json:
        found = [report.as_json() for report in reports]
        print(json.dumps(found[0] if len(found) == 1 else found, indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(map(as_table, reports)))
    return 0 if all(report.agrees for report in reports) else 1


def _one_case(wanted: Wanted, number: int) -> Wanted:
    if not 0 <= number < len(wanted.cases):
        raise ParityError(
            f"--case {number}: the golden of {wanted.task} has the cases 0 to {len(wanted.cases) - 1}"
        )
    return replace(wanted, cases=[wanted.cases[number]])


def _compared(wanted: Sequence[Wanted], devices: Sequence[str], flags: Sequence[str]) -> Iterator[Report]:
    from wardian_build.parity.native import Native
    from wardian_build.parity.run import parity

    try:
        from wardian_build.parity.browser import opened_page
    except ImportError as error:
        raise ParityError(
            f"parity drives a browser with playwright, which is not installed ({error})\n"
            "  start it with `python build.py parity`, which installs requirements/test.txt"
        ) from None
    _require_browser()
    kernels.install_host()
    built = build_site()
    native = Native(paths.MODELS)
    with opened_page(built.folder, flags=flags) as page:
        for each in wanted:
            with progress.step(f"parity of {each.task}"):
                report = parity(each, native, page, devices)
            yield report


def _require_browser() -> None:
    """Have Chromium, by apt where it is missing and we are root. Raises ParityError saying how to."""
    if chrome.path() is None:
        try:
            chrome.ensure()
        except BuildError as error:
            raise ParityError(str(error)) from None
    browser = chrome.path()
    if browser is None or shutil.which(browser) is None:
        raise ParityError(
            f"parity needs Chromium; found {browser or 'none'}\n  on Debian: apt-get install chromium\n"
            "  elsewhere: set CHROME to the path of the program"
        )
