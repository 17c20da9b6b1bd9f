"""Resize, centre crop, rescale, normalize: what most image models want, in Hugging Face's exact numbers.

Equal, bit for bit, to the Pillow image processors of transformers 5.23 (`ViTImageProcessorPil`, …):
tests/golden/make_images.py made the tensors that the tests compare with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.preprocessing.image import Image, ImageSource, read_image, to_rgb

HALF = [0.5, 0.5, 0.5]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
BILINEAR, BICUBIC = 2, 3
"""Pillow's numbers of the resampling filters, as `resample` holds them."""

_SQUARE_224 = {"height": 224, "width": 224}
_IMAGENET_HALF = {"image_mean": HALF, "image_std": HALF}
_CLIP = {
    "resample": BICUBIC,
    "size": {"shortest_edge": 224},
    "do_center_crop": True,
    "crop_size": _SQUARE_224,
    "image_mean": CLIP_MEAN,
    "image_std": CLIP_STD,
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "ViTImageProcessor": {"resample": BILINEAR, "size": _SQUARE_224, **_IMAGENET_HALF},
    "SiglipImageProcessor": {"resample": BICUBIC, "size": _SQUARE_224, **_IMAGENET_HALF},
    "ConvNextImageProcessor": {"resample": BICUBIC, "size": {"shortest_edge": 384}, **_IMAGENET_HALF},
    "CLIPImageProcessor": _CLIP,
    "BitImageProcessor": _CLIP,
    "DeiTImageProcessor": {
        "resample": BICUBIC,
        "size": {"height": 256, "width": 256},
        "do_center_crop": True,
        "crop_size": _SQUARE_224,
        **_IMAGENET_HALF,
    },
    "MobileNetV2ImageProcessor": {
        "resample": BILINEAR,
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": _SQUARE_224,
        **_IMAGENET_HALF,
    },
}
"""What each type fills in where `preprocessor_config.json` is silent; transformers' own class defaults."""

STANDARD_TYPES = frozenset(_DEFAULTS)


class StandardImageProcessor:
    """Prepare an image for a classifier, detector or encoder as its `preprocessor_config.json` says.

    >>> config = {"image_processor_type": "ViTImageProcessor", "size": {"height": 4, "width": 6}}
    >>> StandardImageProcessor(config)(np.full((8, 9, 3), 255, np.uint8)).shape
    (1, 3, 4, 6)
    """

    channels = 3

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Read the configuration.

        Raises:
            ModelError: a setting has a value that cannot be used.
        """
        self.type = processor_type(config)
        settings = {**_DEFAULTS.get(self.type, {}), **{k: v for k, v in config.items() if v is not None}}
        self.do_resize = bool(settings.get("do_resize", True))
        self.do_center_crop = bool(settings.get("do_center_crop", False))
        self.do_rescale = bool(settings.get("do_rescale", True))
        self.do_normalize = bool(settings.get("do_normalize", True))
        self.resample = _resampling(settings.get("resample", BILINEAR))
        self.rescale_factor = _number(settings.get("rescale_factor", 1 / 255), "rescale_factor")
        self.crop_pct = _number(settings.get("crop_pct", 224 / 256), "crop_pct")
        square = self.type not in ("CLIPImageProcessor", "BitImageProcessor", "ConvNextImageProcessor")
        self.size = _size(settings.get("size"), "size", square) if self.do_resize else {}
        self.crop_size = _size(settings.get("crop_size"), "crop_size", True) if self.do_center_crop else {}
        if "shortest_edge" in self.crop_size:
            raise _bad_setting("crop_size", settings.get("crop_size"), "height and width")
        self.image_mean = _three(settings.get("image_mean", HALF), "image_mean")
        self.image_std = _three(settings.get("image_std", HALF), "image_std")
        if not np.all(self.image_std > 0):
            raise _bad_setting("image_std", settings.get("image_std"), "numbers above 0")

    def __call__(self, source: ImageSource) -> NDArray[np.float32]:
        """One image to float32 (batch=1, channel=3, height, width).

        Raises:
            InputError: the image cannot be read (see :func:`read_image`).
        """
        image = to_rgb(read_image(source))
        if self.do_resize:
            image = self._resize(image)
        if self.do_center_crop:
            image = center_crop(image, self.crop_size["height"], self.crop_size["width"])
        values = image.transpose(2, 0, 1)
        # float64 first and rounded once, then float32 throughout: the order transformers computes in.
        pixels = (values.astype(np.float64) * self.rescale_factor if self.do_rescale else values).astype(
            np.float32
        )
        if self.do_normalize:
            pixels = (pixels - self.image_mean[:, None, None]) / self.image_std[:, None, None]
        return np.ascontiguousarray(pixels)[None]

    def _resize(self, image: Image) -> Image:
        if "shortest_edge" not in self.size:
            return resize(image, self.size["height"], self.size["width"], self.resample)
        edge = self.size["shortest_edge"]
        if self.type != "ConvNextImageProcessor":
            return resize_shortest_edge(image, edge, self.resample)
        if edge >= 384:
            return resize(image, edge, edge, self.resample)
        return center_crop(resize_shortest_edge(image, int(edge / self.crop_pct), self.resample), edge, edge)


def resize(image: Image, height: int, width: int, resample: int) -> Image:
    """uint8 (h, w, 3) to uint8 (height, width, 3) by Pillow's antialiasing, fixed-point resize."""
    import PIL.Image  # lazily: importing Pillow costs the page start-up time

    return np.asarray(PIL.Image.fromarray(image).resize((width, height), PIL.Image.Resampling(resample)))


def resize_shortest_edge(image: Image, edge: int, resample: int) -> Image:
    """Scale so that the shorter side is `edge`; the longer one is rounded down.

    >>> resize_shortest_edge(np.zeros((30, 50, 3), np.uint8), 20, BILINEAR).shape
    (20, 33, 3)

    Raises:
        InputError: the picture is so narrow that its longer side would become too large.
    """
    height, width = image.shape[:2]
    short, long = sorted((height, width))
    longer = int(edge * long / short)
    if edge * longer > 50_000_000:
        raise InputError(
            "The image is too narrow.",
            value="image",
            expected="sides of more equal length",
            received=f"{width} × {height} pixels",
            hint="Crop it first.",
        )
    return resize(image, longer, edge, resample) if width <= height else resize(image, edge, longer, resample)


def center_crop(image: Image, height: int, width: int) -> Image:
    """Cut out the middle; where the image is smaller, it is first set in the middle of zeros.

    >>> center_crop(np.arange(10, dtype=np.uint8).reshape(1, 10, 1), 3, 4)[:, :, 0].tolist()
    [[0, 0, 0, 0], [3, 4, 5, 6], [0, 0, 0, 0]]
    """
    for axis, wanted in enumerate((height, width)):
        have = image.shape[axis]
        if have < wanted:
            before = (wanted - have + 1) // 2
            padding = [(0, 0)] * 3
            padding[axis] = (before, wanted - have - before)
            image = np.pad(image, padding)
        start = (image.shape[axis] - wanted) // 2
        image = image.take(range(start, start + wanted), axis=axis)
    return image


def processor_type(config: Mapping[str, Any]) -> str:
    """`image_processor_type`, or the older `feature_extractor_type`, in today's name.

    >>> processor_type({"feature_extractor_type": "ViTFeatureExtractor"})
    'ViTImageProcessor'
    >>> processor_type({"image_processor_type": "CLIPImageProcessorFast"})
    'CLIPImageProcessor'
    """
    name = str(config.get("image_processor_type") or config.get("feature_extractor_type") or "")
    return name.removesuffix("Fast").removesuffix("Pil").replace("FeatureExtractor", "ImageProcessor")


def _size(value: Any, key: str, square: bool) -> dict[str, int]:
    """An int, or a dict of height and width or of shortest_edge, as a dict of positive ints."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = {"height": value, "width": value} if square else {"shortest_edge": value}
    keys = {"height", "width"} if isinstance(value, Mapping) and "height" in value else {"shortest_edge"}
    if not isinstance(value, Mapping) or not keys <= value.keys():
        raise _bad_setting(key, value, "height and width, or shortest_edge")
    sizes = {name: value[name] for name in sorted(keys)}
    if not all(isinstance(side, int) and 1 <= side <= 8192 for side in sizes.values()):
        raise _bad_setting(key, value, "whole numbers from 1 to 8192")
    return sizes


def _number(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise _bad_setting(key, value, "a number above 0")
    return float(value)


def _three(value: Any, key: str) -> NDArray[np.float32]:
    numbers = [value] * 3 if isinstance(value, (int, float)) else value
    if not isinstance(numbers, (list, tuple)) or len(numbers) != 3:
        raise _bad_setting(key, value, "three numbers")
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise _bad_setting(key, value, "three numbers")
    return np.array(numbers, np.float32)


def _resampling(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 5:
        raise _bad_setting("resample", value, "a whole number from 0 (nearest) to 5 (Hamming)")
    return value


def _bad_setting(key: str, value: Any, expected: str) -> ModelError:
    return ModelError(
        f"preprocessor_config.json: {key} cannot be used.",
        value=key,
        expected=expected,
        received=repr(value)[:80],
        hint="Take the file from the folder of the original model.",
    )
