"""Low-rank adapters (LoRA, arXiv:2106.09685) in PEFT's files, and adding them to the weights they belong to.

`adapter_config.json` names rank, alpha and the adapted matrices; `adapter_model.safetensors` holds A and B of
each below `base_model.model.`, and whole what was trained beside them (`modules_to_save`), such as a head.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.weights import Weights
from wardian_build.convert.read.safetensors import read_safetensors, write_safetensors
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["CONFIG", "WEIGHTS", "Adapter", "adapter_files", "adapter_of", "merged", "read_adapter"]

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_A, _B = ".lora_A.weight", ".lora_B.weight"
#: What PEFT can also do, and what its configuration says where that is not done.
_OFF: dict[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "bias": ("none", None),
    "use_dora": (False, None),
    "use_rslora": (False, None),
    "fan_in_fan_out": (False, None),
    "lora_bias": (False, None),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
}


@dataclass(frozen=True)
class Adapter:
    """What is added to an encoder, by the names of its tensors.

    `pairs`: of a matrix W (outputs, inputs) its A (rank, inputs) and B (outputs, rank), so that
    W + alpha / rank · B A takes its place. `whole`: tensors that the encoder alone does not have.
    """

    pairs: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    whole: Weights
    rank: int
    alpha: float


def read_adapter(config: bytes, weights: bytes) -> Adapter:
    """An adapter from the content of PEFT's two files.

    Raises UnsupportedError for what else PEFT can do, ConversionError for files that are broken or do not fit
    each other.
    """
    try:
        table = json.loads(config)
    except ValueError as error:
        raise ConversionError(CONFIG, "is not JSON", received=str(error)[:200]) from None
    if not isinstance(table, dict):
        raise ConversionError(CONFIG, "is not JSON of an object", received=type(table).__name__)
    used = [(f"{name} = {table[name]!r}", "merge it with PEFT first") for name, off in _OFF.items()
            if name in table and table[name] not in off]  # fmt: skip
    if used:
        raise UnsupportedError(CONFIG, used)
    rank, alpha = table.get("r"), table.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, (int, float)):
        raise ConversionError(
            CONFIG, "has no rank", expected="r and lora_alpha", received=f"{rank!r} and {alpha!r}"
        )
    stored = read_safetensors(weights, WEIGHTS)
    return adapter_of({name.removeprefix(_PREFIX): tensor for name, tensor in stored.items()}, rank, alpha)


def adapter_of(tensors: Weights, rank: int, alpha: float) -> Adapter:
    """An adapter from its tensors by PEFT's names, without what PEFT puts before them.

    Raises ConversionError when A and B do not fit each other.
    """
    whole = {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}
    pairs = {}
    for name in [name.removesuffix(_A) for name in whole if name.endswith(_A)]:
        down, up = whole.pop(name + _A), whole.pop(name + _B, np.empty((0, 0), np.float32))
        if down.ndim != 2 or up.ndim != 2 or down.shape[0] != rank or up.shape[1] != rank:
            raise ConversionError(
                WEIGHTS,
                "holds an adapter of another rank than its configuration says",
                place=name,
                expected=f"A ({rank}, inputs) and B (outputs, {rank})",
                received=f"{down.shape} and {up.shape}",
            )
        pairs[f"{name}.weight"] = (down, up)
    return Adapter(pairs, whole, rank, float(alpha))


def merged(weights: Weights, adapter: Adapter) -> dict[str, NDArray[Any]]:
    """The weights with the adapter added, and what it has whole.

    One outer product after the other, number by number: the sums are the same on every processor, as the
    hashes of model cards ask for.

    >>> one = Adapter({"w.weight": (np.float32([[1, 2]]), np.float32([[3], [4]]))}, {}, 1, 2.0)
    >>> merged({"w.weight": np.zeros((2, 2), np.float32)}, one)["w.weight"].tolist()
    [[6.0, 12.0], [8.0, 16.0]]

    Raises ConversionError when the weights lack an adapted matrix, or it has another shape.
    """
    found = {**weights, **adapter.whole}
    factor = np.float32(adapter.alpha / adapter.rank)
    for name, (down, up) in adapter.pairs.items():
        matrix = found.get(name)
        if matrix is None or matrix.shape != (up.shape[0], down.shape[1]):
            raise ConversionError(
                WEIGHTS,
                "belongs to another model",
                place=name,
                expected=f"a matrix ({up.shape[0]}, {down.shape[1]}) of that name",
                received="none" if matrix is None else str(matrix.shape),
            )
        added = np.zeros(matrix.shape, np.float32)
        for row, column in zip(down, up.T, strict=True):
            added += column[:, None] * row
        found[name] = matrix + factor * added
    return found


def adapter_files(adapter: Adapter, base: str) -> dict[str, bytes]:
    """PEFT's two files, with the tensors as float16; `base` names the model that the adapter belongs to."""
    tensors: dict[str, NDArray[Any]] = {}
    for name, (down, up) in adapter.pairs.items():
        module = _PREFIX + name.removesuffix(".weight")
        tensors |= {module + _A: down, module + _B: up}
    tensors |= {_PREFIX + name: value for name, value in adapter.whole.items()}
    layers = {int(found[1]) for name in adapter.pairs if (found := re.search(r"\.layer\.(\d+)\.", name))}
    modules = {re.sub(r"^.*\.layer\.\d+\.|\.weight$", "", name) for name in adapter.pairs}
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": base,
        "r": adapter.rank,
        "lora_alpha": adapter.alpha,
        "target_modules": sorted(modules),
        "layers_to_transform": sorted(layers),
        "modules_to_save": sorted({name.rpartition(".")[0] for name in adapter.whole}),
        "bias": "none",
    }
    stored = {name: np.asarray(value, np.float16) for name, value in tensors.items()}
    return {CONFIG: (json.dumps(config, indent=1) + "\n").encode(), WEIGHTS: write_safetensors(stored)}
