"""The server: headers on everything, ranges, ETags, Brotli, and nothing from outside its folder."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

from wardian_build import headers, serve

BODY = bytes(range(256)) * 8
SHARD = hashlib.sha256(b"{}").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "app").mkdir(parents=True)
    (site / "models").mkdir()
    (site / "index.html").write_text("<!doctype html><title>t</title>")
    (site / "app" / "code-1234.mjs").write_bytes(BODY)
    (site / "app" / "core-1234.wasm").write_bytes(b"\0asm")
    (site / "app" / "core-1234.wasm.br").write_bytes(brotli.compress(b"\0asm"))
    (site / "models" / SHARD).write_bytes(b"{}")
    (tmp_path / "secret.txt").write_text("secret")
    return site


@pytest.fixture
def connection(folder: Path) -> Iterator[http.client.HTTPConnection]:
    server, url = serve.start(folder)
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


def get(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **fields: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in fields.items()}
    )
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("path", ["/", "/app/code-1234.mjs", "/app/core-1234.wasm", "/missing", "/app/"])
def test_strict_headers_are_on_every_answer(connection: http.client.HTTPConnection, path: str) -> None:
    response, _ = get(connection, path)
    assert {name: response.headers[name] for name in headers.STRICT} == headers.STRICT


def test_one_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    for path, status in (("/", 200), ("/missing", 404), ("/app/code-1234.mjs", 200)):
        response, _ = get(connection, path)
        assert (response.status, response.version) == (status, 11)


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        ("/", "text/html; charset=utf-8", headers.REVALIDATE),
        ("/app/code-1234.mjs", "text/javascript; charset=utf-8", headers.IMMUTABLE),
        ("/app/core-1234.wasm", "application/wasm", headers.IMMUTABLE),
        (f"/models/{SHARD}", "application/octet-stream", headers.IMMUTABLE),
    ],
)
def test_types_and_caching(
    connection: http.client.HTTPConnection, path: str, kind: str, caching: str
) -> None:
    response, _ = get(connection, path)
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (kind, caching)


@pytest.mark.parametrize(
    ("wanted", "first", "last"), [("bytes=0-9", 0, 9), ("bytes=2040-", 2040, 2047), ("bytes=-3", 2045, 2047)]
)
def test_ranges(connection: http.client.HTTPConnection, wanted: str, first: int, last: int) -> None:
    response, body = get(connection, "/app/code-1234.mjs", Range=wanted)
    assert response.status == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/2048"
    assert body == BODY[first : last + 1]


def test_a_range_beyond_the_end_is_refused(connection: http.client.HTTPConnection) -> None:
    response, _ = get(connection, "/app/code-1234.mjs", Range="bytes=5000-")
    assert (response.status, response.headers["Content-Range"]) == (416, "bytes */2048")


def test_a_known_etag_costs_no_body(connection: http.client.HTTPConnection) -> None:
    response, _ = get(connection, "/app/code-1234.mjs")
    again, body = get(connection, "/app/code-1234.mjs", If_None_Match=response.headers["ETag"])
    assert (again.status, body) == (304, b"")


def test_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    response, body = get(connection, "/app/code-1234.mjs", "HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, "2048", b"")
    assert get(connection, "/")[0].status == 200


def test_a_precompressed_file_is_sent_to_those_who_take_it(connection: http.client.HTTPConnection) -> None:
    response, body = get(connection, "/app/core-1234.wasm", Accept_Encoding="gzip, br")
    assert (response.headers["Content-Encoding"], response.headers["Content-Type"]) == (
        "br",
        "application/wasm",
    )
    assert brotli.decompress(body) == b"\0asm"
    assert get(connection, "/app/core-1234.wasm")[1] == b"\0asm"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/app/..%2f..%2fsecret.txt", "/%00"]
)
def test_nothing_outside_the_folder(connection: http.client.HTTPConnection, path: str) -> None:
    response, body = get(connection, path)
    assert response.status == 404 and b"secret\n" not in body and body != b"secret"


def test_a_link_that_leaves_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    server, url = serve.start(folder)
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    assert get(connection, "/link.txt")[0].status == 404
    server.shutdown()
    server.server_close()


def test_a_host_without_headers_can_be_imitated(folder: Path) -> None:
    server, url = serve.start(folder, headers="none")
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    response, _ = get(connection, "/")
    assert not set(response.headers) & set(headers.STRICT)
    server.shutdown()
    server.server_close()
    with pytest.raises(ValueError, match="expected one of"):
        serve.start(folder, headers="some")


def test_the_headers_file_says_the_same_as_the_server() -> None:
    text = headers.headers_file()
    everywhere, *others = text.strip().split("\n\n")
    assert everywhere.splitlines() == [
        "/*",
        *(f"  {name}: {value}" for name, value in headers.STRICT.items()),
    ]
    rules = dict(block.split("\n  ", 1) for block in others)
    for path in ("/index.html", "/sw.js", "/site.json"):
        assert rules[path] == f"Cache-Control: {headers.cache_control(path)}"
    assert rules["/packages/*"] == f"Cache-Control: {headers.cache_control('/packages/lock-12.json')}"
