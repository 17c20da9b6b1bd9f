"""Where a model with a graph for each device opens, if nobody says which: the page's own code, in Node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.build.in_node import in_node

from wardian_build import paths

SPEC = paths.APP / "shared" / "session_spec.ts"
REAL = {"info": {"architecture": "hopper", "description": "", "isFallbackAdapter": False}}
SOFTWARE = {"info": {"architecture": "swiftshader", "description": "", "isFallbackAdapter": True}}
BOTH: dict[str, Any] = {"device_dtypes": {"webgpu": "q4"}}
#: What the manifest says, what is asked for, the browser's adapter, and where that is.
CASES: list[tuple[dict[str, Any], str, dict[str, Any] | None, str]] = [
    (BOTH, "auto", REAL, "webgpu"),
    (BOTH, "auto", SOFTWARE, "wasm"),
    (BOTH, "auto", None, "wasm"),
    (BOTH, "wasm", REAL, "wasm"),
    (BOTH, "webgpu", SOFTWARE, "webgpu"),
    # The engine decides where there is one graph; a card may know better than both.
    ({}, "auto", REAL, "auto"),
    (BOTH | {"devices": ["wasm"]}, "auto", REAL, "auto"),
]


def test_the_graph_is_that_of_the_device(tmp_path: Path) -> None:
    script = (
        "let adapter; const gpu = { requestAdapter: async () => adapter };"
        "Object.defineProperty(globalThis, 'navigator', { value: { gpu } });"
        "const found = [];"
        f"for (const [manifest, device, given] of {json.dumps([case[:3] for case in CASES])}) {{"
        "  adapter = given; found.push(await page.settledDevice(manifest, device));"
        "}"
        "console.log(JSON.stringify(found));"
    )
    assert in_node(SPEC, tmp_path, script) == [settled for *_, settled in CASES]
