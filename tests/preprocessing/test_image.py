"""Every kind of image file a visitor may drop, and every kind that must be refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.preprocessing import read_image, to_rgb


def encode(image: PIL.Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def gradient(height: int = 3, width: int = 5) -> NDArray[np.uint8]:
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("format", ["PNG", "BMP", "PPM", "TIFF"])
def test_lossless_formats_keep_the_pixels(format: str) -> None:
    np.testing.assert_array_equal(read_image(encode(PIL.Image.fromarray(gradient()), format)), gradient())


def test_webp_and_jpeg_are_read() -> None:
    flat = PIL.Image.new("RGB", (16, 8), (200, 100, 50))
    for format, options in (("WEBP", {"lossless": True}), ("JPEG", {"quality": 95})):
        image = read_image(encode(flat, format, **options))
        assert image.shape == (8, 16, 3)
        np.testing.assert_allclose(image.reshape(-1, 3).mean(axis=0), [200, 100, 50], atol=2)


def test_one_bit_becomes_0_and_255() -> None:
    image = PIL.Image.fromarray(np.array([[True, False, True]]))
    assert image.mode == "1"
    assert read_image(encode(image))[:, :, 0].tolist() == [[255, 0, 255]]


def test_16_bit_grey_is_scaled_to_8() -> None:
    samples = np.array([[0, 128, 129, 257, 32768, 65535]], np.uint16)
    image = PIL.Image.fromarray(samples)
    assert image.mode == "I;16"
    # 129 / 257 = 0.502 rounds up, 128 / 257 = 0.498 down.
    for format in ("PNG", "TIFF"):
        assert read_image(encode(image, format))[:, :, 0].tolist() == [[0, 0, 1, 1, 128, 255]]


def test_palette_with_and_without_transparency() -> None:
    palette = PIL.Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    assert read_image(encode(palette)).tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert read_image(encode(palette, transparency=0)).tolist() == [[[10, 20, 30, 0], [40, 50, 60, 255]]]


def test_grey_with_alpha_becomes_rgba() -> None:
    assert read_image(encode(PIL.Image.new("LA", (1, 1), (7, 99)))).tolist() == [[[7, 7, 7, 99]]]


def test_cmyk_becomes_rgb() -> None:
    image = read_image(encode(PIL.Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF"))
    assert image.shape == (8, 8, 3)
    assert image[0, 0].tolist() == [255, 0, 0]


def test_the_first_frame_of_an_animation() -> None:
    frames = [PIL.Image.new("RGB", (4, 3), color) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    for format in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if format == "WEBP" else {}
        file = encode(frames[0], format, save_all=True, append_images=frames[1:], **options)
        assert to_rgb(read_image(file))[0, 0].tolist() == [255, 0, 0], format


def test_exif_orientation_turns_the_image_upright() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate 90° clockwise to view
    file = encode(PIL.Image.fromarray(gradient()), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(file), np.rot90(gradient(), k=-1))


def test_arrays() -> None:
    assert read_image(np.zeros((3, 5), np.uint8)).shape == (3, 5, 1)
    assert read_image(np.array([[True]])).tolist() == [[[255]]]
    assert read_image(np.array([[[5, 6]]], np.uint8)).tolist() == [[[5, 5, 5, 6]]]
    assert read_image(np.full((1, 1, 3), 65535, np.uint16)).tolist() == [[[255, 255, 255]]]


def test_a_path_names_the_file_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("these are notes, not pixels")
    with pytest.raises(InputError, match=r"notes\.png is not an image") as caught:
        read_image(path)
    assert caught.value.received is not None and "these are no" in caught.value.received
    with pytest.raises(InputError, match="cannot be read"):
        read_image(tmp_path / "missing.png")
    np.testing.assert_array_equal(read_image(_saved(tmp_path)), gradient())


def _saved(folder: Path) -> str:
    path = folder / "image.png"
    path.write_bytes(encode(PIL.Image.fromarray(gradient())))
    return str(path)


def noise() -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    return encode(PIL.Image.fromarray(pixels))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "is empty"),
        (b"hello, this is text", "is not an image"),
        (noise()[:4000], "damaged or incomplete"),
        (noise()[:60], "damaged or incomplete|not an image"),
        (encode(PIL.Image.new("RGB", (64, 64)), "JPEG")[:300], "damaged or incomplete|not an image"),
        (png_header(30_000, 30_000), "too large"),
        (png_header(12_000, 12_000), "too large"),
        (png_header(8_000, 8_000), "too large"),
        (encode(PIL.Image.new("F", (3, 3)), "TIFF"), "floating-point"),
    ],
    ids=["empty", "text", "truncated", "header only", "jpeg", "900 MP", "144 MP", "64 MP", "float"],
)
def test_refused_files_say_why(file: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_image(file, name="picture.png")
    assert caught.value.expected and caught.value.received and caught.value.hint


def test_a_bomb_is_refused_without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = encode(PIL.Image.new("1", (30_000, 30_000)))
    assert len(bomb) < 200_000

    def load(self: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(InputError, match="too large"):
        read_image(bomb)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((4, 5), np.float32), "dtype"),
        (np.full((4, 5, 3), np.nan), "dtype"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((1, 4, 5, 3), np.uint8), "shape"),
        (np.zeros((4, 5, 7), np.uint8), "shape"),
        (np.zeros((0, 5, 3), np.uint8), "no pixels"),
        (np.broadcast_to(np.uint8(0), (9_000, 9_000)), "too large"),
    ],
)
def test_refused_arrays(pixels: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_image(pixels)


@pytest.mark.parametrize("source", [None, 3, ["a.png"], {"file": "a.png"}])
def test_refused_types(source: object) -> None:
    with pytest.raises(InputError, match="not an image"):
        read_image(source)  # type: ignore[arg-type]
