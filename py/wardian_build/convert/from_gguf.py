"""GGUF to a model folder: the file's own blocks, its sizes, and its tokenizer; nothing is requantised.

Two ONNX files use one file of weights: `onnx/model_q4.onnx` for WebGPU and transformers.js, and
`onnx/model_q4_fold.onnx` for WASM (`architectures/llama.py` says how they differ).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.tokenizers.gguf import gguf_tokenizer_json
from wardian.tokenizers.load import load_tokenizer
from wardian.types import TensorSpec
from wardian_build.convert.architectures.cached_attention import Ports
from wardian_build.convert.architectures.llama import llama_graph
from wardian_build.convert.architectures.llama_config import LlamaConfig
from wardian_build.convert.architectures.llama_gguf import GGUFLlama, llama_config
from wardian_build.convert.architectures.llama_numpy import llama_logits
from wardian_build.convert.conversion import Arrays, Content, Conversion, Options, Reference
from wardian_build.convert.read.gguf import GGUFFile
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError

__all__ = ["convert", "whole_fold"]

#: The dtype by the type that most weights have.
_DTYPES = {"Q4_0": "q4", "Q4_1": "q4", "Q8_0": "q8", "F16": "fp16", "BF16": "fp32", "F32": "fp32"}
FOLD = "_fold"
TEXT = "The Wardian case was an early type of terrarium."
"""What the check runs; longer than one token, shorter than a NumPy reference minds."""
_TOLERANCE = 2e-5


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a GGUF file with a Llama-like decoder.

    Raises ConversionError for a malformed file, UnsupportedError for architectures, types of blocks and
    tokenizers
    that have no form here.
    """
    _refuse(source, options)
    file = GGUFFile(source.model)
    config = llama_config(file)
    weights = GGUFLlama(file, config)
    types = file.types()
    dtype = _DTYPES[max(types, key=lambda name: types[name])]
    files, story = _texts(file, config, dtype)
    inputs, outputs = _graphs(files, config, weights, dtype)
    feeds = _feeds(file, config, json.loads(_bytes(files["tokenizer.json"])))
    logits = llama_logits(file, config, feeds["input_ids"][0])
    return Conversion(
        kind="text-generation",
        files=files,
        dtypes={
            dtype: f"onnx/model{_suffix(dtype)}.onnx",
            dtype + FOLD: f"onnx/model{_suffix(dtype)}{FOLD}.onnx",
        },
        default_dtype=dtype + FOLD,
        inputs=_specs(inputs),
        outputs=_specs(outputs),
        reference=Reference(
            "NumPy on the unpacked blocks, in float32", [feeds], [{"logits": logits[None]}], _TOLERANCE
        ),
        story=story,
        license=str(file.metadata.get("general.license", "")),
    )


def _refuse(source: Source, options: Options) -> None:
    """Options that make no sense here: names and types are those of the format, nothing is requantised."""
    if options.kind not in (None, "text-generation"):
        raise ConversionError(
            source.model, "is no model of this kind", expected="text-generation", received=str(options.kind)
        )
    for name, value in (("inputs", options.inputs), ("outputs", options.outputs), ("opset", options.opset)):
        if value:
            raise ConversionError(
                source.model,
                f"has fixed {name}",
                hint=f"Leave --{name.rstrip('s')} out: they are those of transformers.js.",
            )


def _graphs(
    files: dict[str, Content], config: LlamaConfig, weights: GGUFLlama, dtype: str
) -> tuple[Ports, Ports]:
    """Adds both ONNX files and their weights; returns the ports of the whole-cache form."""
    name = f"model{_suffix(dtype)}"
    for webgpu in (False, True):
        graph, inputs, outputs = llama_graph(config, weights, webgpu)
        model, data = graph.build_external(inputs, outputs, f"{name}.onnx_data")
        files[f"onnx/{name}.onnx" if webgpu else f"onnx/{name}{FOLD}.onnx"] = model
        files[f"onnx/{name}.onnx_data"] = data
    return inputs, outputs


def whole_fold(path: Path) -> tuple[bytes, tuple[NDArray[Any], ...]]:
    """A graph that unpacks the blocks when it is opened and has the cache that transformers.js knows, and its
    weights for `model_q4.onnx_data`: what transformers.js is measured with on WASM."""
    file = GGUFFile(path)
    config = llama_config(file)
    graph, inputs, outputs = llama_graph(config, GGUFLlama(file, config), webgpu=False, whole=True)
    return graph.build_external(inputs, outputs, "model_q4.onnx_data")


def _texts(file: GGUFFile, config: LlamaConfig, dtype: str) -> tuple[dict[str, Content], list[str]]:
    """Configuration and tokenizer as files, and sentences for the card."""
    try:
        tokenizer, settings = gguf_tokenizer_json(file.metadata)
    except ModelError as error:
        raise ConversionError(file.path, f"has a tokenizer that cannot be used: {error}") from error
    special = {
        f"{role}_token_id": file.metadata[f"tokenizer.ggml.{name}_token_id"]
        for role, name in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"))
        if f"tokenizer.ggml.{name}_token_id" in file.metadata
    }
    name = f"model{_suffix(dtype)}"
    settings_of_model: dict[str, Any] = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **config.as_json(),
        **special,
        "hidden_act": "silu",
        "tie_word_embeddings": "output.weight" not in file,
        "transformers.js_config": {"use_external_data_format": {f"{name}.onnx": 1}},
    }
    found: dict[str, Any] = {
        "config.json": settings_of_model,
        "generation_config.json": special,
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": {**settings, "model_max_length": config.max_position_embeddings},
    }
    types = ", ".join(f"{count:,} weights in {kind}" for kind, count in file.types().items())
    story = [
        f"From the GGUF file {file.path.name} ({types}): the same blocks, nothing requantised.",
        f"`onnx/{name}{FOLD}.onnx` (WASM) unpacks them when it is opened and gives new slices of the cache; "
        f"`onnx/{name}.onnx` (WebGPU, transformers.js) reads them with MatMulNBits, with the whole cache.",
    ]
    return {
        path: json.dumps(table, ensure_ascii=False, indent=1).encode() for path, table in found.items()
    }, story


def _feeds(file: GGUFFile, config: LlamaConfig, tokenizer: dict[str, Any]) -> Arrays:
    """A sentence, with an empty past."""
    ids = np.array([load_tokenizer(tokenizer, "python").encode(TEXT).ids], np.int64) % config.vocab_size
    empty = np.zeros((1, config.num_key_value_heads, 0, config.head_dim), np.float32)
    return {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "position_ids": np.arange(ids.shape[1])[None],
        "num_logits_to_keep": np.array(0, np.int64),
        **{
            f"past_key_values.{layer}.{part}": empty
            for layer in range(config.num_hidden_layers)
            for part in ("key", "value")
        },
    }


def _specs(ports: Ports) -> list[TensorSpec]:
    return [TensorSpec(name, dtype, tuple(dims)) for name, (dtype, dims) in ports.items()]


def _suffix(dtype: str) -> str:
    return "" if dtype == "fp32" else f"_{dtype}"


def _bytes(content: Content) -> bytes:
    assert isinstance(content, bytes)
    return content
