"""scikit-learn pipelines to model folders: opened by scikit-learn elsewhere, written in float64 here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wardian_build.convert.sklearn.by_column
import wardian_build.convert.sklearn.kernels
import wardian_build.convert.sklearn.members  # noqa: F401  all register what they write
from wardian.preprocessing.term_weights import TermWeights
from wardian.types import TensorSpec
from wardian_build import progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Arrays, Content, Conversion, Options, Reference, onnx_path
from wardian_build.convert.graph import Ports
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.estimators import estimated
from wardian_build.convert.sklearn.rows import made_up_rows, made_up_texts, read_rows, read_texts
from wardian_build.convert.sklearn.table import FEATURES, Block, Column, Writer, codes, refuse_mixed
from wardian_build.convert.sklearn.text import (
    CONTRIBUTIONS,
    TEXT_INPUTS,
    begins_with_text,
    steps_of,
    write_text,
)
from wardian_build.convert.sklearn.transformers import dropped_places, transformed
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Made", "convert", "make"]

_SCRIPT = "sklearn_describe"
_TOLERANCE = 1e-6
VECTORIZER = "vectorizer.json"


@dataclass(frozen=True)
class Made:
    """The graph and what goes beside it. `columns` is empty for texts, `terms` None for tables."""

    onnx: bytes
    inputs: Ports
    output: tuple[str, int]
    kind: str
    config: dict[str, Any]
    columns: tuple[Column, ...] = ()
    vectorizer: bytes | None = None
    #: Steps that another converter wrote.
    borrowed: tuple[str, ...] = ()

    def feeds(self, path: Path, rows: Any) -> Arrays:
        """Rows by column, or texts, as the model takes them."""
        if self.vectorizer is None:
            return {FEATURES: codes(path, self.columns, rows)}
        return dict(TermWeights(json.loads(self.vectorizer)["parts"]).encode(rows))


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a pickled pipeline, checked against scikit-learn itself.

    Raises ConversionError for what cannot be opened or is not trusted, UnsupportedError for steps without a
    form here, and where scikit-learn is not installed and nobody asked for it.
    """
    path = source.model
    for name, value in (("inputs", options.inputs), ("outputs", options.outputs), ("opset", options.opset)):
        if value:
            raise ConversionError(
                path, f"has {name} of its own", hint=f"Leave --{name.removesuffix('s')} out."
            )
    if options.reference is not None:
        raise ConversionError(
            path, "is run itself", hint="Leave --reference out; --data gives rows to check with."
        )
    extras.require_trust(path, "a pickle", options)
    python = extras.interpreter(extras.EXTRAS["sklearn"], path, options)
    table, arrays = _described(path, python, graphs=False)
    try:
        made = make(path, table, arrays)
    except UnsupportedError as refused:
        if begins_with_text(Described(path, table["model"], arrays)):
            raise
        progress.say(f"[convert] not written here: {refused.items[0][0]}; asking skl2onnx")
        table, arrays = _described(path, python, graphs=True)
        made = make(path, table, arrays)
    if options.kind not in (None, made.kind):
        raise ConversionError(
            path,
            "is no model of this kind",
            place=f"--kind {options.kind}",
            expected=str(options.kind),
            received=f"a model for {made.kind}",
            hint=f"Say --kind {made.kind}.",
        )
    files: dict[str, Content] = {onnx_path("fp32"): made.onnx}
    files["config.json"] = (json.dumps(made.config, ensure_ascii=False, indent=1) + "\n").encode()
    if made.vectorizer is not None:
        files[VECTORIZER] = made.vectorizer
    name, count = made.output
    return Conversion(
        kind=made.kind,
        files=files,
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=[TensorSpec(name, dtype, tuple(dims or ())) for name, (dtype, dims) in made.inputs.items()],
        outputs=[TensorSpec(name, "float32", ("batch_size", count))],
        reference=_reference(path, made, table, options, python),
        story=[
            f"From {path.name}, fitted with scikit-learn {table['version']}; computed in float64.",
            *(f"{step}." for step in made.borrowed),
        ],
    )


def _described(path: Path, python: Path, graphs: bool) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What the pickle holds, and its arrays; `graphs` asks skl2onnx for one of each step as well."""
    request = {"do": "describe", "graphs": graphs}
    with (
        extras.run_script(python, _SCRIPT, path, request) as answer,
        np.load(answer.folder / "arrays.npz", allow_pickle=False) as file,
    ):
        return answer.table, {name: file[name] for name in file.files}


def make(path: Path, table: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Made:
    """The graph of a described pipeline, without running anything of it.

    Raises ConversionError for a description that does not fit together, UnsupportedError for steps that have
    no form here.
    """
    root = Described(path, table["model"], arrays)
    last = steps_of(root)[-1]
    kind = str(table["predictions"])
    labels = [] if kind == "predictions" or _tells_outliers(last, kind) else _labels(last)
    count = len(labels) or 1
    config: dict[str, Any] = {"model_type": "sklearn", "architectures": [last.kind]}
    if labels:
        config["id2label"] = {str(number): label for number, label in enumerate(labels)}
        config["label2id"] = {label: number for number, label in enumerate(labels)}
    outputs: Ports = {kind: ("float32", ["batch_size", count])}
    if begins_with_text(root):
        text = write_text(root, kind)
        text.writer.graph.op("Identity", text.output, name=kind)
        parts: Ports = {}
        if text.contributions:
            text.writer.graph.op("Identity", text.contributions, name=CONTRIBUTIONS)
            parts = {CONTRIBUTIONS: ("float32", ["batch_size", "sequence_length", text.classes])}
        onnx = text.writer.graph.build(TEXT_INPUTS, {**outputs, **parts})
        task = "text-classification" if labels else "text-regression"
        return Made(onnx, TEXT_INPUTS, (kind, count), task, config, vectorizer=text.vectorizer)
    columns = _columns(root)
    w = Writer(path)
    dropped = dropped_places(steps_of(root)[0], len(columns))
    columns = tuple(column for place, column in enumerate(columns) if place not in dropped)
    block = Block(FEATURES, columns, dropped=dropped)
    for step in steps_of(root)[:-1]:
        block = transformed(w, step, block)
    w.graph.op("Identity", estimated(w, last, block, kind), name=kind)
    if last.kind.startswith("HistGradientBoosting"):
        # It takes missing numbers as they are, and what scales them before passes them on.
        for column in columns:
            column.missing = column.missing or not column.categories
    refuse_mixed(path, columns)
    inputs: Ports = {FEATURES: ("float64", ["batch_size", len(columns)])}
    config["columns"] = [column.describe() for column in columns]
    task = "tabular-classification" if labels else "tabular-regression"
    onnx = w.graph.build(inputs, outputs)
    return Made(onnx, inputs, (kind, count), task, config, columns, borrowed=tuple(w.borrowed))


def _labels(step: Described) -> list[str]:
    found = step.values("classes_")
    if any(isinstance(label, list) for label in found):
        raise step.unsupported("with several outputs", "fit an estimator for each")
    return [str(label) for label in found]


def _tells_outliers(step: Described, kind: str) -> bool:
    """Whether its score is one number without classes: negative for rows unlike those of the training."""
    if step.has("classes_") or not step.has("n_features_in_"):
        return False
    if kind == "probabilities":
        raise step.unsupported("with probabilities of no classes", "use an estimator that was told classes")
    return True


def _columns(root: Described) -> tuple[Column, ...]:
    """The columns that the first step was fitted with."""
    for step in steps_of(root):
        if step.has("feature_names_in_"):
            return tuple(Column(str(name)) for name in step.values("feature_names_in_"))
        if step.has("n_features_in_"):
            return tuple(Column(f"column_{n}") for n in range(int(step.array("n_features_in_"))))
    raise root.unsupported("which does not say how many columns it takes", "fit it with a DataFrame")


def _reference(path: Path, made: Made, table: Mapping[str, Any], options: Options, python: Path) -> Reference:
    """scikit-learn itself, on the user's rows or on made-up ones."""
    frame = bool(made.columns) and "feature_names_in_" in json.dumps(table["model"])
    form = "texts" if made.vectorizer is not None else "frame" if frame else "matrix"
    rows: Any
    if made.vectorizer is not None:
        terms = [term for part in json.loads(made.vectorizer)["parts"] for term in part["terms"]]
        rows = read_texts(options.data) if options.data else made_up_texts(terms)
    else:
        rows = read_rows(options.data, made.columns) if options.data else made_up_rows(made.columns)
    what = f"rows of {options.data.name}" if options.data else "made-up rows"
    request = {"do": "compute", "form": form, "kind": made.output[0], "rows": rows}
    with extras.run_script(python, _SCRIPT, path, request) as answer:
        found = np.load(answer.folder / "outputs.npy", allow_pickle=False)
    expected = _shaped(found, made.output)
    label = f"scikit-learn {table['version']} running the source, on {len(expected)} {what}"
    return Reference(label, [made.feeds(path, rows)], [{made.output[0]: expected}], _TOLERANCE)


def _shaped(found: NDArray[Any], output: tuple[str, int]) -> NDArray[Any]:
    """scikit-learn gives one row of scores for two classes, and numbers without an axis."""
    if found.ndim == 1 and output == ("scores", 2):
        return np.stack([-found, found], axis=1)
    return found.reshape(len(found), -1)
