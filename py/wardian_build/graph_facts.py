"""What the build has to know of an ONNX file's graph, read once for its content."""

from __future__ import annotations

import json
from pathlib import Path

from wardian_build import cache

__all__ = ["quantises_whole_batches"]

_WHOLE = ("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM")
"""Operators that take one scale for all activations that they are given."""


def quantises_whole_batches(model: Path) -> bool:
    """Whether a graph takes scales of activations over a whole run: answers depend on their neighbours."""
    key = cache.key_of(cache.sha256_of_file(model), *_WHOLE)
    return bool(json.loads(cache.made("graph-facts", key, lambda: _look(model)).read_bytes()))


def _look(model: Path) -> bytes:
    import onnx

    graphs = [onnx.load(str(model), load_external_data=False).graph]
    while graphs:
        for node in graphs.pop().node:
            if node.op_type in _WHOLE:
                return b"true"
            graphs += [attribute.g for attribute in node.attribute if attribute.g.node]
    return b"false"
