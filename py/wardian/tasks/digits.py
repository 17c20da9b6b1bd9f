"""Recognize a handwritten digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Label, Sketchpad
from wardian.task import Example, Interface, Task
from wardian.types import TensorSpec

if TYPE_CHECKING:
    from wardian.pipelines.image_classification import ImageClassificationPipeline
    from wardian.postprocessing.classification import LabelScore
    from wardian.preprocessing import Image


async def recognize(drawing: Image, pipe: ImageClassificationPipeline) -> list[LabelScore]:
    """The ten digits with their probabilities; `drawing` is uint8 (height, width, channels)."""
    return await pipe(drawing, top_k=None)  # type: ignore[return-value]  # one image gives one list


#: The interface of the mnist-12 model of the ONNX model zoo.
MNIST = Interface(
    inputs=(TensorSpec("Input3", "float32", (1, 1, 28, 28)),),
    outputs=(TensorSpec("Plus214_Output_0", "float32", (1, 10)),),
)

#: Drawn for this file with a mouse: strokes of x, y on a square of 320.
_TWO = [
    [96, 112, 104, 84, 128, 64, 164, 58, 198, 72, 214, 102, 206, 138, 142, 206, 94, 258, 176, 254, 226, 256]
]
_FOUR = [[188, 52, 150, 104, 112, 152, 86, 186, 140, 188, 196, 186, 240, 184], [190, 130, 190, 190, 188, 268]]
_SEVEN = [[88, 70, 140, 68, 190, 66, 228, 68, 206, 112, 182, 160, 162, 212, 150, 266]]

task = Task(
    id="digits",
    kind="image-classification",
    model="mnist-cnn",
    group="pictures",
    title={"en": "Handwritten digits", "zh": "手写数字"},
    description={
        "en": "Draw a digit, or load a picture of one. A small neural network reads it on this device.",
        "zh": "画一个数字，或载入一张数字图片。一个小型神经网络就在这台设备上识别它。",
    },
    inputs=[Sketchpad({"en": "Drawing", "zh": "画板"})],
    outputs=[Label({"en": "Digit", "zh": "数字"}, labels=[str(digit) for digit in range(10)])],
    examples=[
        Example("2", [_TWO]),
        Example("4", [_FOUR]),
        Example("7", [_SEVEN]),
    ],
    fn=recognize,
    live=True,
    own_model=MNIST,
    packages=["pillow"],
)
