"""Measure our path against raw onnxruntime-web and transformers.js, interleaved, in headless Chromium."""

from __future__ import annotations

import argparse
import json

from wardian_build import chrome
from wardian_build.commands.options import names
from wardian_build.errors import BuildError
from wardian_build.site import build_site

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--suite",
        type=names,
        metavar="NAME[,NAME]",
        help="documents, embedding, generation, overhead, sorting, startup, steps, text, tokenizers, "
        "tokenizers-native (default: all)",
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="interleaved rounds of each measurement (default: 7)"
    )
    parser.add_argument("--json", action="store_true", help="print medians and samples as JSON")


def run(arguments: argparse.Namespace) -> int:
    from wardian_build import bench
    from wardian_build.bench import report

    suites = arguments.suite or list(bench.SUITES)
    unknown = [name for name in suites if name not in bench.SUITES]
    if unknown or arguments.rounds < 1:
        wrong = f"suite {', '.join(unknown)}" if unknown else f"--rounds {arguments.rounds}"
        raise BuildError(f"{wrong}: expected suites of {', '.join(bench.SUITES)} and at least one round")
    chrome.ensure()
    build_site()
    rows = bench.run_suites(suites, arguments.rounds)
    print(json.dumps(report.as_json(rows), indent=1) if arguments.json else report.as_table(rows))
    return 0
