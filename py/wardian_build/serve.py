"""A local web server for the site: threads, HTTP/1.1, the headers of `headers.py`, ranges, ETags, Brotli.

Tests use it too: `server, url = serve.start(folder)`.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from wardian_build import headers as site_headers

__all__ = ["Handler", "Server", "start"]

CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class Server(ThreadingHTTPServer):
    """Serves one folder. `extra_headers` go on every response, errors included."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], folder: Path, extra_headers: Mapping[str, str]) -> None:
        self.folder = folder.resolve()
        self.extra_headers = dict(extra_headers)
        self.requests: list[str] = []
        """Paths asked for, oldest first: tests read it to see what a page loaded."""
        super().__init__(address, self.handler())

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return Handler


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files below the server's folder."""

    protocol_version = "HTTP/1.1"
    server_version = "wardian"
    sys_version = ""
    server: Server
    # Small answers leave at once instead of waiting for an acknowledgement.
    disable_nagle_algorithm = True

    def handle(self) -> None:
        # A page that was closed or reloaded is no error, whatever it was in the middle of.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        self._answer(send_body=True)

    def do_HEAD(self) -> None:
        self._answer(send_body=False)

    def end_headers(self) -> None:
        for name, value in self.server.extra_headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the page makes dozens of requests; errors show in the browser."""

    def _answer(self, send_body: bool) -> None:
        parts = urlsplit(self.path)
        self.server.requests.append(self.path)
        self.respond(unquote(parts.path), parts.query, send_body)

    def respond(self, path: str, query: str, send_body: bool) -> None:
        """Answer with a file; subclasses add paths of their own before."""
        file = self._find(path)
        if file is None:
            self.send_text(HTTPStatus.NOT_FOUND, f"There is no {path} here.\n", send_body)
            return
        encoded = file.with_name(file.name + ".br")
        compressed = "br" in self._accepted() and "Range" not in self.headers and encoded.is_file()
        chosen = encoded if compressed else file
        status = chosen.stat()
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        fields = {
            "Content-Type": site_headers.mime_type(file.name),
            "Cache-Control": site_headers.cache_control(path),
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Vary": "Accept-Encoding",
        }
        if compressed:
            fields["Content-Encoding"] = "br"
        if self.headers.get("If-None-Match") == etag:
            self._send(HTTPStatus.NOT_MODIFIED, {**fields, "Content-Length": "0"}, None, 0)
            return
        with chosen.open("rb") as content:
            self._send_range(content, status.st_size, fields, send_body)

    def send_text(self, status: HTTPStatus, text: str, send_body: bool, content_type: str = "") -> None:
        data = text.encode()
        fields = {
            "Content-Type": content_type or site_headers.MIME_TYPES[".txt"],
            "Cache-Control": "no-store",
        }
        self._send(status, {**fields, "Content-Length": str(len(data))}, None, 0)
        if send_body:
            self.wfile.write(data)

    def _accepted(self) -> set[str]:
        return {part.partition(";")[0].strip() for part in self.headers.get("Accept-Encoding", "").split(",")}

    def _find(self, path: str) -> Path | None:
        if "\0" in path:
            return None
        file = (self.server.folder / path.lstrip("/")).resolve()
        if not file.is_relative_to(self.server.folder):
            return None
        if file.is_dir() and path.endswith("/"):
            file = file / "index.html"
        return file if file.is_file() else None

    def _send_range(self, content: BinaryIO, size: int, fields: dict[str, str], send_body: bool) -> None:
        wanted = _RANGE.match(self.headers.get("Range", ""))
        first, last, status = 0, size - 1, HTTPStatus.OK
        if wanted and any(wanted.groups()):
            first = int(wanted[1]) if wanted[1] else max(0, size - int(wanted[2]))
            last = min(size - 1, int(wanted[2])) if wanted[1] and wanted[2] else size - 1
            if first > last:
                unsatisfied = {**fields, "Content-Range": f"bytes */{size}", "Content-Length": "0"}
                self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unsatisfied, None, 0)
                return
            fields["Content-Range"] = f"bytes {first}-{last}/{size}"
            status = HTTPStatus.PARTIAL_CONTENT
        length = last - first + 1
        content.seek(first)
        self._send(status, {**fields, "Content-Length": str(length)}, content if send_body else None, length)

    def _send(
        self, status: HTTPStatus, fields: Mapping[str, str], content: BinaryIO | None, length: int
    ) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        while content is not None and length > 0:
            data = content.read(min(CHUNK, length))
            if not data:
                # The file shrank while it was sent: only closing tells the client that it is incomplete.
                self.close_connection = True
                return
            self.wfile.write(data)
            length -= len(data)


def start(
    directory: Path | str,
    port: int = 0,
    headers: str = "strict",
    host: str = "127.0.0.1",
    server_class: type[Server] = Server,
) -> tuple[Server, str]:
    """Serve a folder in a thread of its own and return the server and its URL, without a slash at the end.

    `headers` is "strict", "none" (as a host that cannot send any), or "isolation" (COOP and COEP alone).
    Port 0 takes a free one. `server.shutdown()` stops it and `server.server_close()` frees the port.
    """
    chosen = {
        "strict": site_headers.STRICT,
        "none": {},
        "isolation": {
            name: value for name, value in site_headers.STRICT.items() if name.startswith("Cross-Origin")
        },
    }
    if headers not in chosen:
        raise ValueError(f"headers is {headers!r}, expected one of {sorted(chosen)}")
    server = server_class((host, port), Path(directory), chosen[headers])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    name = f"[{host}]" if ":" in host else host
    return server, f"http://{name}:{server.server_address[1]}"
