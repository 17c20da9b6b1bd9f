"""Components: what the page sends becomes a checked value, what Python gives becomes a drawing."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest

from wardian.components import Image, Label, Passage, Passages, Sketchpad, Textbox, Tokens
from wardian.errors import InputError, ModelError
from wardian.payloads import image_from_payload


def png(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    PIL.Image.fromarray(array).save(stream, "png")
    return stream.getvalue()


RGB = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def test_info_is_what_the_page_draws() -> None:
    info = Textbox({"en": "Text", "zh": "文本"}, lines=4, max_length=9, placeholder="…").info()
    assert info == {
        "type": "textbox",
        "name": "",
        "label": {"en": "Text", "zh": "文本"},
        "lines": 4,
        "max_length": 9,
        "placeholder": {"en": "…", "zh": "…"},
    }
    assert Label("L", labels=["a"], top_k=3).info()["labels"] == ["a"]
    assert [c.info()["type"] for c in (Sketchpad(), Image(), Passages())] == [
        "sketchpad",
        "image",
        "passages",
    ]


@pytest.mark.parametrize(
    ("payload", "words"),
    [(None, "nothing"), ("", "nothing"), (" \n", "white space"), ("x" * 11, "11 characters"), (5, "int")],
)
def test_textbox_refuses(payload: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Textbox("Text", max_length=10).preprocess(payload)


def test_textbox_takes() -> None:
    assert Textbox(max_length=3).preprocess("é中😀") == "é中😀"
    assert Textbox(required=False).preprocess(None) == ""


def test_an_image_is_a_file_or_pixels() -> None:
    assert np.array_equal(Image().preprocess({"file": png(RGB), "name": "a.png"}), RGB)
    assert np.array_equal(image_from_payload(memoryview(png(RGB))), RGB)
    rgba = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    for data in (rgba.tobytes(), memoryview(rgba.tobytes()), rgba.reshape(-1)):
        payload = {"width": 3.0, "height": 2, "data": data}
        assert np.array_equal(Sketchpad().preprocess(payload), rgba)


@pytest.mark.parametrize(
    "payload",
    [
        None, {}, {"file": b"", "name": "x.png"}, {"file": b"hello, world"}, {"file": 3}, "a.png",
        {"width": 2, "height": 3, "data": b"123"}, {"width": -1, "height": -1, "data": b"1234"},
        {"width": 0, "height": 5, "data": b""}, {"width": "2", "height": 2, "data": b"0" * 16},
        {"width": float("nan"), "height": 2, "data": b""}, {"width": 1, "height": 1}, 7,
        {"width": 1e300, "height": 1, "data": b""},
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(payload: Any) -> None:
    with pytest.raises(InputError):
        Image().preprocess(payload)


def test_the_name_of_a_bad_file_is_told() -> None:
    with pytest.raises(InputError, match=r"holiday\.png"):
        Image().preprocess({"file": b"GIF89a but no more", "name": "holiday.png"})


def test_strokes_are_drawn() -> None:
    drawn = Sketchpad().preprocess([[160, 40, 160, 280], [100, 100]])
    assert drawn.shape == (320, 320, 4) and drawn.dtype == np.uint8
    alpha = drawn[:, :, 3]
    assert alpha[160, 160] == 255 and alpha[100, 100] == 255 and alpha[160, 200] == 0
    assert 20 <= np.count_nonzero(alpha[160]) <= 24


@pytest.mark.parametrize("strokes", [[[1]], [["a", "b"]], [3], [[1, float("nan")]], [None]])
def test_bad_strokes_are_refused(strokes: Any) -> None:
    with pytest.raises(InputError):
        Sketchpad().preprocess(strokes)


def test_label() -> None:
    value = [{"label": "b", "score": 0.7}, {"label": "a", "score": 0.3}]
    by_rank = Label().postprocess(value)
    assert by_rank == {"label": "b", "confidences": value}
    in_order = Label(labels=["a", "b", "c"]).postprocess({"b": 0.7, "a": 0.3})
    assert in_order == {"label": "b", "confidences": value[::-1]}
    assert len(Label(top_k=1).postprocess(value)["confidences"]) == 1


@pytest.mark.parametrize("value", [{}, {"a": float("nan")}, {"a": float("inf")}])
def test_label_refuses(value: dict[str, float]) -> None:
    with pytest.raises(ModelError):
        Label().postprocess(value)


def test_passages() -> None:
    payload = Passages().postprocess([Passage("text", np.float32(0.5), 3, 7)])  # type: ignore[arg-type]
    assert payload == [{"text": "text", "score": 0.5, "start": 3, "end": 7}]
    assert type(payload[0]["score"]) is float


def test_what_is_measured_anew_is_left_out_of_comparisons() -> None:
    payload = {"ids": [1, 2], "milliseconds": 0.3}
    assert Tokens().without_measurements(payload) == {"ids": [1, 2]}
    assert Label("L").without_measurements(payload) is payload
