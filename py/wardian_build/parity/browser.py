"""A headless Chromium with a harness page in it: what `build.py parity` drives."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

from wardian_build import chrome, serve
from wardian_build.chrome_flags import QUIET
from wardian_build.errors import ParityError
from wardian_build.harness import build_harness
from wardian_build.parity.page import PageSide

__all__ = ["Harness", "opened_page"]

#: A GPU is offered where there is one, else SwiftShader.
_WEBGPU = ["--enable-unsafe-webgpu"]

_RUN = """([code, files]) => new Promise((resolve, reject) => {
  // A Python worker that ended answers nothing any more.
  const ended = ({ message }) => reject(new Error(message));
  const offs = ["restarting", "failed"].map((name) => runtime.on(name, ended));
  runPython(code, files).then(resolve, reject).finally(() => offs.forEach((off) => off()));
})"""


class Harness:
    """Runs Python in a harness page. Raises ParityError when it fails, or ends."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run(self, code: str, files: dict[str, str] | None = None) -> Any:
        try:
            return self.page.evaluate(_RUN, [code, files or {}])
        except Error as error:
            raise ParityError(f"Python in the page failed:\n{error.message}") from None


@contextmanager
def opened_page(
    site: Path, playwright: Playwright | None = None, flags: Sequence[str] = ()
) -> Iterator[PageSide]:
    """The page's side over a copy of the site, in a browser with these further flags.

    `playwright` is one that runs already: a thread can have but one. Raises ParityError when the browser does
    not start.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=site.parent, prefix="parity-"))
        harness = build_harness(site, Path(folder) / "site")
        server, url = serve.start(harness, port=0)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        browser = _launched(playwright or stack.enter_context(sync_playwright()), flags)
        stack.callback(browser.close)
        page = browser.new_page()
        page.set_default_timeout(0)
        page.goto(f"{url}/harness/index.html")
        while not page.evaluate("Boolean(window.runPython)"):
            page.wait_for_timeout(20)
        yield PageSide(Harness(page), harness, url)


def _launched(playwright: Playwright, flags: Sequence[str]) -> Browser:
    program = chrome.path()
    try:
        return playwright.chromium.launch(executable_path=program, args=[*QUIET, *_WEBGPU, *flags])
    except Error as error:
        raise ParityError(
            f"{program} did not start: {error.message.splitlines()[0]}\n"
            "  set CHROME to the path of a Chromium that does"
        ) from None
