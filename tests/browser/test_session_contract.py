"""The session contract against onnxruntime-web in Chromium: WASM with one thread and with all, and WebGPU."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright
from tests.browser.visiting import CHROME, open_harness

from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU

TESTS = Path(__file__).parents[1]

RUN = """
import sys
sys.path.insert(0, "/contract")
from session import contract
from wardian.session._web import open_web_session

async def open_session(model):
    return await open_web_session(model, device={device!r}, threads={threads}, owner="contract")

outcomes = {{}}
for check in contract.CHECKS:
    try:
        await check(open_session)
        outcomes[check.__name__] = "passed"
    except BaseException as error:
        import traceback
        outcomes[check.__name__] = "".join(traceback.format_exception(error))[-1500:]
        bridge.endEngine("contract")
outcomes
"""


def contract_files() -> dict[str, str]:
    paths = [
        TESTS / "support.py",
        TESTS / "session" / "contract.py",
        *sorted((TESTS / "session" / "models").iterdir()),
    ]
    return {
        f"/contract/{path.relative_to(TESTS).as_posix()}": base64.b64encode(path.read_bytes()).decode()
        for path in paths
        if path.is_file()
    }


@pytest.mark.parametrize(("device", "threads"), [("wasm", 1), ("wasm", 0), ("webgpu", 0)])
def test_the_contract_holds_in_the_browser(
    playwright: Playwright, harness_url: str, device: str, threads: int
) -> None:
    flags = SOFTWARE_WEBGPU if device == "webgpu" else []
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *flags])
    harness = open_harness(browser.new_context(), harness_url)
    code = "from wardian._platform import bridge as _bridge; bridge = _bridge()\n" + RUN.format(
        device=device, threads=threads
    )
    outcomes: dict[str, Any] = harness.run(code, contract_files())
    browser.close()
    failed = {name: outcome for name, outcome in outcomes.items() if outcome != "passed"}
    assert failed == {}
    assert len(outcomes) >= 15


AUTO = """
from wardian.session._web import open_web_session
model = open("/contract/session/models/{name}", "rb").read()
session = await open_web_session(model, device="auto", owner="auto")
session.device
"""


def test_auto_does_not_take_a_software_adapter(playwright: Playwright, harness_url: str) -> None:
    files = contract_files()
    name = next(Path(path).name for path in files if path.endswith(".onnx"))
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    harness = open_harness(browser.new_context(), harness_url)
    assert harness.run("import js; bool(await js.navigator.gpu.requestAdapter())") is True
    assert harness.run(AUTO.format(name=name), files) == "wasm"
    browser.close()
