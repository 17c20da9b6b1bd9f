"""For all tests: their order, how pytest-pyodide finds the browser, and who may run beside whom.

`build.py test` sets CHROME and CHROMEDRIVER.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.browser import fault_matrix

# Selenium would otherwise ask the network which driver to download.
os.environ.setdefault("SE_OFFLINE", "true")


BROWSER_TESTS = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, in which `asyncio.run` is refused.

    One that failed runs once more, with the machine to itself: two busy browsers are much for two cores.
    The summary names each that needed it.
    """
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER_TESTS))
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "alone: no other test runs meanwhile (it observes how long things take)"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The fault matrix, counted; works with pytest-xdist, whose workers send their reports here."""
    if said := fault_matrix.lines(terminalreporter.stats):
        terminalreporter.section("fault matrix")
        for line in said:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def turnstile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one run of pytest share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, turnstile: Path) -> Iterator[None]:
    """Tests of several processes run side by side, except one that is marked `alone`."""
    again = getattr(request.node, "execution_count", 1) > 1
    alone = again or request.node.get_closest_marker("alone") is not None
    with locked(turnstile / "running", exclusive=alone, gate=turnstile / "gate"):
        yield


@contextmanager
def locked(path: Path, exclusive: bool, gate: Path) -> Iterator[None]:
    """Hold a lock that many may share or one has alone; who wants it alone keeps the gate shut meanwhile."""
    try:
        import fcntl
    except ImportError:  # Windows: tests run one after the other there
        yield
        return
    with path.open("w") as lock:
        with gate.open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield


@pytest.fixture(scope="session", autouse=True)
def chosen_browser() -> Any:
    """Make pytest-pyodide's Chrome runner start the browser that CHROME names."""
    try:
        from pytest_pyodide.runner import SeleniumChromeRunner
    except ImportError:  # only the browser tests need it
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SeleniumChromeRunner, "get_driver", _chrome_driver)
        yield


def _chrome_driver(runner: Any, jspi: bool = False) -> Any:
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    if os.environ.get("CHROME"):
        options.binary_location = os.environ["CHROME"]
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        *runner._config.get_flags("chrome"),
    ):
        options.add_argument(flag)
    return Chrome(options=options, service=Service(executable_path=os.environ.get("CHROMEDRIVER")))
