"""The digit classifier on images that it never saw: `python build.py eval digits`.

Every image goes the way a visitor's file goes: encoded as PNG, through `wardian.pipeline`, to ten scores.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from wardian import pipeline
from wardian_build.evaluate.accuracy import Accuracy, line, wilson
from wardian_build.train import mnist_data
from wardian_build.train.augment import ENLARGED, move_edges

WIDTHS = (-1.5, 0.0, 1.5, 3.0, 4.0)
"""Tested changes of the stroke's edge, in quarters of an MNIST pixel; the images are enlarged four times."""


def as_png(image: NDArray[np.uint8]) -> bytes:
    """uint8 (height, width) to the bytes of a PNG file."""
    file = io.BytesIO()
    PIL.Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


async def classify(pipe: Any, images: Iterable[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """The most probable digit of every image: int64 (image,)."""
    answers = [(await pipe(as_png(image), top_k=1))[0]["label"] for image in images]
    return np.array([int(answer) for answer in answers])


def with_stroke_width(image: NDArray[np.uint8], shift: float) -> NDArray[np.uint8]:
    """The image enlarged four times, its strokes' edges moved outwards by `shift` pixels."""
    enlarged = PIL.Image.fromarray(image).resize((ENLARGED, ENLARGED), PIL.Image.Resampling.BICUBIC)
    return np.asarray(move_edges(enlarged, shift))


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """Accuracy on the 1,000 held-out images, the commonest confusions, and accuracy by stroke width."""
    _, held_out = mnist_data.split_digits(mnist_data.load_digits(data))
    pipe = await pipeline("image-classification", "mnist-cnn", device="cpu", models_dir=models_dir)
    answers = await classify(pipe, held_out.images)
    wrong = Counter(
        f"{truth} read as {answer}"
        for truth, answer in zip(held_out.labels, answers, strict=True)
        if truth != answer
    )
    widths = {}
    for shift in WIDTHS:
        answers_at = await classify(pipe, [with_stroke_width(image, shift) for image in held_out.images])
        widths[f"{shift / 4:+.3f}"] = asdict(_score(answers_at, held_out.labels))
    return {
        "held_out": asdict(_score(answers, held_out.labels)),
        "confusions": dict(wrong.most_common(10)),
        "by_edge_shift_in_mnist_pixels": widths,
    }


def _score(answers: NDArray[np.int64], labels: NDArray[np.int64]) -> Accuracy:
    return wilson(int((answers == labels).sum()), len(labels))


def show(result: dict[str, Any]) -> None:
    held_out = result["held_out"]
    print(f"held out: {line(held_out)}")
    for confusion, count in result["confusions"].items():
        print(f"  {count} × {confusion}")
    for shift, entry in result["by_edge_shift_in_mnist_pixels"].items():
        print(f"stroke edges moved by {shift} px: {line(entry)}")
