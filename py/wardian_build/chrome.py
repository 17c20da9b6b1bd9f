"""The browser that tests and benchmarks drive: Chromium and its driver, installed where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from wardian_build import progress
from wardian_build.errors import BuildError

__all__ = ["driver_path", "ensure", "path"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRIVERS = ("chromedriver", "chromium.chromedriver")
DEBIAN_PACKAGES = ("chromium", "chromium-driver")


def path() -> str | None:
    """The browser: the environment variable CHROME, else the first one on PATH."""
    chosen = os.environ.get("CHROME")
    return chosen or next(filter(None, map(shutil.which, NAMES)), None)


def driver_path() -> str | None:
    """chromedriver: the environment variable CHROMEDRIVER, else the one on PATH."""
    chosen = os.environ.get("CHROMEDRIVER")
    return chosen or next(filter(None, map(shutil.which, DRIVERS)), None)


def ensure() -> None:
    """Have a browser and its driver, by apt where they are missing and we are root; set their variables.

    Raises BuildError saying what to install where that cannot be done.
    """
    if path() is None or driver_path() is None:
        _install()
    browser, driver = path(), driver_path()
    if browser is None or driver is None or not Path(browser).exists():
        raise BuildError(
            f"the browser tests need Chromium and chromedriver; found browser {browser or 'none'}, driver "
            f"{driver or 'none'}.\n  On Debian: apt-get install {' '.join(DEBIAN_PACKAGES)}\n"
            "  Elsewhere: set CHROME (and CHROMEDRIVER) to the paths of the programs."
        )
    os.environ["CHROME"], os.environ["CHROMEDRIVER"] = browser, driver


def _install() -> None:
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with progress.step(f"apt-get install {' '.join(DEBIAN_PACKAGES)}"):
        for command in (
            ["update", "-q"],
            ["install", "-q", "-y", "--no-install-recommends", *DEBIAN_PACKAGES],
        ):
            done = subprocess.run(
                ["apt-get", *command],
                env=environment,
                stdout=sys.stderr,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode != 0:
                progress.say(f"[build] apt-get {command[0]} failed (exit code {done.returncode})")
