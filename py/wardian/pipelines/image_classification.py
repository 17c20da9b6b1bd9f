"""Image classification: images to labels with probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.labels import FUNCTIONS, labels_of, require_function
from wardian.postprocessing.classification import LabelScore, top_k
from wardian.types import TensorSpec

if TYPE_CHECKING:
    from wardian.preprocessing import ImageProcessor, ImageSource

__all__ = ["ImageClassificationPipeline"]


class ImageClassificationPipeline(Pipeline):
    """Images to labels.

    ```python
    pipe = await pipeline("image-classification", "mnist-cnn")
    await pipe("drawing.png", top_k=2)   # [{"label": "7", "score": 0.998}, {"label": "2", "score": 0.001}]
    ```
    """

    kind: ClassVar[str] = "image-classification"
    packages: ClassVar[tuple[str, ...]] = ("pillow",)
    processor: ImageProcessor
    labels: list[str]
    _pixels: TensorSpec
    _logits: TensorSpec

    async def _prepare(self) -> None:
        from wardian.preprocessing import load_image_processor

        self.processor = load_image_processor(await self.folder.read_json("preprocessor_config.json"))
        config = await self.folder.read_json("config.json")
        self._find_tensors()
        self._require_channels()
        self.labels = labels_of(config, self._logits.dims[1])

    def _find_tensors(self) -> None:
        self._pixels = self._find("input", 4, ("float32", "float16"), ("pixel_values",))
        self._logits = self._find("output", 2, ("float32", "float16"), ("logits",))

    def _require_channels(self) -> None:
        """The model takes as many channels as the image processor makes, and those first."""
        made, taken = self.processor.channels, self._pixels.dims[1]
        if isinstance(taken, int) and taken != made:
            raise ModelError(
                f"The model {self.folder.id!r} takes other images than its image processor makes.",
                value=self._pixels.name,
                expected=self._pixels.describe(),
                received=f"images with {made} channels, which come first",
                hint="Export the model with a step in front that makes its channels of these (for grey their "
                "mean), or name an image_processor_type that fits: MnistImageProcessor makes 1 channel, the "
                "others 3.",
            )

    def _session_changed(self) -> None:
        self._find_tensors()

    async def __call__(
        self,
        images: ImageSource | Sequence[ImageSource],
        *,
        top_k: int | None = 5,
        function_to_apply: str = "softmax",
        batch_size: int = 1,
        progress: Progress | None = None,
    ) -> list[LabelScore] | list[list[LabelScore]]:
        """Classify one image or several.

        Args:
            images: uint8 (height, width, channels), the bytes of an encoded file, or a path; or a list.
            top_k: how many labels, best first; None for all.
            function_to_apply: what makes scores of logits: `"softmax"`, `"sigmoid"` or `"none"`.
            batch_size: images per run, where the model takes more than one.
            progress: called as `progress("classify", images done, images)`.

        Returns:
            `[{"label", "score"}, …]` for one image, a list of these for a list.

        Raises:
            InputError: an image cannot be read, the list is empty, or an option is wrong.
            ModelError: the model's scores are not numbers.
        """
        many = isinstance(images, (list, tuple))
        batch = list(cast("Sequence[ImageSource]", images)) if many else [cast("ImageSource", images)]
        if not batch:
            raise InputError("There is no image.", value="[]", expected="at least one image")
        require_function(function_to_apply)
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise InputError("batch_size is wrong.", value=repr(batch_size), expected="an integer ≥ 1")
        size = 1 if self._pixels.dims[0] == 1 else batch_size
        results: list[list[LabelScore]] = []
        for start in range(0, len(batch), size):
            pixels = np.concatenate([self.processor(image) for image in batch[start : start + size]])
            scores = FUNCTIONS[function_to_apply](await self._run(pixels))
            results += [_top_k(row, self.labels, top_k) for row in scores]
            if progress is not None:
                progress("classify", len(results), len(batch))
        return results if many else results[0]

    async def _run(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (batch, channels, height, width) to logits, float32 (batch, classes)."""
        feed = pixels.astype(self._pixels.dtype, copy=False)
        outputs = await self.session.run({self._pixels.name: feed}, fetches=[self._logits.name])
        return np.asarray(outputs[self._logits.name]).astype(np.float32, copy=False)


#: The method's argument `top_k` hides the function.
_top_k = top_k
