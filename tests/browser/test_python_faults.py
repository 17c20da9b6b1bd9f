"""Faults inside Python: the page gets a typed error with a traceback; Python lives, or is replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.test_cancel import ask, echoes, open_page
from tests.browser.visiting import until


@pytest.fixture(scope="module")
def faulty(browser: Browser, harness_url: str) -> Iterator[Page]:
    page = open_page(browser, harness_url)
    yield page
    page.context.close()


@pytest.mark.parametrize(
    ("fault", "message", "traceback"),
    [
        ("bug", "The code of this task failed.", "KeyError: 'a key that is not there'"),
        ("recursion", "The code called itself too often.", "RecursionError"),
        ("memory", "There is not enough memory.", "MemoryError"),
        ("exit", "The code of this task failed.", "SystemExit: 3"),
        ("interrupt", "The code of this task failed.", "KeyboardInterrupt"),
    ],
)
def test_an_exception_is_told_and_python_lives(
    faulty: Page, fault: str, message: str, traceback: str
) -> None:
    faulty.evaluate("window.restarts.length = 0, null")
    error = ask(faulty, "breaks", fault)["error"]
    assert (error["kind"], error["message"]) == ("UnexpectedError", message)
    assert error["details"].startswith("Traceback") and traceback in error["details"]
    assert "/tasks/breaks.py" in error["details"]
    assert error["hint"]
    assert echoes(faulty, f"after {fault}")
    assert faulty.evaluate("window.restarts") == []


@pytest.mark.parametrize("fault", ["nested", "repr"])
def test_a_broken_interpreter_is_replaced(faulty: Page, fault: str) -> None:
    faulty.evaluate("window.restarts.length = 0, null")
    error = ask(faulty, "breaks", fault)["error"]
    assert error["kind"] == "WorkerLostError" and "ry again" in error["hint"]
    assert echoes(faulty, f"after {fault}")
    assert faulty.evaluate("window.restarts") == ["WorkerLostError"]


def test_a_worker_that_closes_itself_is_replaced(faulty: Page) -> None:
    faulty.evaluate("window.restarts.length = 0, null")
    assert ask(faulty, "breaks", "close")["error"]["kind"] == "WorkerLostError"
    assert echoes(faulty, "after close")
    assert faulty.evaluate("window.restarts") == ["WorkerLostError"]


def test_an_error_that_nobody_waits_for_ends_nothing(faulty: Page) -> None:
    faulty.evaluate("window.restarts.length = 0, null")
    assert ask(faulty, "breaks", "later")["value"]
    assert echoes(faulty, "after later")
    assert faulty.evaluate("window.restarts") == []


def test_python_never_gets_memory_that_javascript_misreads(faulty: Page) -> None:
    """Above 2 GiB Pyodide gives JavaScript zeros in place of a buffer; see `boot.ts`."""
    code = """
import js
from pyodide.ffi import to_js
hogs, wrong = [], 0
try:
    while True:
        hogs.append(bytearray(b"\\x07") * (1 << 26))
        wrong += to_js(memoryview(hogs[-1])[-5:])[0] != 7
except MemoryError:
    pass
result = [len(hogs), wrong]
del hogs
result
"""
    blocks, wrong = faulty.evaluate("(code) => window.runPython(code)", code)
    assert blocks * 64 > 1_500 and wrong == 0
    assert echoes(faulty, "after that")


def test_python_that_dies_at_every_start_is_given_up_and_can_be_tried_again(
    browser: Browser, harness_url: str
) -> None:
    page = open_page(browser, harness_url)
    page.evaluate("window.setups.length = 0, null")
    page.evaluate(
        """() => {
          window.failures = [];
          window.runtime.on("failed", ({ kind }) => window.failures.push(kind));
          const close = () => window.workers.get("wardian-python").postMessage({ type: "test-close" });
          window.live = window.runtime.on("stage", close);
          close();
        }"""
    )
    until(page, "window.failures.length === 1")
    assert page.evaluate("window.failures") == ["WorkerLostError"]
    assert ask(page, "tokenizer", "x")["error"]["kind"] == "WorkerLostError"
    page.evaluate("window.live(), window.runtime.restart(), null")
    request = {"op": "open_task", "task": "tokenizer", "device": "auto", "dtype": None, "threads": 0}
    assert page.evaluate("(request) => window.runtime.request(request)", request)["device"] == "python"
    page.context.close()
