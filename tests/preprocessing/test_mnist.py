"""The digit preprocessing: hand-worked cases, invariances, and MNIST itself, which it must not change."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.preprocessing import MnistImageProcessor
from wardian.preprocessing.mnist import INK_THRESHOLD

PROCESSOR = MnistImageProcessor()


def prepare(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return PROCESSOR.prepare(pixels[:, :, None] if pixels.ndim == 2 else pixels)


def stroke(height: int = 60, width: int = 40) -> NDArray[np.uint8]:
    """An L: 40 pixels high and 20 wide, strokes of 4 pixels, black on white."""
    image = np.full((height, width), 255, np.uint8)
    image[10:50, 10:14] = 0
    image[46:50, 10:30] = 0
    return image


def test_a_square_by_hand() -> None:
    # 40 × 40 black pixels: scaled to 20 × 20, all ink. Its centre of mass is at 9.5 of its own pixels, so the
    # corner goes to 14 − 9.5 = 4.5, rounded up to 5.
    image = np.full((100, 120), 255, np.uint8)
    image[7:47, 60:100] = 0
    expected = np.zeros((28, 28), np.uint8)
    expected[5:25, 5:25] = 255
    np.testing.assert_array_equal(prepare(image), expected)


def test_a_bar_by_hand() -> None:
    # 10 high and 40 wide: scaled by 1/2 to 5 × 20. Rows: corner at 14 − 2 = 12. Columns: 14 − 9.5, so 5.
    image = np.zeros((30, 80), np.uint8)
    image[5:15, 20:60] = 255
    expected = np.zeros((28, 28), np.uint8)
    expected[12:17, 5:25] = 255
    np.testing.assert_array_equal(prepare(image), expected)


def test_the_centre_of_mass_goes_to_the_centre() -> None:
    prepared = prepare(stroke()).astype(float)
    rows, columns = np.mgrid[:28, :28]
    assert abs((rows * prepared).sum() / prepared.sum() - 14) <= 0.5
    assert abs((columns * prepared).sum() / prepared.sum() - 14) <= 0.5
    assert np.ptp(np.flatnonzero(prepared.any(axis=1))) == 19


def test_the_same_digit_in_any_ink_on_any_ground() -> None:
    black_on_white = stroke()
    expected = prepare(black_on_white)
    ink = 255 - black_on_white
    for variant in (
        ink,  # white on black
        np.dstack([black_on_white] * 3),
        np.dstack([ink, ink, ink]),
        np.dstack([np.zeros((60, 40, 3), np.uint8), ink]),  # black on transparent
        np.dstack([np.full((60, 40, 3), 255, np.uint8), ink]),  # white on transparent
        np.dstack([black_on_white] * 3 + [np.full((60, 40), 255, np.uint8)]),  # opaque RGBA
    ):
        np.testing.assert_array_equal(prepare(variant), expected)


def test_the_place_on_the_canvas_does_not_matter() -> None:
    moved = np.full((200, 300), 255, np.uint8)
    moved[130:190, 250:290] = stroke()
    np.testing.assert_array_equal(prepare(moved), prepare(stroke()))


def test_faint_ink_is_stretched() -> None:
    faint = (255 - (255 - stroke()) // 5).astype(np.uint8)  # 51 levels below white
    assert prepare(faint).max() == 254
    np.testing.assert_allclose(prepare(faint).astype(int), prepare(stroke()).astype(int), atol=1)


@pytest.mark.parametrize(
    ("shadow", "contrast", "grain"),
    [(0, 120, 4), (30, 120, 4), (100, 60, 2), (100, -60, 2)],
    ids=["even light", "soft shadow", "strong shadow, pencil", "strong shadow, chalk"],
)
def test_photographs_with_grain_and_shadow(shadow: int, contrast: int, grain: int) -> None:
    generator = np.random.default_rng(4)
    rows, columns = np.mgrid[:600, :400]
    light = (
        130 + shadow * (0.6 * rows / 600 + 0.4 * columns / 400 - 0.5) + generator.normal(0, grain, (600, 400))
    )
    large = np.kron(stroke(), np.ones((10, 10)))
    photo = np.clip(np.where(large == 0, light - contrast, light), 0, 255).astype(np.uint8)
    found, expected = prepare(photo).astype(int), prepare(stroke()).astype(int)
    assert np.abs(found - expected).mean() < 6
    assert np.count_nonzero(found) < 1.3 * np.count_nonzero(expected)


def test_jpeg_ringing_does_not_widen_the_crop() -> None:
    file = io.BytesIO()
    PIL.Image.fromarray(np.kron(stroke(), np.ones((8, 8), np.uint8))).save(file, "JPEG", quality=60)
    tensor = PROCESSOR(file.getvalue())
    assert np.abs(tensor[0, 0] * 255 - prepare(stroke())).mean() < 6


def test_a_hairline_survives() -> None:
    canvas = np.zeros((560, 560, 4), np.uint8)
    diagonal = np.arange(60, 500)
    canvas[diagonal, diagonal, 3] = 255  # 1 of 440 pixels wide: a twentieth of a pixel in the 20 × 20 box
    assert prepare(canvas).max() >= 250
    assert np.count_nonzero(prepare(canvas) > 200) >= 15


def test_a_dot_fills_the_box() -> None:
    canvas = np.zeros((280, 280, 4), np.uint8)
    canvas[100, 100, 3] = 255
    assert np.count_nonzero(prepare(canvas)) == 400


def test_digits_of_any_size_are_accepted() -> None:
    assert prepare(np.array([[0, 255, 0]], np.uint8)).shape == (28, 28)
    large = np.full((3000, 2000), 255, np.uint8)
    large[500:2500, 950:1050] = 0
    assert prepare(large).shape == (28, 28)


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_blank_pictures_are_refused(level: int, channels: int) -> None:
    with pytest.raises(InputError, match="no digit") as caught:
        prepare(np.full((30, 50, channels), level, np.uint8))
    assert caught.value.hint == "Draw a digit first."


def test_paper_grain_alone_is_blank() -> None:
    grain = np.random.default_rng(2).normal(200, 3, (100, 80)).astype(np.uint8)
    with pytest.raises(InputError):
        prepare(grain)


def test_call_scales_to_unit_range() -> None:
    tensor = PROCESSOR(stroke())
    assert tensor.shape == (1, 1, 28, 28) and tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor[0, 0], prepare(stroke()).astype(np.float32) / np.float32(255))


def mnist() -> NDArray[np.uint8]:
    golden = json.loads((Path(__file__).parents[1] / "golden" / "mnist.json").read_text())
    pixels = zlib.decompress(base64.b64decode(golden["images"]))
    return np.frombuffer(pixels, np.uint8).reshape(10, 28, 28)


def test_mnist_images_come_out_as_they_went_in() -> None:
    # Only ink fainter than INK_THRESHOLD may be lost, where it is alone in a row or column at the rim.
    for image in mnist():
        assert np.abs(prepare(image).astype(int) - image).max() < INK_THRESHOLD
        np.testing.assert_array_equal(prepare(prepare(image)), prepare(image))


def test_enlarged_mnist_images_come_back() -> None:
    for image in mnist():
        enlarged = np.kron(image, np.ones((10, 10), np.uint8))
        np.testing.assert_array_equal(prepare(enlarged), prepare(image))
        smooth = np.asarray(PIL.Image.fromarray(image).resize((280, 280), PIL.Image.Resampling.BICUBIC))
        assert np.abs(prepare(smooth).astype(int) - image).mean() < 12
