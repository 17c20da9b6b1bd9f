"""What all pipelines share: opening a model folder and its session, closing, and the function `pipeline`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from wardian import _platform
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.hub import ModelFolder, open_model
from wardian.session import Session, open_session
from wardian.types import TensorSpec

__all__ = ["ALIASES", "KINDS", "OTHER_KINDS", "Pipeline", "Progress", "pipeline"]

Progress = Callable[[str, int, int], None]
"""Called as `progress(stage, done, total)`."""

#: Hugging Face's task id → (module, class, model where nobody names one; None where one must be named).
KINDS: dict[str, tuple[str, str, str | None]] = {
    "feature-extraction": ("feature_extraction", "FeatureExtractionPipeline", "all-MiniLM-L6-v2"),
    "fill-mask": ("fill_mask", "FillMaskPipeline", None),
    "image-classification": ("image_classification", "ImageClassificationPipeline", "mnist-cnn"),
    "question-answering": ("question_answering", "QuestionAnsweringPipeline", None),
    "sentence-similarity": ("sentence_similarity", "SentenceSimilarityPipeline", "all-MiniLM-L6-v2"),
    "summarization": ("summarization", "SummarizationPipeline", None),
    "tabular-classification": ("tabular_classification", "TabularClassificationPipeline", None),
    "tabular-regression": ("tabular_regression", "TabularRegressionPipeline", None),
    "text2text-generation": ("text2text_generation", "Text2TextGenerationPipeline", None),
    "text-classification": ("text_classification", "TextClassificationPipeline", None),
    "text-generation": ("text_generation", "TextGenerationPipeline", "SmolLM2-135M-Instruct"),
    "token-classification": ("token_classification", "TokenClassificationPipeline", None),
    "translation": ("translation", "TranslationPipeline", None),
    "zero-shot-classification": ("zero_shot_classification", "ZeroShotClassificationPipeline", None),
}

#: The same for what Hugging Face has no task of, and one family of models alone does.
OTHER_KINDS: dict[str, tuple[str, str, str | None]] = {
    "file-classification": ("file_classification", "FileClassificationPipeline", "magika"),
    "named-entity-recognition": (
        "named_entity_recognition",
        "NamedEntityRecognitionPipeline",
        "en-core-web-sm",
    ),
}

#: Other names of the same, as in transformers.
ALIASES = {"sentiment-analysis": "text-classification", "ner": "token-classification"}


class Pipeline:
    """A model with its pre- and postprocessing. Subclasses are called: `await pipe(input, **options)`.

    Usable as `async with await pipeline(...) as pipe:`, which closes it at the end.
    """

    kind: ClassVar[str]
    #: Pyodide packages beyond NumPy that it needs.
    packages: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: ModelFolder, session: Session, dtype: str, owner: str = "") -> None:
        self.folder = folder
        self.session = session
        self.dtype = dtype
        self.owner = owner

    @property
    def device(self) -> str:
        """Where the model runs: `cpu`, `cuda`, `wasm` or `webgpu`."""
        return self.session.device

    @property
    def threads(self) -> int:
        return self.session.threads

    @property
    def options(self) -> list[str]:
        """Names of the arguments that a call takes besides its input and `progress`."""
        call: Any = self
        return [name for name in list(inspect.signature(call).parameters)[1:] if name != "progress"]

    def offers(self) -> dict[str, Any]:
        """What a form of this model can offer that depends on the model, such as its languages; JSON."""
        return {}

    @classmethod
    async def open(
        cls, folder: ModelFolder, *, device: str, dtype: str | None, threads: int, owner: str
    ) -> Self:
        """Open the session of a model folder and the files that the pipeline needs beside it."""
        if _platform.IN_PYODIDE and cls.packages:
            await _platform.load_packages(list(cls.packages))
        session, chosen = await _open(folder, device, dtype, threads, owner)
        pipe = cls(folder, session, chosen, owner)
        try:
            await pipe._prepare()
        except BaseException:
            await session.close()
            raise
        return pipe

    async def _prepare(self) -> None:
        """Read configuration files and check that the model has the interface that the pipeline needs."""

    async def use_session(self, session: Session) -> None:
        """Run another model from now on; the one until now is closed.

        The caller has checked that its interface is the same.
        """
        before, self.session = self.session, session
        self._session_changed()
        await before.close()

    def _session_changed(self) -> None:
        """Look up again what was taken from the session before."""

    async def close(self) -> None:
        """Free the model. Closing twice is allowed."""
        await self.session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _find(self, side: str, rank: int, dtypes: tuple[str, ...], names: tuple[str, ...] = ()) -> TensorSpec:
        """The model's input or output of one of the names, else the first of that rank and dtype."""
        specs = self.session.inputs if side == "input" else self.session.outputs
        fitting = [spec for spec in specs if len(spec.dims) == rank and spec.dtype in dtypes]
        for spec in fitting:
            if spec.name in names:
                return spec
        if fitting:
            return fitting[0]
        raise ModelError(
            f"The model {self.folder.id!r} does not fit {self.kind}.",
            expected=f"an {side} of {' or '.join(dtypes)} with {rank} dimensions",
            received="; ".join(spec.describe() for spec in specs) or "none",
        )


async def _open(
    folder: ModelFolder, device: str, dtype: str | None, threads: int, owner: str
) -> tuple[Session, str]:
    """A model's session, of the graph that it has for where it runs, and the dtype of that."""
    wanted = device
    if device == "auto" and folder.manifest.get("device_dtypes") and _platform.IN_PYODIDE:
        wanted = await _platform.auto_device(folder.id)
    chosen = folder.resolve_dtype(dtype, wanted)
    session = await open_session(await folder.onnx(chosen), device=wanted, threads=threads, owner=owner)
    # A GPU that is at fault gives way to WASM, which has a graph of its own.
    other = folder.resolve_dtype(dtype, session.device)
    if other == chosen:
        return session, chosen
    before = session.device
    await session.close()
    return await open_session(await folder.onnx(other), device=before, threads=threads, owner=owner), other


async def pipeline(
    task: str,
    model: str | None = None,
    *,
    device: str = "auto",
    dtype: str | None = None,
    threads: int = 0,
    models_dir: Path | str | None = None,
    owner: str = "",
) -> Any:
    """Open a pipeline, as `transformers.pipeline` does.

    Args:
        task: its kind, a Hugging Face task id: one of KINDS or ALIASES; or one of OTHER_KINDS.
        model: id of a model folder; None for the kind's usual one.
        device: `auto`; `cpu`, `cuda` in CPython; `wasm`, `webgpu` in the browser.
        dtype: `fp32`, `fp16`, `q8`, `q4`, `q4f16`; None or `auto` for the model's default.
        threads: 0 for as many as make sense.
        models_dir: where model folders lie (CPython); see `wardian.hub.find_models_dir`.
        owner: pipelines of the same owner share an engine worker (Pyodide); the model's id by default.

    Raises:
        UnknownNameError: there is no such task, model or dtype.
        DeviceError: the device is unknown or not there.
        ModelError: the model is broken or does not fit the task.
    """
    task = ALIASES.get(task, task) if isinstance(task, str) else task
    kinds = KINDS | OTHER_KINDS
    if task not in kinds:
        raise UnknownNameError("pipeline", task, kinds)
    if model is not None and not isinstance(model, str):
        raise InputError("A model is named by its id.", value=repr(model), received=type(model).__name__)
    module, name, usual = kinds[task]
    if model is None and usual is None:
        raise InputError(f"There is no usual model for {task}.", expected="the id of a model folder")
    # Imported late: a page that extracts features never loads Pillow.
    cls: type[Pipeline] = getattr(import_module(f"wardian.pipelines.{module}"), name)
    folder = await open_model(model or str(usual), models_dir=models_dir)
    return await cls.open(
        folder, device=device, dtype=dtype, threads=threads, owner=owner or f"pipeline:{folder.id}"
    )
