"""The model card of a converted model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from wardian.types import TensorSpec
from wardian_build import progress
from wardian_build.convert.architectures.build import FOLD
from wardian_build.convert.conversion import Part
from wardian_build.convert.run import Converted

__all__ = ["UNKNOWN_LICENSE", "card_text"]

UNKNOWN_LICENSE = "LicenseRef-unknown"
"""What the card says where nobody says what the licence is: an SPDX expression that claims nothing."""


def card_text(done: Converted, model_id: str, kind: str, license: str, title: str) -> str:
    """The card of the files in `done.folder`: front matter that the build reads, and what was done."""
    made = done.conversion
    files = sorted(path for path in done.folder.rglob("*") if path.is_file())
    front: dict[str, Any] = {
        "id": model_id,
        "kind": kind,
        "license": license,
        "title": title,
        "origin": f"{done.source.path.name}, added by build.py add",
        "default_dtype": made.default_dtype,
        "dtypes": dict(made.dtypes),
    }
    if made.others:
        front["parts"] = {name: dict(part.dtypes) for name, part in made.others.items()}
    if made.default_dtype == "q8":
        # int8 has no WebGPU kernels: it would run on the CPU with copies in between.
        front["devices"] = ["wasm"]
    whole = made.default_dtype.removesuffix(FOLD)
    if whole != made.default_dtype and whole in made.dtypes:
        # A decoder's default is its graph for WASM; this is the one of the same weights for WebGPU.
        front["device_dtypes"] = {"webgpu": whole}
    if made.canary_dims:
        front["canary"] = {"dims": dict(made.canary_dims)}
    front["packages"] = []
    front["files"] = [_entry(path, done.folder) for path in files]
    header = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=110)
    return f"---\n{header}---\n\n{_body(done, title, license, files)}"


def _entry(path: Path, folder: Path) -> dict[str, str]:
    name = path.relative_to(folder).as_posix()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": name, "source": name, "sha256": digest}


def _body(done: Converted, title: str, license: str, files: Sequence[Path]) -> str:
    made = done.conversion
    onnx_files = made.parts.values()
    sizes = ", ".join(
        f"{dtype} {progress.human(sum((done.folder / p.dtypes[dtype]).stat().st_size for p in onnx_files))}"
        for dtype in made.dtypes
    )
    known = license != UNKNOWN_LICENSE
    parts = [
        f"# {title}",
        "Write here what the model does, what it was trained on, and what it is not good at.",
        "\n".join(
            [
                "| | |",
                "|---|---|",
                *(line for name, part in made.parts.items() for line in _ports(name, part)),
                f"| size | {sizes} |",
            ]
        ),
        "## Where the files come from",
        " ".join(made.story) + " Other files are those of the source, unchanged.",
        f"Licence: {license}."
        if known
        else "Licence: not stated by the source. Find out before you publish it.",
        "## Measured",
        done.report,
        *done.notes,
    ]
    return "\n\n".join(parts) + "\n"


def _ports(name: str, part: Part) -> tuple[str, str]:
    """Inputs and outputs; of caches, the first of many."""
    of = "" if name == "model" else f" of `{name}`"
    ports = [
        [spec for spec in specs if "." not in spec.name or ".0." in spec.name]
        for specs in (part.inputs, part.outputs)
    ]
    return f"| input{of} | {_specs(ports[0])} |", f"| output{of} | {_specs(ports[1])} |"


def _specs(specs: Sequence[TensorSpec]) -> str:
    return "; ".join(f"`{spec.name}`: {spec.dtype} ({', '.join(map(str, spec.dims))})" for spec in specs)
