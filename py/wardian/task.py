"""A task: one Python file that says what a page asks, which model answers, and how.

```python
\"\"\"Sentiment of a sentence.\"\"\"
async def predict(text: str, pipe: TextClassificationPipeline) -> list[LabelScore]:
    return await pipe(text, top_k=None)

task = Task(id="sentiment", kind="text-classification", model="sentiment-en-zh",
            title="Sentiment", description="How a sentence feels.",
            inputs=[Textbox("Text")], outputs=[Label("Feeling")], fn=predict)
```

The build imports every task and writes what `info()` says into the page, which so draws its form before
Python has started.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wardian.components import Input, Output, localize
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.hub import ModelFolder
from wardian.pipelines.base import KINDS, OTHER_KINDS
from wardian.session import Session
from wardian.types import TensorSpec

__all__ = ["Example", "Group", "Interface", "OpenModel", "OpenPipeline", "Task"]

TaskFunction = Callable[..., Awaitable[Any] | AsyncGenerator[Any, None]]

OpenModel = Callable[[str], Awaitable[ModelFolder]]

OpenPipeline = Callable[[str, str], Awaitable[Any]]
"""Called with a kind and the id of a model folder, one of the task's `uses`."""

Group = Literal["pictures", "texts", "tables", "developers", "own"]
"""What a task works on; `"own"` is for tasks that somebody adds to a gallery."""

#: Parameters of a task's function that are not inputs of the form.
_SERVICES = ("pipe", "progress", "open_model", "open_pipeline")


@dataclass(frozen=True)
class Example:
    """Something to try: one payload per input, as the page would send it."""

    label: str | Mapping[str, str]
    inputs: Sequence[Any]


@dataclass(frozen=True)
class Interface:
    """The inputs and outputs that a model file must have to take the place of a task's own model."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def to_wire(self) -> dict[str, Any]:
        """As `own_model` of `TaskInfo` in `app/shared/site.ts`."""
        return {
            "inputs": [spec.to_wire() for spec in self.inputs],
            "outputs": [spec.to_wire() for spec in self.outputs],
        }

    def check(self, session: Session, name: str) -> None:
        """Raises ModelError when the session's model does not have this interface."""
        for side, wanted, found in (
            ("inputs", self.inputs, session.inputs),
            ("outputs", self.outputs, session.outputs),
        ):
            if len(wanted) != len(found) or not all(map(_fits, wanted, found)):
                raise ModelError(
                    f"The model has other {side} than this task needs.",
                    value=name,
                    expected="; ".join(spec.describe() for spec in wanted),
                    received="; ".join(spec.describe() for spec in found) or "none",
                    hint="Export the model with these names, types and dimensions.",
                )


def _fits(wanted: TensorSpec, found: TensorSpec) -> bool:
    """A symbolic dimension of the model takes every length."""
    return (
        (wanted.name, wanted.dtype, len(wanted.dims)) == (found.name, found.dtype, len(found.dims))
        and all(isinstance(b, str) or a == b for a, b in zip(wanted.dims, found.dims, strict=True))
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of the gallery.

    `fn` takes the inputs by their order, and by name, if it has such parameters: `pipe`, the opened pipeline;
    `progress`, a function `(stage, done, total)`; `open_model`, which opens a model folder by its id; and
    `open_pipeline`, which opens a pipeline that only some inputs need, when they do: its weights are not
    loaded before, and it stays open. It returns the value of the output, or a tuple of several; an async
    generator yields values, each replacing the one before.
    """

    id: str
    #: The pipeline and its model; None for a task that needs no engine. A kind without a model is a task that
    #: has nothing to run until a visitor brings a folder.
    kind: str | None = None
    model: str | None = None
    #: Where the menu shows it.
    group: Group = "own"
    title: str | Mapping[str, str]
    description: str | Mapping[str, str]
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    fn: TaskFunction
    examples: Sequence[Example] = ()
    #: Run on every change of an input, without a button.
    live: bool = False
    #: What users may bring in place of the model: an ONNX file of this interface, or `"folder"`, a model
    #: folder that fits `kind`; None: nothing.
    own_model: Interface | Literal["folder"] | None = None
    #: The kind that a visitor's folder is opened as, where that is another than `kind`.
    own_kind: str | None = None
    #: Further models of the site that may be chosen in place of `model`; for tasks that take a folder.
    choices: Sequence[str] = ()
    #: Further models whose files the task reads: the site has them, also offline. Their weights are loaded
    #: when the task opens a pipeline of them, and not before.
    uses: Sequence[str] = ()
    #: Further models of the site that the task opens a pipeline of where a visitor asks for it: nothing of
    #: them is loaded before.
    on_demand: Sequence[str] = ()
    #: Pyodide packages that the task imports beyond NumPy.
    packages: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Name the inputs by the function's parameters. Raises for a task that cannot work."""
        brought = self.kind is not None and self.own_model == "folder"
        if (self.kind is None) != (self.model is None) and not (self.model is None and brought):
            raise TypeError(f"task {self.id!r} needs both a kind and a model, or neither")
        for kind in (self.kind, self.own_kind):
            if kind is not None and kind not in (kinds := KINDS | OTHER_KINDS):
                raise UnknownNameError(f"kind of task (of task {self.id!r})", kind, kinds)
        if (self.choices or self.own_kind) and self.own_model != "folder":
            raise TypeError(f"task {self.id!r} offers other models, but takes no folder")
        names = [name for name in self.parameters if name not in _SERVICES]
        if len(names) != len(self.inputs):
            raise TypeError(
                f"task {self.id!r} has {len(self.inputs)} inputs, but fn takes {', '.join(names) or 'none'}"
            )
        for side, base in ((self.inputs, Input), (self.outputs, Output)):
            for component in side:
                if not isinstance(component, base):
                    raise TypeError(
                        f"{type(component).__name__} of task {self.id!r} is no {base.__name__.lower()}"
                    )
        for component, name in zip(self.inputs, names, strict=True):
            component.name = name
        for example in self.examples:
            if len(example.inputs) != len(self.inputs):
                raise TypeError(f"an example of task {self.id!r} has {len(example.inputs)} inputs")

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.fn).parameters)

    def info(self) -> dict[str, Any]:
        """The task as TaskInfo of `app/shared/site.ts`."""
        own = self.own_model
        return {
            "id": self.id,
            "kind": self.kind,
            "model": self.model,
            "group": self.group,
            "title": localize(self.title),
            "description": localize(self.description),
            "inputs": [component.info() for component in self.inputs],
            "outputs": [component.info() for component in self.outputs],
            "examples": [{"label": localize(e.label), "inputs": list(e.inputs)} for e in self.examples],
            "choices": list(self.choices),
            "uses": list(self.uses),
            "on_demand": list(self.on_demand),
            "packages": list(self.packages),
            "live": self.live,
            "own_model": own.to_wire() if isinstance(own, Interface) else own,
            "own_kind": self.own_kind or self.kind,
        }

    def read_inputs(self, payloads: Mapping[str, Any]) -> list[Any]:
        """Payloads by input name to Python values. Raises InputError for unknown names and bad values."""
        names = [component.name for component in self.inputs]
        for name in payloads:
            if name not in names:
                raise UnknownNameError(f"input of task {self.id!r}", name, names)
        return [component.preprocess(payloads.get(component.name)) for component in self.inputs]

    def write_outputs(self, value: Any) -> list[Any]:
        """What the function returned to payloads, one per output."""
        values = value if len(self.outputs) > 1 else (value,)
        if not isinstance(values, tuple) or len(values) != len(self.outputs):
            raise InputError(
                f"The function of task {self.id!r} returned a wrong number of values.",
                expected=f"a tuple of {len(self.outputs)}",
                received=type(value).__name__,
            )
        return [component.postprocess(item) for component, item in zip(self.outputs, values, strict=True)]

    def call(self, inputs: Sequence[Any], **services: Any) -> Awaitable[Any] | AsyncGenerator[Any, None]:
        """Call the function with inputs and with the services that it has parameters for."""
        wanted = {name: value for name, value in services.items() if name in self.parameters}
        return self.fn(*inputs, **wanted)
