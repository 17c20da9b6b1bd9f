"""Packages as the Python worker loads them: files out of the wheel, libraries when they are imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.browser.visiting import Harness, open_harness

LINKED = """
import pyodide_js
def linked():
    return [name for name in pyodide_js._module.LDSO.loadedLibsByName.to_py() if "/numpy/" in name]
"""
USED = """
import io
import numpy as np
from PIL import Image
draws = np.random.default_rng(7).normal(size=5).tolist()
old = np.random.RandomState(7).randint(0, 1000, 5).tolist()
spectrum = np.abs(np.fft.fft(np.arange(8.0))).tolist()
singular = np.linalg.svd(np.arange(12.0).reshape(3, 4), compute_uv=False).tolist()
kinds = []
for kind in ("PNG", "JPEG", "GIF"):
    file = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(file, kind)
    kinds.append(Image.open(io.BytesIO(file.getvalue())).size)
"""


@pytest.fixture(scope="module")
def harness(browser: Browser, harness_url: str) -> Iterator[Harness]:
    opened = open_harness(browser.new_context(), harness_url)
    yield opened
    opened._page.context.close()


def test_libraries_are_linked_when_they_are_imported(harness: Harness) -> None:
    before = harness.run(f"{LINKED}\nlinked()")
    assert {path.rpartition("/")[2].partition(".")[0] for path in before} <= {
        "_multiarray_umath",
        "_umath_linalg",
    }
    names = ("draws", "old", "spectrum", "singular", "kinds")
    code = f"{LINKED}\n{USED}\n[{', '.join(names)}, linked()]"
    found: dict[str, Any] = dict(zip((*names, "after"), harness.run(code, packages=["pillow"]), strict=True))
    here: dict[str, Any] = {}
    exec(USED, here)  # the same, natively
    assert found["draws"] == here["draws"] and found["old"] == here["old"]
    np.testing.assert_allclose(found["spectrum"], here["spectrum"], rtol=1e-14)
    np.testing.assert_allclose(found["singular"], here["singular"], rtol=1e-12, atol=1e-14)
    assert [tuple(size) for size in found["kinds"]] == here["kinds"] == [(3, 2)] * 3
    assert len(found["after"]) > len(before) + 5


def test_they_are_installed_as_others_are(harness: Harness) -> None:
    code = """
import importlib.metadata as metadata, json, micropip
listed = micropip.list()
json.dumps([
    metadata.version("numpy"), metadata.version("wardian-kernels"), len(metadata.files("numpy")) > 100,
    {name: listed[name].source for name in ("numpy", "wardian", "wardian-kernels")},
])"""
    version, kernels, several, sources = json.loads(harness.run(code, packages=["micropip"]))
    assert version == np.__version__ and kernels == "0.1.0" and several
    assert sources == dict.fromkeys(("numpy", "wardian", "wardian-kernels"), "pyodide")


def test_what_pyodide_loads_itself_comes_beside_them(harness: Harness) -> None:
    """`loadPackage` knows what is there, and goes on working."""
    code = """
import pyodide_js
await pyodide_js.loadPackage("jinja2")
import jinja2, numpy
[jinja2.Template("{{ a }}").render(a=numpy.arange(3).tolist()), sorted(pyodide_js.loadedPackages.to_py())]"""
    said, loaded = harness.run(code)
    assert said == "[0, 1, 2]" and {"jinja2", "markupsafe", "numpy", "wardian", "wardian-kernels"} <= set(
        loaded
    )


def test_packages_that_the_site_lacks_are_named(harness: Harness) -> None:
    code = """
from wardian import _platform, errors
found = []
for names in (["pandas"], ["pypdf", "pypdf"]):
    try:
        await _platform.load_packages(names)
    except errors.UnknownNameError as error:
        found.append([str(error), error.value, "pypdf" in error.expected, error.hint])
import pypdf
found"""
    ((message, value, named, hint),) = harness.run(code)
    assert "no Python package pandas" in message and "pandas" in value and named and "micropip" in hint
