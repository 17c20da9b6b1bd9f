"""Files of models as shards: pieces of at most 16 MiB, each named by its SHA-256.

A shard is what a page downloads, verifies, keeps and, after a broken connection, starts again. Equal shards
are one file of the site, whichever models and versions they belong to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build import cache

__all__ = ["FOLDER", "SHARD_BYTES", "Shard", "file_entry", "shards_of"]

FOLDER = "models"
"""Where shards lie on the site: `models/<sha256>`."""

SHARD_BYTES = 16 << 20
"""Small enough to lose little when a connection breaks, large enough to make requests cheap."""


@dataclass(frozen=True)
class Shard:
    """One piece of a file: its hash, its size, and where it lies on this machine."""

    sha256: str
    bytes: int
    path: Path

    @property
    def site_path(self) -> str:
        return f"{FOLDER}/{self.sha256}"


def shards_of(file: Path) -> list[Shard]:
    """The shards of a file in their order; a file of at most `SHARD_BYTES` is its own only shard.

    Pieces of larger files are written once, into the cache.
    """
    whole = cache.sha256_of_file(file)
    size = file.stat().st_size
    if size <= SHARD_BYTES:
        return [Shard(whole, size, file)]
    listing = cache.made("shard-lists", cache.key_of(whole, SHARD_BYTES), lambda: _listing(file))
    found = [Shard(sha256, length, _place(sha256)) for sha256, length in json.loads(listing.read_bytes())]
    if not all(shard.path.exists() for shard in found):
        listing.unlink()
        return shards_of(file)
    return found


def file_entry(path: str, file: Path) -> dict[str, Any]:
    """`ModelFile` of app/shared/site.ts: path, size, hash; the list of shards where there are several."""
    entry: dict[str, Any] = {
        "path": path,
        "bytes": file.stat().st_size,
        "sha256": cache.sha256_of_file(file),
    }
    shards = shards_of(file)
    if len(shards) > 1:
        entry["shards"] = [{"sha256": shard.sha256, "bytes": shard.bytes} for shard in shards]
    return entry


def _listing(file: Path) -> bytes:
    return json.dumps([_keep(piece) for piece in _pieces(file)]).encode()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(SHARD_BYTES):
            yield piece


def _keep(piece: bytes) -> tuple[str, int]:
    sha256 = cache.sha256(piece)
    cache.made("shards", sha256, lambda: piece)
    return sha256, len(piece)


def _place(sha256: str) -> Path:
    return cache.made_path("shards", sha256)
