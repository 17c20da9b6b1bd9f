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
#: The files that take longest, the longest first, of those without a browser page and of those with one: each
#: core takes one file after the other, and a long one that begins last would leave the others without work.
LONGEST = (
    "test_differential_texts_reference",
    "test_package_in_pyodide",
    "test_normalizers_reference",
    "test_pre_tokenizers_reference",
    "test_oniguruma_reference",
    "test_differential_golden",
    "test_properties_reference",
    "test_encoding_reference",
    "test_unicode_tables_reference",
    "test_wordpiece_reference",
    "test_fuzz_native",
    "test_architectures_native",
    "test_checks",
    "test_startup_faults",
    "test_own_models",
    "test_webgpu_faults",
    "test_survival",
    "test_versions",
    "test_page_supervision",
    "test_server_killed",
    "test_digits",
    "test_offline",
    "test_store_faults",
    "test_cancel",
    "test_chat",
    "test_bad_input",
    "test_parity",
    "test_silent_workers",
    "test_exfiltration",
    "test_session_contract",
    "test_responsive",
    "test_python_faults",
    "test_gguf_webgpu",
    "test_store_tabs",
    "test_search",
    "test_ask",
    "test_translate",
    "test_summarise",
    "test_memory",
    "test_recommend",
    "test_generation_webgpu",
    "test_storage_page",
    "test_sort",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, in which `asyncio.run` is refused.

    Else the longest files come first. A browser test that failed runs once more, with the machine to itself:
    two busy browsers are much for two cores. The summary names each that needed it.
    """
    items.sort(key=_turn)
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _turn(item: pytest.Item) -> tuple[bool, int]:
    name = item.path.stem
    return item.path.is_relative_to(BROWSER_TESTS), LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "installs: the page's service worker takes the site in")
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
