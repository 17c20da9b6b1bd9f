"""Image classification on a model that is a Python function."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest

from support import MemoryFolder, run
from wardian.errors import InputError, ModelError
from wardian.pipelines.image_classification import ImageClassificationPipeline
from wardian.session.mock import MockSession
from wardian.types import TensorSpec

Arrays = dict[str, np.ndarray[Any, Any]]

FILES = {
    "config.json": {"id2label": {"0": "dark", "1": "light"}},
    "preprocessor_config.json": {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 4, "width": 5},
        "image_mean": [0, 0, 0],
        "image_std": [1, 1, 1],
    },
}
PIXELS = TensorSpec("pixel_values", "float32", ("batch", 3, 4, 5))
LOGITS = TensorSpec("logits", "float32", ("batch", 2))


def brightness(feeds: Arrays) -> Arrays:
    mean = feeds["pixel_values"].mean(axis=(1, 2, 3))
    return {"logits": np.stack([1 - mean, mean], axis=1)}


def open_pipe(session: MockSession | None = None, **files: Any) -> ImageClassificationPipeline:
    async def prepared() -> ImageClassificationPipeline:
        folder = MemoryFolder({**FILES, **files})
        pipe = ImageClassificationPipeline(
            folder, session or MockSession([PIXELS], [LOGITS], brightness), "fp32"
        )
        await pipe._prepare()
        return pipe

    return run(prepared())


WHITE = np.full((6, 7, 3), 255, np.uint8)
BLACK = np.zeros((6, 7, 3), np.uint8)


def test_one_image_and_several() -> None:
    pipe = open_pipe()
    answer: Any = run(pipe(WHITE))
    probability = 1 / (1 + np.exp(-1))
    assert [item["label"] for item in answer] == ["light", "dark"]
    assert answer[0]["score"] == pytest.approx(probability, rel=1e-6)
    answers: Any = run(pipe([WHITE, BLACK, WHITE], top_k=1, batch_size=2))
    assert [[item["label"] for item in one] for one in answers] == [["light"], ["dark"], ["light"]]


def test_files_and_functions() -> None:
    stream = io.BytesIO()
    PIL.Image.fromarray(BLACK).save(stream, "png")
    answer: Any = run(open_pipe()(stream.getvalue(), function_to_apply="none"))
    assert answer == [{"label": "dark", "score": 1.0}, {"label": "light", "score": 0.0}]
    answer = run(open_pipe()(BLACK, function_to_apply="sigmoid", top_k=None))
    assert answer[1] == {"label": "light", "score": 0.5}


def test_batches_and_progress() -> None:
    session = MockSession([PIXELS], [LOGITS], brightness)
    steps: list[tuple[str, int, int]] = []
    run(open_pipe(session)([WHITE] * 3, batch_size=2, progress=lambda *step: steps.append(step)))
    assert [call["pixel_values"].shape for call in session.calls] == [(2, 3, 4, 5), (1, 3, 4, 5)]
    assert steps == [("classify", 2, 3), ("classify", 3, 3)]


def test_a_model_of_batch_one_gets_one() -> None:
    fixed = TensorSpec("pixel_values", "float32", (1, 3, 4, 5))
    session = MockSession([fixed], [LOGITS], brightness)
    assert len(run(open_pipe(session)([WHITE, BLACK], batch_size=8))) == 2
    assert len(session.calls) == 2


def test_labels_that_nobody_named() -> None:
    fixed = TensorSpec("logits", "float32", ("batch", 2))
    pipe = open_pipe(MockSession([PIXELS], [fixed], brightness), **{"config.json": {}})
    assert pipe.labels == ["LABEL_0", "LABEL_1"]


@pytest.mark.parametrize("labels", [{"1": "a"}, {"x": "a"}, 3, ["a"]])
def test_broken_labels_are_refused(labels: Any) -> None:
    with pytest.raises(ModelError, match="id2label"):
        open_pipe(**{"config.json": {"id2label": labels}})


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_answer_that_is_no_number(bad: float) -> None:
    def broken(feeds: Arrays) -> Arrays:
        return {"logits": np.float32([[0, bad]])}

    with pytest.raises(ModelError, match="not a number"):
        run(open_pipe(MockSession([PIXELS], [LOGITS], broken))(WHITE))


def test_other_numbers_of_labels_are_refused() -> None:
    three = TensorSpec("logits", "float32", ("batch", 3))
    session = MockSession([PIXELS], [three], lambda feeds: {"logits": np.zeros((1, 3), np.float32)})
    with pytest.raises(ModelError, match=r"\(3,\)"):
        run(open_pipe(session)(WHITE))


@pytest.mark.parametrize("dims", [("batch", 1, 4, 5), ("batch", 4, 5, 3)])
def test_other_channels_than_the_processors_are_refused_with_a_next_step(dims: tuple[str | int, ...]) -> None:
    with pytest.raises(ModelError) as refused:
        open_pipe(MockSession([TensorSpec("pixel_values", "float32", dims)], [LOGITS], brightness))
    wire = refused.value.to_wire()
    assert (wire["value"], wire["received"]) == ("pixel_values", "images with 3 channels, which come first")
    assert ", ".join(map(str, dims)) in str(wire["expected"])
    assert "MnistImageProcessor makes 1 channel" in str(wire["hint"])


@pytest.mark.parametrize(
    ("images", "options"),
    [
        ([], {}),
        (b"", {}),
        (b"no image", {}),
        (WHITE.astype(np.float64), {}),
        (WHITE, {"top_k": 0}),
        (WHITE, {"function_to_apply": "max"}),
        (WHITE, {"batch_size": 0}),
        (None, {}),
    ],
)
def test_bad_input_is_refused(images: Any, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        run(open_pipe()(images, **options))


def test_another_session_takes_over() -> None:
    pipe = open_pipe()
    old = pipe.session
    other = TensorSpec("x", "float32", (1, 3, 4, 5)), TensorSpec("y", "float32", (1, 2))
    run(pipe.use_session(MockSession([other[0]], [other[1]], lambda feeds: {"y": np.float32([[9, 0]])})))
    answer: Any = run(pipe(WHITE))
    assert answer[0]["label"] == "dark"
    with pytest.raises(Exception, match="closed"):
        run(old.run({}))
