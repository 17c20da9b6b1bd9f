"""Make digits.json: drawings and what each stage of the digit pipeline makes of them in CPython.

    python tests/golden/make_digits.py

Run it after the model or its preprocessing changed on purpose, and read the difference before committing it.
The uint8 and float32 tensors must come out bit-identical everywhere; logits within `logits_tolerance`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import PIL
import PIL.Image
from drawing import draw
from numpy.typing import NDArray

from wardian.preprocessing import MnistImageProcessor, read_image

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "static" / "models" / "mnist-cnn" / "onnx" / "model.onnx"
LOGITS_TOLERANCE = 1e-4
"""float32 sums of 512 products in another order: some 1e-5 on logits of about 20."""


def encoded(pixels: NDArray[np.uint8], format: str, **options: Any) -> bytes:
    """uint8 (height, width[, channels]) to an image file."""
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def png(pixels: NDArray[np.uint8]) -> bytes:
    return encoded(pixels, "PNG", optimize=True)


def drawings() -> dict[str, tuple[int, bytes]]:
    """Name → (the digit, a file): the ways in which pictures differ that the preprocessing must level."""
    strokes = json.loads((HERE / "strokes.json").read_text())["digits"]
    seven, two, eight, four = (draw(strokes[digit], 280, 22) for digit in "7284")
    fine = draw(strokes["3"], 560, 18)
    light = np.dstack([np.full((280, 280, 3), 255, np.uint8), two[..., 3]])  # white ink, transparent canvas
    paper = (236 - (eight[..., 3].astype(np.int32) * 190 + 127) // 255).astype(np.uint8)  # grey on off-white
    board = np.dstack(
        [20 + four[..., 3] // 2, 60 + four[..., 3] // 2, 40 + four[..., 3] // 2]
    )  # chalk on green
    rows, columns = np.mgrid[:160, :160]
    shadow = 110 + rows // 3 + columns // 4 + np.random.default_rng(9).integers(-4, 5, (160, 160))
    photograph = np.clip(shadow - draw(strokes["9"], 160, 8)[..., 3] // 3, 0, 255).astype(np.uint8)
    corner = np.zeros((400, 300, 4), np.uint8)
    corner[:140, 160:] = draw(strokes["5"], 140, 9)
    return {
        "seven, black ink on a transparent canvas": (7, png(seven)),
        "three, thin on a large canvas": (3, png(fine)),
        "two, white ink on a transparent canvas": (2, png(light)),
        "eight, dark on off-white paper, grey": (8, png(paper)),
        "four, chalk on a green board, RGB": (4, png(board)),
        "nine, pencil in a shadow, with grain": (9, png(photograph)),
        "six, JPEG": (6, encoded(255 - draw(strokes["6"], 280, 24)[..., 3], "JPEG", quality=80)),
        "five, small in the corner of a tall canvas": (5, png(corner)),
    }


def entry(name: str, digit: int, file: bytes, session: onnxruntime.InferenceSession) -> dict[str, Any]:
    """One drawing and its tensors."""
    processor = MnistImageProcessor()
    prepared, tensor = processor.prepare(read_image(file)), processor(file)
    logits = session.run(None, {"Input3": tensor})[0][0]
    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    return {
        "name": name,
        "digit": digit,
        "file": base64.b64encode(file).decode("ascii"),
        "uint8": base64.b64encode(prepared.tobytes()).decode("ascii"),
        "uint8_sha256": hashlib.sha256(prepared.tobytes()).hexdigest(),
        "float32_sha256": hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest(),
        "logits": [round(float(value), 6) for value in logits],
        "probabilities": [round(float(value), 8) for value in exponentials / exponentials.sum()],
    }


def main() -> None:
    model = MODEL.read_bytes()
    session = onnxruntime.InferenceSession(model)
    golden = {
        "provenance": {
            "script": "tests/golden/make_digits.py",
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pillow": PIL.__version__,
            "onnxruntime": onnxruntime.__version__,
            "model": f"static/models/mnist-cnn/onnx/model.onnx, sha256 {hashlib.sha256(model).hexdigest()}",
            "tensors": "uint8 (28, 28) and float32 (1, 1, 28, 28) little-endian, row-major",
        },
        "logits_tolerance": LOGITS_TOLERANCE,
        "drawings": [entry(name, digit, file, session) for name, (digit, file) in drawings().items()],
    }
    output = HERE / "digits.json"
    output.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    for drawing in golden["drawings"]:
        print(drawing["name"], "→", int(np.argmax(drawing["logits"])), max(drawing["probabilities"]))
    print(output.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
