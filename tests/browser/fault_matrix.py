"""The fault matrix, counted: tests say what they exercised, and the summary of a run of pytest adds it up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PROPERTY = "faults"

#: Parts of the matrix whose cases are tests of their own: how many there are, and how their ids begin.
TESTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "storage full or refused": (6, ("test_store_tabs.py::test_a_full_st", "test_store_tabs.py::test_no_st")),
    "tabs that race": (2, ("test_store_tabs.py::test_tabs_that_race",)),
    "versions in mid-session": (4, ("test_versions.py::",)),
    "WebGPU at fault": (8, ("test_webgpu_faults.py::test_a_gpu_at", "test_webgpu_faults.py::test_a_device",
                            "test_webgpu_faults.py::test_a_fault", "test_webgpu_faults.py::test_memory")),
    "workers killed, 20 reloads": (7, ("test_survival.py::",)),
    "faults of Python": (11, ("test_python_faults.py::",)),
}  # fmt: skip


@dataclass
class Part:
    """Combinations of one part of the matrix."""

    whole: int
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def add(self, case: str, passed: bool) -> None:
        (self.passed if passed else self.failed).add(case)


Record = Callable[[str, str], None]


def recorder(record_property: Callable[[str, object], None], whole: int) -> Record:
    """What a test calls for each combination of its part that it goes through; `whole` is their number."""

    def record(part: str, case: str) -> None:
        record_property(PROPERTY, [part, case, whole])

    return record


def counted(reports: Iterable[Any], passed: bool, parts: dict[str, Part]) -> None:
    """Add what the reports of passed or failed tests exercised."""
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                part, case, whole = value
                parts.setdefault(part, Part(whole)).add(case, passed)
        for part, (whole, beginnings) in TESTS.items():
            if report.nodeid.rpartition("/")[2].startswith(beginnings):
                parts.setdefault(part, Part(whole)).add(report.nodeid, passed)


def lines(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """The section of the summary; empty when no test of the matrix ran."""
    parts: dict[str, Part] = {}
    called = [report for report in stats.get("passed", ()) if report.when == "call"]
    counted(called, True, parts)
    counted(stats.get("failed", ()), False, parts)
    if not parts:
        return []
    said = [f"{name}: {_count(part)}" for name, part in parts.items()]
    every = Part(sum(part.whole for part in parts.values()))
    for name, part in parts.items():
        every.passed |= {f"{name} {case}" for case in part.passed}
        every.failed |= {f"{name} {case}" for case in part.failed}
    return [*said, f"fault matrix: {_count(every)} (all of it with WARDIAN_MATRIX=1)"]


def _count(part: Part) -> str:
    failed = f", {len(part.failed)} in tests that failed" if part.failed else ""
    return f"{len(part.passed)} of {part.whole} combinations passed{failed}"
