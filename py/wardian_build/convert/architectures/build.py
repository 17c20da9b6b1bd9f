"""From a configuration and tensors to the ONNX files of an architecture with a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wardian_build.convert.architectures.bart import STYLES, build_bart
from wardian_build.convert.architectures.bert import BertEncoder
from wardian_build.convert.architectures.deberta_v2 import DebertaV2Encoder
from wardian_build.convert.architectures.distilbert import DistilBertEncoder
from wardian_build.convert.architectures.encoder import Encoder
from wardian_build.convert.architectures.gpt2 import build_gpt2
from wardian_build.convert.architectures.heads import CLASS_ENDINGS, HEADS
from wardian_build.convert.architectures.llama_huggingface import LLAMA_LIKE, build_llama
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.roberta import RobertaEncoder
from wardian_build.convert.architectures.t5 import build_t5
from wardian_build.convert.architectures.vit import DeiTEncoder, ViTEncoder
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.architectures.whisper import build_whisper
from wardian_build.convert.conversion import Content, onnx_path
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["CAUSAL", "ENCODERS", "FOLD", "KINDS", "SEQ2SEQ", "Built", "build", "head_kind"]

#: `model_type` of config.json → encoder.
ENCODERS: dict[str, type[Encoder]] = {
    "bert": BertEncoder,
    "distilbert": DistilBertEncoder,
    "roberta": RobertaEncoder,
    "xlm-roberta": RobertaEncoder,
    "camembert": RobertaEncoder,
    "deberta-v2": DebertaV2Encoder,
    "vit": ViTEncoder,
    "deit": DeiTEncoder,
}

#: `model_type` → writer of an encoder and a decoder.
SEQ2SEQ: dict[str, Callable[[Config, ModelWeights, bool], dict[str, OnnxGraph]]] = {
    **dict.fromkeys(STYLES, build_bart),
    "t5": build_t5,
    "mt5": build_t5,
    "whisper": build_whisper,
}

#: `model_type` → writer of one of the two forms of a decoder that stands alone.
CAUSAL: dict[str, Callable[[Config, ModelWeights, bool], OnnxGraph]] = {
    **dict.fromkeys(LLAMA_LIKE, build_llama),
    "gpt2": build_gpt2,
}

_TEXTS = ("text2text-generation", "summarization", "translation")

#: `model_type` → kinds of task; the first is that of `…ForConditionalGeneration`.
KINDS: dict[str, tuple[str, ...]] = {
    **{name: tuple(heads) for name, heads in HEADS.items()},
    **dict.fromkeys(SEQ2SEQ, _TEXTS),
    **dict.fromkeys(("marian", "m2m_100", "mbart"), ("translation", *_TEXTS[:2])),
    "whisper": ("automatic-speech-recognition",),
    **dict.fromkeys(CAUSAL, ("text-generation",)),
}

#: Kinds that a class of config.json names; `…Model` says nothing of what stands on it.
_NAMED_HEADS = {*CLASS_ENDINGS.values(), *_TEXTS} - {"feature-extraction"}

#: Where the base model's tensors are below.
_PREFIXES = {"t5": "", "mt5": "", "gpt2": "transformer"}

FOLD = "_fold"
"""Ending of the dtype of a decoder's form for WASM, see `cached_attention.py`."""

LARGEST_FILE = 1_400_000_000
"""Bytes of weights inside one ONNX file: what onnxruntime-web can open, see docs/models.md. Above, they lie
in a file beside it."""


@dataclass(frozen=True)
class Built:
    """What was written of a model.

    `parts` are the ONNX files by their name ("model", or "encoder_model" and "decoder_model_merged") and
    dtype; `files` the contents of all of them and of what lies beside them; `unused` are tensors of the
    source that the head does not use.
    """

    parts: Mapping[str, Mapping[str, str]]
    files: Mapping[str, Content]
    unused: list[str]

    def model(self, part: str, dtype: str = "fp32") -> bytes:
        """The ONNX file of a part, without what lies beside it."""
        content = self.files[self.parts[part][dtype]]
        assert isinstance(content, bytes)
        return content


def head_kind(config: Config, wanted: str | None, otherwise: str | None = None) -> str:
    """The kind of task of a model: what the user wants, else what `architectures` of config.json says.

    Raises ConversionError when that is another head than the wanted one, and, without `otherwise`, when
    nobody says anything that is known.
    """
    name, told = _told_kind(config)
    # Heads of several kinds have weights of the same names and shapes: nothing else would tell them apart.
    if wanted in _NAMED_HEADS and told in _NAMED_HEADS and wanted != told and {wanted, told} - {*_TEXTS}:
        raise ConversionError(
            config.file,
            f"is of a model with another head than {wanted}",
            place=f"architectures: {name}",
            expected=f"a class for {wanted}",
            received=f"one for {told}",
            hint=f"Say --kind {told}, or give a model that was trained for {wanted}.",
        )
    if wanted or told or otherwise is not None:
        return wanted or told or str(otherwise)
    raise ConversionError(
        config.file,
        "does not say which head the model has",
        place="architectures",
        expected="a class that ends in " + ", ".join(CLASS_ENDINGS),
        received=name or "nothing",
        hint="Name it: --kind " + "|".join(dict.fromkeys(CLASS_ENDINGS.values())),
    )


def _told_kind(config: Config) -> tuple[str, str]:
    """The class in `architectures` that tells the kind of task, and that; else all of them, and ""."""
    classes = config.table.get("architectures") or []
    names = [name for name in classes if isinstance(name, str)] if isinstance(classes, list) else []
    model_type = str(config.table.get("model_type"))
    for name in names:
        if name.endswith("ForConditionalGeneration"):
            return name, KINDS.get(model_type, _TEXTS)[0]
        for ending, kind in CLASS_ENDINGS.items():
            if name.endswith(ending):
                image = kind == "feature-extraction" and model_type in ("vit", "deit")
                return name, f"image-{kind}" if image else kind
    return ", ".join(names), ""


def build(
    config: Config,
    tensors: Mapping[str, NDArray[Any]],
    kind: str,
    file: str,
    *,
    external: bool | None = None,
) -> Built:
    """The ONNX files of a model with the head of a kind of task.

    `file` names the tensors' file in messages; `external` puts matrices into files beside the ONNX files (by
    default where they are larger than LARGEST_FILE).

    Raises UnsupportedError for an architecture, head or setting that is not written here, ConversionError
    where configuration and tensors do not fit each other.
    """
    model_type = _model_type(config)
    if kind not in KINDS[model_type]:
        expected = f"expected one of {', '.join(KINDS[model_type])}"
        raise UnsupportedError(config.file, [(f"head {kind!r} of {model_type!r}", expected)])
    if external is None:
        external = sum(4 * tensor.size for tensor in tensors.values()) > LARGEST_FILE
    if model_type in CAUSAL:
        return _decoder(config, ModelWeights(tensors, _PREFIXES.get(model_type, "model"), file))
    if model_type in SEQ2SEQ:
        weights = ModelWeights(tensors, _PREFIXES.get(model_type, "model"), file)
        graphs = SEQ2SEQ[model_type](config, weights, external)
    else:
        weights = ModelWeights(tensors, ENCODERS[model_type].prefix, file)
        encoder = ENCODERS[model_type](config, weights, external)
        outputs = HEADS[model_type][kind](encoder)
        graphs = {"model": OnnxGraph(encoder.graph, encoder.inputs, outputs)}
    files: dict[str, Content] = {}
    for part, graph in graphs.items():
        files |= graph.files(onnx_path("fp32", part), external)
    return Built({part: {"fp32": onnx_path("fp32", part)} for part in graphs}, files, weights.unused())


def _decoder(config: Config, weights: ModelWeights) -> Built:
    """Both forms of a decoder that stands alone, over one file of weights."""
    path = onnx_path("fp32")
    folded = path.replace(".onnx", f"{FOLD}.onnx")
    beside = f"{path}_data"
    files: dict[str, Content] = {}
    for file, webgpu in ((path, True), (folded, False)):
        graph = CAUSAL[str(config.table["model_type"])](config, weights, webgpu)
        location = beside.rsplit("/", 1)[-1]
        files[file], files[beside] = graph.graph.build_external(graph.inputs, graph.outputs, location)
    return Built({"model": {"fp32": path, f"fp32{FOLD}": folded}}, files, weights.unused())


def _model_type(config: Config) -> str:
    model_type = config.table.get("model_type")
    if not isinstance(model_type, str) or model_type not in KINDS:
        remedy = (
            f"only {', '.join(KINDS)} are written here; `optimum-cli export onnx --model SOURCE OUT` "
            "exports others, and OUT can be converted"
        )
        raise UnsupportedError(config.file, [(f"model_type {model_type!r}", remedy)])
    return model_type
