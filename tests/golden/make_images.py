"""Make images.json: what transformers' Pillow image processors make of a picture, for several configurations.

Not part of the tests, which read the file only. To make it again, in an environment of its own:

    pip install transformers==5.23.0 pillow==12.2.0 torch==2.13.0
    python tests/golden/make_images.py
"""

from __future__ import annotations

import hashlib
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import PIL.Image
import transformers
from picture import picture

OUTPUT = Path(__file__).with_name("images.json")

CASES: list[tuple[str, tuple[int, int], dict[str, Any]]] = [
    ("vit", (83, 61), {"image_processor_type": "ViTImageProcessor"}),
    (
        "vit",
        (61, 83),
        {"image_processor_type": "ViTImageProcessor", "size": {"height": 20, "width": 30}, "resample": 3},
    ),
    ("vit", (40, 50), {"image_processor_type": "ViTImageProcessor", "do_normalize": False, "size": 36}),
    ("vit", (40, 50), {"image_processor_type": "ViTImageProcessor", "do_resize": False, "do_rescale": False}),
    ("deit", (300, 200), {"image_processor_type": "DeiTImageProcessor"}),
    (
        "deit",
        (33, 44),
        {
            "image_processor_type": "DeiTImageProcessor",
            "do_resize": False,
            "crop_size": {"height": 39, "width": 21},
            "image_mean": [0.485, 0.456, 0.406],
            "image_std": [0.229, 0.224, 0.225],
        },
    ),
    ("clip", (251, 377), {"image_processor_type": "CLIPImageProcessor"}),
    (
        "clip",
        (47, 30),
        {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 25}, "crop_size": 32},
    ),
    (
        "convnext",
        (190, 120),
        {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 96}},
    ),
    ("convnext", (90, 120), {"image_processor_type": "ConvNextImageProcessor"}),
    ("mobilenet_v2", (150, 100), {"image_processor_type": "MobileNetV2ImageProcessor"}),
]


def run(family: str, height: int, width: int, config: dict[str, Any]) -> dict[str, Any]:
    """One case: its tensor as a hash, with a few values to look at when the hash differs."""
    module = import_module(f"transformers.models.{family}.image_processing_pil_{family}")
    settings = {key: value for key, value in config.items() if key != "image_processor_type"}
    processor = getattr(module, config["image_processor_type"] + "Pil")(**settings)
    image = PIL.Image.fromarray(picture(height, width))
    pixels = np.asarray(processor(image, return_tensors="np")["pixel_values"])
    return {
        "height": height,
        "width": width,
        "config": config,
        "dtype": str(pixels.dtype),
        "shape": list(pixels.shape),
        "sha256": hashlib.sha256(np.ascontiguousarray(pixels, "<f4").tobytes()).hexdigest(),
        "first": [float(value) for value in pixels.reshape(-1)[:3]],
        "mean": float(pixels.mean(dtype=np.float64)),
    }


def main() -> None:
    golden = {
        "provenance": {
            "script": "tests/golden/make_images.py",
            "transformers": transformers.__version__,
            "pillow": PIL.__version__,
            "numpy": np.__version__,
            "hash": "sha256 of float32 little-endian (batch, channel, height, width)",
        },
        "cases": [run(family, height, width, config) for family, (height, width), config in CASES],
    }
    OUTPUT.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    for case in golden["cases"]:
        print(case["config"]["image_processor_type"], case["dtype"], case["shape"], case["mean"])


if __name__ == "__main__":
    main()
