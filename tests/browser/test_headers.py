"""The strict headers are on every response, also on errors, and `_headers` tells hosts the same."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from wardian_build.headers import STRICT


def fetch(url: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


@pytest.mark.parametrize("path", ["/", "/index.html", "/sw.js", "/wardian.js", "/site.json", "/no-such-file"])
def test_every_response_carries_the_strict_headers(site_url: str, path: str) -> None:
    status, headers = fetch(site_url + path)
    assert status == (404 if path == "/no-such-file" else 200)
    for name, value in STRICT.items():
        assert headers.get(name) == value


def test_worker_scripts_and_wasm_carry_them_too(site: Path, site_url: str) -> None:
    files = [path for pattern in ("app/*.js", "runtime/*/*.wasm") for path in site.glob(pattern)]
    assert len(files) >= 6
    for path in files:
        _, headers = fetch(f"{site_url}/{path.relative_to(site).as_posix()}")
        assert headers["Connection-Allowlist"] == "(response-origin)"
        if path.suffix == ".wasm":
            assert headers["Content-Type"] == "application/wasm"
        assert "immutable" in headers["Cache-Control"]


def test_the_headers_file_for_hosts_says_the_same(site: Path) -> None:
    text = (site / "_headers").read_text()
    for name, value in STRICT.items():
        assert f"  {name}: {value}" in text
