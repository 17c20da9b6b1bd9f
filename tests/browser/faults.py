"""A server that goes wrong on purpose, path by path, and counts how often each path was asked for."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from wardian_build import serve

#: What a request can meet. "short" is a truncation that the server itself believes in.
FAULTS = ("refused", "404", "500", "html", "truncated", "short", "flipped", "stalled", "slow")

HTML = b"<!doctype html><title>Welcome</title><p>Please sign in to this network." + b" " * 4096


class FaultyServer(serve.Server):
    """Serves a folder; `plan` says what the next requests for a path meet, `always` what each meets."""

    def __init__(self, address: tuple[str, int], folder: Path, extra_headers: Mapping[str, str]) -> None:
        super().__init__(address, folder, extra_headers)
        self.plan: dict[str, list[str]] = {}
        self.always: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.ranges: list[str] = []
        """`Range` of the requests that had one."""
        self.pause = 0.02
        """Seconds between two pieces of a slow answer."""
        self.over = threading.Event()
        """Set when the server is killed: answers break off, connections close."""
        self.dies_after = 0.5
        """How much of an answer that "dies" is sent before the server is gone."""
        self._dying = threading.Lock()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return FaultyHandler

    def meets(self, path: str, faults: Sequence[str] = (), always: str = "") -> None:
        """From now on: `faults` one after the other, then `always` (empty: a good answer)."""
        self.plan[path] = list(faults)
        self.always[path] = always
        self.asked[path] = 0

    def forget(self) -> None:
        self.plan.clear()
        self.always.clear()
        self.asked.clear()
        self.ranges.clear()
        self.requests.clear()

    def shutdown(self) -> None:
        self.over.set()
        super().shutdown()

    def die(self) -> None:
        """From now on connections are refused, and those that were open are closed without an answer."""
        with self._dying:
            self.shutdown()
            self.socket.close()

    def revive(self) -> None:
        """Listen again, on the same port, once the death is complete: it would close the new socket."""
        with self._dying:
            self.over.clear()
            self.socket = socket.socket(self.address_family, self.socket_type)
            self.server_bind()
            self.server_activate()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class FaultyHandler(serve.Handler):
    server: FaultyServer

    def respond(self, path: str, query: str, send_body: bool) -> None:
        if self.server.over.is_set():
            self.close_connection = True
            return
        self.server.asked[path] += 1
        self.server.ranges += self.headers.get_all("Range", [])
        plan = self.server.plan.get(path)
        fault = plan.pop(0) if plan else self.server.always.get(path, "")
        file = self._find(path)
        if not fault or file is None:
            super().respond(path, query, send_body)
        elif fault == "refused":
            self.close_connection = True
        elif fault in ("404", "500"):
            self.send_text(HTTPStatus(int(fault)), "Not now.\n", send_body)
        elif fault == "html":
            self.send_text(HTTPStatus.OK, HTML.decode(), send_body, "text/html; charset=utf-8")
        else:
            self._spoilt(fault, path, file)

    def _spoilt(self, fault: str, path: str, file: Path) -> None:
        content = bytearray(file.read_bytes())
        if fault == "flipped":
            content[len(content) // 2] ^= 1
        if fault == "short":
            del content[len(content) // 2 :]
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", serve.site_headers.mime_type(file.name))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        if fault == "dies":
            self.close_connection = True
            try:
                self.wfile.write(content[: int(self.server.dies_after * len(content))])
                self.wfile.flush()
            except ConnectionError:
                # The page had given this request up, with an earlier attempt: the next one meets the death.
                self.server.plan[path].insert(0, "dies")
                raise
            self.server.die()
        elif fault == "truncated":
            self.wfile.write(content[:half])
            self.close_connection = True
        elif fault == "stalled":
            self.wfile.write(content[:half])
            self.wfile.flush()
            self.server.over.wait(60)
            self.close_connection = True
        elif fault == "slow":
            for start in range(0, len(content), max(1, len(content) // 20)):
                self.wfile.write(content[start : start + max(1, len(content) // 20)])
                if self.server.over.wait(self.server.pause):
                    self.close_connection = True
                    return
        else:
            self.wfile.write(content)
