"""The small models of `generation_texts.py` as folders that transformers.js would take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from golden import generation_cases, generation_texts, hf_models
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder

_MODELS = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
_SETTINGS = json.loads(generation_cases.GOLDEN.read_text("utf-8"))["models"]


def write(model: str, folder: Path, generation: Mapping[str, Any] | None = None) -> Path:
    """A folder of one of the models; `generation` are further settings of its `generation_config.json`."""
    tensors = {
        name: hf_models.weights(name, tuple(shape)) for name, shape in _MODELS[model]["tensors"].items()
    }
    config = Config(_MODELS[model]["config"])
    built = build(config, tensors, head_kind(config, None), "model.safetensors", external=None)
    settings = dict(_MODELS[model]["config"])
    if model == "t5":
        settings["task_specific_params"] = generation_texts.TASKS
    names = {name: f"<{index}>" for name, index in generation_texts.specials(model).items()}
    tokenizer_class = "MBartTokenizer" if model == "mbart" else "PreTrainedTokenizerFast"
    texts = {
        "config.json": settings,
        "generation_config.json": {**_SETTINGS[model]["generation_config"], **(generation or {})},
        "tokenizer.json": generation_texts.tokenizer(model),
        "tokenizer_config.json": {"tokenizer_class": tokenizer_class, **names},
    }
    graphs = {path: content for path, content in built.files.items() if path.startswith("onnx/")}
    write_folder({**graphs, **{path: json.dumps(value).encode() for path, value in texts.items()}}, folder)
    return folder


def told_into(folder: Path, languages: Mapping[str, str]) -> Path:
    """Makes some words of a Marian folder the tokens of languages, as models into several languages have."""
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    for word, code in languages.items():
        vocabulary[f">>{code}<<"] = vocabulary.pop(word)
    path.write_text(json.dumps(tokenizer), "utf-8")
    return folder
