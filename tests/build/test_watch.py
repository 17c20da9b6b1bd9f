"""`serve --watch`: a change rebuilds and reaches the page; the service worker stays out of the way."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from wardian_build import paths, serve, watch
from wardian_build.errors import BuildError
from wardian_build.headers import STRICT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[watch.WatchServer, str]]:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "sw.js").write_text("the real one")
    started, url = serve.start(tmp_path, server_class=watch.WatchServer)
    assert isinstance(started, watch.WatchServer)
    yield started, urlsplit(url).netloc
    started.shutdown()
    started.server_close()


def test_a_change_reaches_an_open_page(server: tuple[watch.WatchServer, str]) -> None:
    watched, address = server
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", watch.EVENTS)
    response = connection.getresponse()
    assert response.headers["Content-Type"] == "text/event-stream"
    assert all(response.headers[name] == value for name, value in STRICT.items())
    watched.changed()
    assert response.readline() == b"data: reload\n"
    connection.close()


def test_the_service_worker_removes_itself(server: tuple[watch.WatchServer, str]) -> None:
    connection = http.client.HTTPConnection(server[1])
    for path, wanted in (("/sw.js", b"unregister()"), ("/__reload.js", b"new EventSource")):
        connection.request("GET", path)
        assert wanted in connection.getresponse().read()


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one file."""
    root = tmp_path / "project"
    for name in ("PY", "APP", "STATIC"):
        folder = root / name.lower()
        folder.mkdir(parents=True)
        monkeypatch.setattr(paths, name, folder)
    (root / "wasm").mkdir()
    monkeypatch.setattr(paths, "RUNTIMES", root / "wasm" / "runtimes.toml")
    monkeypatch.setattr(paths, "ROOT", root)
    (root / "py" / "task.py").write_text("one")
    return root


def test_each_change_is_built_and_a_failed_build_is_survived(
    server: tuple[watch.WatchServer, str], sources: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    watched, _ = server
    builds: list[str] = []

    def build() -> None:
        text = (sources / "py" / "task.py").read_text()
        builds.append(text)
        if text == "broken":
            raise BuildError("task.py cannot be imported")

    stopped = threading.Event()
    watching = threading.Thread(target=watch.rebuild_on_change, args=(watched, build, stopped))
    watching.start()
    for text, generation in (("two", 1), ("broken", 1), ("three!", 2)):
        time.sleep(2 * watch.POLL_SECONDS)
        (sources / "py" / "task.py").write_text(text)
        deadline = time.monotonic() + 5
        while (not builds or builds[-1] != text) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)
        assert watched.generation == generation
    stopped.set()
    watching.join()
    assert builds == ["two", "broken", "three!"]
    assert "the site stays as it was: task.py cannot be imported" in capfd.readouterr().err
