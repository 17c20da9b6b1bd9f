"""Which other files hold weights of an ONNX file: ONNX's external data, for models beyond protobuf's 2 GB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wardian_build import cache
from wardian_build.errors import BuildError

__all__ = ["external_files"]


def external_files(model: Path, folder: Path) -> list[str]:
    """The files that the tensors of `model` lie in, as paths relative to the model folder; mostly none.

    Raises BuildError when one lies outside of the model's folder or is not there.
    """
    listing = cache.made(
        "external-data", cache.sha256_of_file(model), lambda: json.dumps(_locations(model)).encode()
    )
    found = []
    for location in json.loads(listing.read_bytes()):
        path = (model.parent / location).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise BuildError(
                f"{model.name} keeps weights in {location!r}, which is not a file of its model folder; "
                "list it on the model card"
            )
        found.append(path.relative_to(folder.resolve()).as_posix())
    return found


def _locations(model: Path) -> list[str]:
    """The distinct locations, in the order of the tensors."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    try:
        proto = onnx.load(str(model), load_external_data=False)
    except DecodeError as error:
        raise BuildError(f"{model} is not an ONNX file: {error}") from error
    tensors = filter(uses_external_data, _tensors(proto.graph))
    return list(dict.fromkeys(ExternalDataInfo(tensor).location for tensor in tensors))


def _tensors(graph: Any) -> Iterator[Any]:
    """Initializers and the tensors in attributes, those of inner graphs (If, Loop) too."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)
