"""Scripts of goldens that need packages of an extra: they run themselves once more where these are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

__all__ = ["in_extra"]


def in_extra(extra: str, package: str, script: str, target: Path, make: Callable[[], None]) -> None:
    """Call `make` where `package` can be imported, else run `script` in the extra, which is installed."""
    if find_spec(package) is not None:
        make()
        return
    from wardian_build.convert import extras
    from wardian_build.convert.conversion import Options

    python = extras.interpreter(extras.EXTRAS[extra], target, Options(extras=(extra,)))
    subprocess.run([str(python), script], check=True)
