"""A listener on ports of its own that notes whatever reaches it: what a page's policy must prevent."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Attacker:
    """Listens on one TCP and one UDP port of the loopback interface."""

    def __init__(self) -> None:
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self.udp_port: int = self._udp.getsockname()[1]
        self._received: list[str] = []
        for target in (self._accept, self._datagrams):
            threading.Thread(target=target, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def received(self, wait: float = 1.0, enough: int = 1) -> list[str]:
        """What arrived since the last call; waits ``wait`` seconds for ``enough`` to come."""
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline and len(self._received) < enough:
            time.sleep(0.05)
        arrived, self._received = self._received, []
        return arrived

    def close(self) -> None:
        self._tcp.close()
        self._udp.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._tcp.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(0.5)
            # A connection alone tells the other side something: it counts, also when no byte ever comes.
            first = ""
            with suppress(TimeoutError):
                first = connection.recv(4096).decode("latin-1").split("\r\n")[0]
            self._received.append(first or "connection without data")
            body = b"<!doctype html>got it"
            head = f"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)

    def _datagrams(self) -> None:
        with suppress(OSError):
            while True:
                data, _ = self._udp.recvfrom(2048)
                self._received.append(f"datagram of {len(data)} bytes")
