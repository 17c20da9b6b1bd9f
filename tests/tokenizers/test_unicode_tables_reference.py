"""The shipped tables are what the reference says today."""

from __future__ import annotations

import runpy
import zlib
from pathlib import Path

SCRIPT = runpy.run_path(str(Path(__file__).parent / "make_unicode_tables.py"))


def test_the_tables_made_again_are_the_same() -> None:
    """Before compression, since zlib's output may differ from build to build."""
    assert SCRIPT["tables"]() == zlib.decompress(SCRIPT["TARGET"].read_bytes())


def test_the_tables_are_small() -> None:
    assert SCRIPT["TARGET"].stat().st_size < 40_000
