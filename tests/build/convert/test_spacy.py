"""MessagePack, and what is taken from a package of spaCy; the result is held to spaCy in
`tests/pipelines/test_named_entity_recognition_native.py`."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from wardian_build.convert.from_spacy import build_config, build_norms, build_tokenizer
from wardian_build.convert.read.msgpack import unpack
from wardian_build.errors import ConversionError, UnsupportedError


def pack(value: Any) -> bytes:
    """The long forms of the specification, of which `unpack` must know the short ones, too."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return b"\xdb" + struct.pack(">I", len(data)) + data
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
    pairs = b"".join(pack(key) + pack(item) for key, item in value.items())
    return b"\xdf" + struct.pack(">I", len(value)) + pairs


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\x00", 0), (b"\x7f", 127), (b"\xe0", -32), (b"\xcc\xff", 255), (b"\xcd\x01\x00", 256),
        (b"\xce\x00\x01\x00\x00", 65536), (b"\xcf" + b"\xff" * 8, 2**64 - 1), (b"\xd0\x80", -128),
        (b"\xd1\xff\x00", -256), (b"\xca\x3f\x80\x00\x00", 1.0), (b"\xa2hi", "hi"),
        (b"\xd9\x03\xe2\x82\xac", "€"),
        (b"\xc4\x02\x00\xff", b"\x00\xff"), (b"\x92\x01\x90", [1, []]), (b"\xdc\x00\x01\xc0", [None]),
        (b"\x81\xa1a\x80", {"a": {}}), (b"\xde\x00\x01\x05\xc3", {5: True}),
    ],
)  # fmt: skip
def test_values(content: bytes, value: object) -> None:
    assert unpack(content) == value
    assert unpack(pack(value)) == value if not isinstance(value, int) or value < 2**63 else True


def test_arrays() -> None:
    array = np.arange(6, dtype="<f4").reshape(2, 3)
    found = unpack(
        pack({b"nd": True, b"type": "<f4", b"kind": b"", b"shape": [2, 3], b"data": array.tobytes()})
    )
    assert found.dtype == np.float32 and np.array_equal(found, array)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xa5hi", b"\xdd\x00\x00\x00\x05\x01", b"\xd4\x01\x02", b"\x01\x01", b"\xa1\xff", b"\x81\xc0"],
)
def test_what_is_no_value(content: bytes) -> None:
    with pytest.raises(ConversionError, match=r"broken\.bin"):
        unpack(content, "broken.bin")


TOKENIZER = {
    "prefix_search": "^a", "suffix_search": "b$", "infix_finditer": "-", "token_match": None,
    "url_match": "^h", "exceptions": {"x": [{65: "x", 67: "ex"}]}, "faster_heuristics": True,
}  # fmt: skip


def test_rules_and_norms_as_json() -> None:
    rules = json.loads(build_tokenizer({"p/tokenizer": pack(TOKENIZER)}))
    assert rules["exceptions"] == {"x": [["x", "ex"]]} and rules["infix"] == "-" and "token" not in rules
    table = {"lexeme_norm": {12: "a", 3: "é"}}
    assert json.loads(build_norms({"p/vocab/lookups.bin": pack(table)})) == {"3": "é", "12": "a"}


def test_what_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="token_match"):
        build_tokenizer({"p/tokenizer": pack(TOKENIZER | {"token_match": "x"})})
    with pytest.raises(UnsupportedError, match="exception 'x'"):
        build_tokenizer({"p/tokenizer": pack(TOKENIZER | {"exceptions": {"x": [{65: "x", 74: "NN"}]}})})
    with pytest.raises(UnsupportedError, match="without one tokenizer"):
        build_tokenizer({})
    other = {"nodes": [], "params": [], "shims": [], "attrs": [{"columns": pack(["NORM", "SPACY"])}]}
    with pytest.raises(UnsupportedError, match="SPACY"):
        build_config({"p/ner/model": pack(other), "p/ner/moves": b""})
