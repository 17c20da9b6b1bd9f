"""From files and pixels to the tensors a model takes; `load_image_processor` reads a model's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.preprocessing.image import Image, ImageSource, read_image, to_rgb
from wardian.preprocessing.mnist import MnistImageProcessor
from wardian.preprocessing.standard import STANDARD_TYPES, StandardImageProcessor, processor_type

__all__ = [
    "Image",
    "ImageProcessor",
    "ImageSource",
    "MnistImageProcessor",
    "StandardImageProcessor",
    "load_image_processor",
    "read_image",
    "to_rgb",
]


class ImageProcessor(Protocol):
    """Turns one image, a file or pixels, into float32 (batch=1, channel=channels, height, width)."""

    channels: int

    def __call__(self, source: ImageSource) -> NDArray[np.float32]: ...


def load_image_processor(config: Mapping[str, Any]) -> ImageProcessor:
    """The image processor that a `preprocessor_config.json` describes.

    >>> type(load_image_processor({"image_processor_type": "MnistImageProcessor"})).__name__
    'MnistImageProcessor'
    >>> type(load_image_processor({"image_processor_type": "ViTImageProcessor"})).__name__
    'StandardImageProcessor'

    Raises:
        ModelError: the type is not known, or a setting cannot be used.
    """
    name = processor_type(config)
    if name == "MnistImageProcessor":
        return MnistImageProcessor(config)
    # Without a type, the settings must speak for themselves.
    if name in STANDARD_TYPES or (not name and "size" in config):
        return StandardImageProcessor(config)
    raise ModelError(
        "The model wants an image processor that is not there.",
        value=name or "preprocessor_config.json",
        expected="one of " + ", ".join(sorted({"MnistImageProcessor", *STANDARD_TYPES})),
        received=name or "no image_processor_type",
        hint="Set image_processor_type in preprocessor_config.json.",
    )
