"""Real inputs for the check: texts through the model's own tokenizer; made-up numbers where there is none."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import WardianError
from wardian.pipelines.text_inputs import INPUTS, feeds_of, longest_text
from wardian.tokenizers import Tokenizer
from wardian.types import DTYPES, TensorSpec
from wardian_build.convert.conversion import Arrays, Reference
from wardian_build.convert.sources import read_json
from wardian_build.errors import ConversionError

__all__ = ["TEXTS", "load_reference", "make_inputs"]

TEXTS = (
    "I loved every minute of it.",
    "The battery died after two days, and nobody answered my letters.",
    "No",
    "Wardian cases carried ferns across the ocean, sealed against salt and wind; most of them arrived alive.",
    "今天天气很好，我们去公园散步吧。",
    "¿Dónde está la biblioteca? Está al lado del río, detrás del mercado.",
    "Order #4711: 2 × 19.99 € — delivered on 2024-02-29, signed by “K. Müller” 😀",
    "The meeting was moved from Monday to Thursday because the room in Berlin had been booked twice. " * 3,
)
#: The last of them are also run together, padded to one length.
_BATCH = 4
_MOST_TOKENS = 96

#: Lengths of symbolic dimensions whose name contains the word; all different, so that no axis is mistaken.
_LENGTHS = (
    ("batch", 2),
    ("past", 0),
    ("seq", 7),
    ("length", 7),
    ("height", 64),
    ("width", 48),
    ("channel", 3),
)
_OTHER_LENGTH = 5


def make_inputs(
    specs: Sequence[TensorSpec], folder: Path | None, config: Mapping[str, Any]
) -> tuple[list[Arrays], str]:
    """Feeds for a model with these inputs, and what they are, in words.

    Raises ConversionError when a tokenizer is broken or an input is of a type that cannot be filled.
    """
    if folder is not None and (folder / "tokenizer.json").is_file() and _is_text_model(specs):
        return _texts(specs, folder, config), f"{len(TEXTS)} texts through the model's own tokenizer"
    return [_numbers(specs, config)], "made-up numbers (no tokenizer for its inputs lies beside it)"


def load_reference(
    path: Path, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec], tolerance: float = 1e-5
) -> Reference:
    """Recorded inputs and outputs: an .npz of arrays by the names of the model's inputs and outputs.

    Raises ConversionError when it is no such file, or lacks an input, or has no output.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, AttributeError, TypeError) as error:
        raise ConversionError(
            path, "is not a file of recorded arrays", expected="np.savez(path, …)", received=str(error)[:200]
        ) from None
    if any(spec.name == "token_type_ids" for spec in inputs) and "input_ids" in arrays:
        # Many tokenizers leave them out; transformers' models then take zeros.
        arrays.setdefault("token_type_ids", np.zeros_like(arrays["input_ids"]))
    feeds = _take(path, arrays, [spec.name for spec in inputs], "inputs")
    known = [spec.name for spec in outputs]
    unknown = set(arrays) - set(feeds) - set(known)
    results = {name: arrays[name] for name in known if name in arrays}
    if not results or unknown:
        raise ConversionError(
            path,
            "does not fit the model",
            expected=f"inputs {', '.join(feeds)} and some of the outputs {', '.join(known)}",
            received=", ".join(arrays),
        )
    typed = {spec.name: feeds[spec.name].astype(_dtype(spec), copy=False) for spec in inputs}
    return Reference(f"{path.name}, recorded by the user", [typed], [results], tolerance)


def _take(
    path: Path, arrays: Mapping[str, NDArray[Any]], names: Sequence[str], side: str
) -> dict[str, NDArray[Any]]:
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ConversionError(
            path,
            f"lacks {side}",
            expected=", ".join(missing),
            received=", ".join(arrays) or "no arrays",
            hint="Record what the source was given, by the names of the ONNX model's inputs.",
        )
    return {name: arrays[name] for name in names}


def _dtype(spec: TensorSpec) -> np.dtype[Any]:
    if spec.dtype not in DTYPES:
        raise ConversionError(
            f"input {spec.name}", "is of a type that cannot be given", received=spec.describe()
        )
    return DTYPES[spec.dtype]


def _is_text_model(specs: Sequence[TensorSpec]) -> bool:
    names = {spec.name for spec in specs}
    return "input_ids" in names and names <= set(INPUTS)


def _texts(specs: Sequence[TensorSpec], folder: Path, config: Mapping[str, Any]) -> list[Arrays]:
    """One text a run, and the last ones once more in a batch."""
    try:
        tokenizer = Tokenizer.from_file(folder / "tokenizer.json")
        table = folder / "tokenizer_config.json"
        settings = read_json(table) if table.is_file() else {}
        tokenizer.no_padding()
        tokenizer.enable_truncation(min(longest_text(config, settings), _MOST_TOKENS))
        encodings = tokenizer.encode_batch(list(TEXTS))
    except WardianError as error:
        raise ConversionError(folder / "tokenizer.json", "cannot be used", received=str(error)) from error
    highest = max(int(max(encoding.ids)) for encoding in encodings)
    words = config.get("vocab_size")
    if isinstance(words, int) and highest >= words:
        raise ConversionError(
            folder / "tokenizer.json",
            "does not fit the model",
            expected=f"ids below vocab_size = {words}",
            received=f"id {highest}",
        )
    pad_id = int(config.get("pad_token_id") or 0)
    fixed = next((spec.dims[0] for spec in specs if spec.dims and isinstance(spec.dims[0], int)), None)
    groups = [[encoding] for encoding in encodings]
    if fixed is None:
        groups.append(encodings[-_BATCH:])
    elif fixed > 1:
        groups = [encodings[:fixed]]
    return [_arrays(feeds_of(group, specs, pad_id)) for group in groups]


def _arrays(feeds: Mapping[str, Any]) -> Arrays:
    return {name: np.asarray(value) for name, value in feeds.items()}


def _numbers(specs: Sequence[TensorSpec], config: Mapping[str, Any]) -> Arrays:
    """Numbers by fixed rules: floats normally distributed, ids within the vocabulary, masks of ones."""
    generator = np.random.default_rng(20261121)
    words = config.get("vocab_size")
    most = words if isinstance(words, int) and words > 0 else 50
    feeds: dict[str, NDArray[Any]] = {}
    for spec in specs:
        shape = [dim if isinstance(dim, int) else _length(dim) for dim in spec.dims]
        if spec.dtype == "string":
            texts = [TEXTS[index % len(TEXTS)] for index in range(int(np.prod(shape)))]
            feeds[spec.name] = np.array(texts, object).reshape(shape)
        elif spec.dtype.startswith("float"):
            feeds[spec.name] = generator.standard_normal(shape).astype(spec.dtype)
        elif spec.dtype == "bool" or "mask" in spec.name:
            feeds[spec.name] = np.ones(shape, spec.dtype)
        elif "type" in spec.name:
            feeds[spec.name] = np.zeros(shape, spec.dtype)
        elif "position" in spec.name:
            feeds[spec.name] = np.broadcast_to(np.arange(shape[-1], dtype=spec.dtype), shape).copy()
        elif "int" in spec.dtype:
            limit = min(most, 120 if spec.dtype == "int8" else 250 if spec.dtype == "uint8" else most)
            feeds[spec.name] = generator.integers(0, limit, shape).astype(spec.dtype)
        else:
            raise ConversionError(
                f"input {spec.name}",
                "cannot be filled for the check",
                received=spec.describe(),
                hint="Record inputs and outputs of the source: --reference outputs.npz.",
            )
    return feeds


def _length(name: str) -> int:
    """How long a dimension is made; Optimum names some as sums.

    >>> _length("past_sequence_length"), _length("past_sequence_length + sequence_length")
    (0, 7)
    """
    return sum(
        int(part) if part.isdigit() else _named_length(part) for part in map(str.strip, name.split("+"))
    )


def _named_length(name: str) -> int:
    return next((length for word, length in _LENGTHS if word in name.lower()), _OTHER_LENGTH)
