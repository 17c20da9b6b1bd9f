"""For all tests: how pytest-pyodide finds the browser. `build.py test` sets CHROME and CHROMEDRIVER."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

# Selenium would otherwise ask the network which driver to download.
os.environ.setdefault("SE_OFFLINE", "true")


BROWSER_TESTS = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, in which `asyncio.run` is refused."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER_TESTS))


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
