"""Where things are."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["APP", "BUILD", "CACHE", "MODELS", "NODE_MODULES", "PY", "RUNTIMES", "SITE", "STATIC", "TEST_DIST"]
__all__ += ["PARITY", "ROOT"]

ROOT = Path(__file__).resolve().parents[2]
PY = ROOT / "py"
APP = ROOT / "app"
STATIC = ROOT / "static"
RUNTIMES = ROOT / "wasm" / "runtimes.toml"
NODE_MODULES = ROOT / "node_modules"

BUILD = Path(os.environ.get("WARDIAN_BUILD", ROOT / ".build"))
"""Everything the build makes; `build.py clean` empties it. The environment variable moves it."""
CACHE = BUILD / "cache"
MODELS = BUILD / "models"
SITE = BUILD / "site"
PARITY = BUILD / "parity"
"""What `build.py parity` recorded last, a file a task; the site shows it."""
TEST_DIST = BUILD / "test-dist"
