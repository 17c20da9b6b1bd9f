"""`serve --watch`: rebuild when a source changes, and tell open pages to reload.

Pages hear of it through server-sent events from the same origin, which the Content-Security-Policy allows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from wardian_build import headers, paths, progress, serve
from wardian_build.errors import BuildError
from wardian_build.site import RELOAD_SCRIPT

__all__ = ["WatchServer", "rebuild_on_change", "snapshot"]

EVENTS = "/__reload"
POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0

#: Reloads the page at a message; also when the server comes back after a restart.
PAGE_SCRIPT = f"""const events = new EventSource("{EVENTS.lstrip("/")}");
let connected = false;
events.onopen = () => {{ if (connected) location.reload(); connected = true; }};
events.onmessage = () => location.reload();
"""

#: Takes the place of the service worker while sources change: removes itself and every cached page.
SERVICE_WORKER = """self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("wardian-shell")) await caches.delete(name);
  await self.registration.unregister();
})()));
"""


class WatchHandler(serve.Handler):
    server: WatchServer

    def respond(self, path: str, query: str, send_body: bool) -> None:
        if path == EVENTS:
            self._events()
        elif path == f"/{RELOAD_SCRIPT}":
            self.send_text(HTTPStatus.OK, PAGE_SCRIPT, send_body, headers.MIME_TYPES[".js"])
        elif path == "/sw.js":
            self.send_text(HTTPStatus.OK, SERVICE_WORKER, send_body, headers.MIME_TYPES[".js"])
        else:
            super().respond(path, query, send_body)

    def _events(self) -> None:
        self.close_connection = True
        seen = self.server.generation  # before the page hears from us: it must not miss a change
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        while True:
            seen, changed = self.server.wait_for_change(seen, HEARTBEAT_SECONDS)
            self.wfile.write(b"data: reload\n\n" if changed else b": still here\n\n")
            self.wfile.flush()


class WatchServer(serve.Server):
    """A server whose pages reload when `changed()` is called."""

    def __init__(self, address: tuple[str, int], folder: Path, extra_headers: dict[str, str]) -> None:
        self.generation = 0
        self._condition = threading.Condition()
        super().__init__(address, folder, extra_headers)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return WatchHandler

    def changed(self) -> None:
        with self._condition:
            self.generation += 1
            self._condition.notify_all()

    def wait_for_change(self, seen: int, seconds: float) -> tuple[int, bool]:
        """Wait until the generation is not `seen`, at most so long; returns it and whether it differs."""
        with self._condition:
            changed = self._condition.wait_for(lambda: self.generation != seen, seconds)
            return self.generation, changed


def snapshot() -> dict[Path, tuple[int, int]]:
    """Size and modification time of every source that the site depends on."""
    found = {}
    for root in (paths.PY, paths.APP, paths.STATIC, paths.RUNTIMES.parent):
        for path in root.rglob("*"):
            if "__pycache__" not in path.parts and path.is_file():
                status = path.stat()
                found[path] = (status.st_size, status.st_mtime_ns)
    return found


def rebuild_on_change(server: WatchServer, build: Callable[[], object], stopped: threading.Event) -> None:
    """Look for changes until `stopped`; a build that fails is reported, and the last good site stays."""
    before = snapshot()
    while not stopped.wait(POLL_SECONDS):
        try:
            now = snapshot()
        except FileNotFoundError:  # a file went away while it was looked at: look again
            continue
        if now == before:
            continue
        changed = sorted(path.relative_to(paths.ROOT).as_posix() for path, _ in now.items() ^ before.items())
        before = now
        progress.say(f"[watch] {', '.join(dict.fromkeys(changed))}")
        began = time.monotonic()
        try:
            build()
        except BuildError as error:
            progress.say(f"[watch] the site stays as it was: {error}")
            continue
        server.changed()
        progress.say(f"[watch] rebuilt in {time.monotonic() - began:.2f} s, pages reload")
