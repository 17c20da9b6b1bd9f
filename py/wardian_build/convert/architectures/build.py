"""From a configuration and tensors to the ONNX file of an encoder with a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wardian_build.convert.architectures.bert import BertEncoder
from wardian_build.convert.architectures.distilbert import DistilBertEncoder
from wardian_build.convert.architectures.encoder import Encoder
from wardian_build.convert.architectures.heads import CLASS_ENDINGS, HEADS
from wardian_build.convert.architectures.roberta import RobertaEncoder
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.conversion import Content, onnx_path
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Built", "build", "head_kind"]

#: `model_type` of config.json → encoder.
ENCODERS: dict[str, type[Encoder]] = {
    "bert": BertEncoder,
    "distilbert": DistilBertEncoder,
    "roberta": RobertaEncoder,
    "xlm-roberta": RobertaEncoder,
    "camembert": RobertaEncoder,
}

LARGEST_FILE = 1_400_000_000
"""Bytes of weights inside one ONNX file: what onnxruntime-web can open, see docs/models.md. Above, they lie
in a file beside it."""


@dataclass(frozen=True)
class Built:
    """The ONNX file, all files of `onnx/`, and tensors of the source that the head does not use."""

    model: bytes
    files: Mapping[str, Content]
    unused: list[str]


def head_kind(config: Config, wanted: str | None) -> str:
    """The kind of task of a model: what the user wants, else what `architectures` of config.json says.

    Raises ConversionError when it says nothing that is known.
    """
    if wanted is not None:
        return wanted
    classes = config.table.get("architectures") or []
    names = [name for name in classes if isinstance(name, str)] if isinstance(classes, list) else []
    for name in names:
        for ending, kind in CLASS_ENDINGS.items():
            if name.endswith(ending):
                return kind
    raise ConversionError(
        config.file,
        "does not say which head the model has",
        place="architectures",
        expected="a class that ends in " + ", ".join(CLASS_ENDINGS),
        received=", ".join(names) or "nothing",
        hint="Name it: --kind " + "|".join(dict.fromkeys(CLASS_ENDINGS.values())),
    )


def build(
    config: Config,
    tensors: Mapping[str, NDArray[Any]],
    kind: str,
    file: str,
    *,
    external: bool | None = None,
) -> Built:
    """The ONNX file of a model with the head of a kind of task.

    `file` names the tensors' file in messages; `external` puts matrices into a file beside the ONNX file (by
    default where they are larger than LARGEST_FILE).

    Raises UnsupportedError for an architecture, head or setting that is not written here, ConversionError
    where configuration and tensors do not fit each other.
    """
    encoder_class = _encoder(config)
    model_type = str(config.table["model_type"])
    heads = HEADS[model_type]
    if kind not in heads:
        raise UnsupportedError(
            config.file, [(f"head {kind!r} of {model_type!r}", f"expected one of {', '.join(heads)}")]
        )
    weights = ModelWeights(tensors, encoder_class.prefix, file)
    if external is None:
        external = sum(4 * tensor.size for tensor in tensors.values()) > LARGEST_FILE
    encoder = encoder_class(config, weights, external)
    outputs = heads[kind](encoder)
    path = onnx_path("fp32")
    if external:
        beside = f"{path}_data"
        model, data = encoder.graph.build_external(encoder.inputs, outputs, beside.rsplit("/", 1)[-1])
        return Built(model, {path: model, beside: data}, weights.unused())
    model = encoder.graph.build(encoder.inputs, outputs)
    return Built(model, {path: model}, weights.unused())


def _encoder(config: Config) -> type[Encoder]:
    model_type = config.table.get("model_type")
    if not isinstance(model_type, str) or model_type not in ENCODERS:
        remedy = (
            f"only {', '.join(ENCODERS)} are written here; `optimum-cli export onnx --model SOURCE OUT` "
            "exports others, and OUT can be converted"
        )
        raise UnsupportedError(config.file, [(f"model_type {model_type!r}", remedy)])
    return ENCODERS[model_type]
