"""A headless Chromium with a harness page in it: what `build.py parity` drives."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from wardian_build import serve
from wardian_build.errors import ParityError
from wardian_build.harness import build_harness
from wardian_build.parity.page import PageSide

__all__ = ["opened_page"]

#: Chromium's own services must not use the network; a GPU is offered where there is one, else SwiftShader.
_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--enable-unsafe-webgpu",
]


class _Harness:
    def __init__(self, page: Page) -> None:
        self._page = page

    def run(self, code: str, files: dict[str, str] | None = None) -> Any:
        try:
            return self._page.evaluate(
                "([code, files]) => window.runPython(code, files)", [code, files or {}]
            )
        except Error as error:
            raise ParityError(f"Python in the page failed:\n{error.message}") from None


@contextmanager
def opened_page(site: Path) -> Iterator[PageSide]:
    """The page's side over a copy of the site. Raises ParityError when the browser does not start."""
    with tempfile.TemporaryDirectory(dir=site.parent, prefix="parity-") as folder:
        harness = build_harness(site, Path(folder) / "site")
        server, url = serve.start(harness, port=0)
        try:
            with sync_playwright() as playwright:
                browser = _launched(playwright)
                page = browser.new_page()
                page.set_default_timeout(0)
                page.goto(f"{url}/harness/index.html")
                while not page.evaluate("Boolean(window.runPython)"):
                    page.wait_for_timeout(20)
                yield PageSide(_Harness(page), harness, url)
                browser.close()
        finally:
            server.shutdown()
            server.server_close()


def _launched(playwright: Any) -> Any:
    try:
        return playwright.chromium.launch(executable_path=os.environ["CHROME"], args=_FLAGS)
    except Error as error:
        raise ParityError(
            f"{os.environ['CHROME']} did not start: {error.message.splitlines()[0]}\n"
            "  set CHROME to the path of a Chromium that does"
        ) from None
