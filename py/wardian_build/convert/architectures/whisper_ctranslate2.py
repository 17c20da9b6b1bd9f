"""Whisper in a CTranslate2 file, with sizes and tensors as `transformers` has them.

Projections that read the same input lie in one matrix, rows after each other: query, key and value, or key
and value. Keys have a bias there, which is zero in all models made from others; whatever it is, it adds the
same to the scores of all keys and changes nothing.

Source: `python/ctranslate2/specs/{whisper,transformer,attention}_spec.py` of OpenNMT/CTranslate2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wardian_build.convert.read.ctranslate2 import CTranslate2File
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["CTranslate2Whisper", "whisper_sizes"]

SPECIFICATION = "WhisperSpec"

#: Scalars that say what is computed → the one value that is built here.
_SETTINGS = {
    "decoder/activation": 3,  # GELU
    "decoder/alibi": 0,
    "decoder/pre_norm": 1,
    "decoder/scale_embeddings": 0,
    "decoder/start_from_zero_embedding": 0,
    "decoder/multi_query_attention": 0,
    "encoder/pre_norm": 1,
    "encoder/activation": 3,
}
_IGNORED = ("alignment_heads", "alignment_layer", "num_heads")

_TOP = {
    "encoder/conv1": "encoder.conv1",
    "encoder/conv2": "encoder.conv2",
    "encoder/layer_norm": "encoder.layer_norm",
    "decoder/layer_norm": "decoder.layer_norm",
}
_MATRICES = {
    "encoder/position_encodings/encodings": "model.encoder.embed_positions.weight",
    "decoder/position_encodings/encodings": "model.decoder.embed_positions.weight",
    "decoder/embeddings/weight": "model.decoder.embed_tokens.weight",
    "decoder/projection/weight": "proj_out.weight",
}
#: Below a layer: name → the modules whose rows it holds, one after the other.
_LAYER: dict[str, tuple[str, ...]] = {
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
    "ffn/layer_norm": ("final_layer_norm",),
}
_KINDS = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}
_IN_LAYER = re.compile(r"(encoder|decoder)/layer_(\d{1,4})/(.+)")


@dataclass(frozen=True)
class _Rows:
    """One of `of` equal parts of a variable's rows."""

    variable: str
    part: int
    of: int


class CTranslate2Whisper(Mapping[str, NDArray[Any]]):
    """The tensors of a file under the names of `transformers`, each read when it is asked for.

    Raises UnsupportedError for other specifications, settings, and variables that no name is known for.
    """

    def __init__(self, file: CTranslate2File) -> None:
        if file.specification != SPECIFICATION:
            remedy = f"only {SPECIFICATION} is converted; convert the model that it was made from"
            raise UnsupportedError(file.path, [(f"specification {file.specification[:60]!r}", remedy)])
        self._file = file
        self._rows: dict[str, _Rows] = {}
        wrong: list[tuple[str, str]] = []
        for name in file:
            if name.endswith("_scale") and name.removesuffix("_scale") in file:
                continue
            if name in _SETTINGS or name.rpartition("/")[2] in _IGNORED:
                value = int(file[name].reshape(-1)[0]) if file[name].size else None
                if value != _SETTINGS.get(name, value):
                    wrong.append((f"{name} = {value}", f"only {_SETTINGS[name]} is built here"))
                continue
            found = _names_of(name)
            if not found:
                wrong.append((f"variable {name[:100]!r}", "it has no place in Whisper as it is built here"))
            for part, own in enumerate(found):
                if not own.endswith(".k_proj.bias"):
                    self._rows[own] = _Rows(name, part, len(found))
        if wrong:
            raise UnsupportedError(file.path, wrong)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        rows = self._rows[name]
        value = self._file[rows.variable]
        count, rest = divmod(value.shape[0] if value.ndim else 0, rows.of)
        if rest:
            raise ConversionError(
                self._file.path,
                "has a matrix that cannot be divided",
                place=rows.variable,
                expected=f"a multiple of {rows.of} rows",
                received=str(value.shape[0]),
            )
        return value[rows.part * count : (rows.part + 1) * count] if rows.of > 1 else value


def whisper_sizes(file: CTranslate2File) -> dict[str, Any]:
    """The fields of `transformers.WhisperConfig` that follow from the file.

    Raises ConversionError where a variable that says them is missing or of another rank.
    """
    words, features = _shape(file, "decoder/embeddings/weight", 2)
    return {
        "model_type": "whisper",
        "architectures": ["WhisperForConditionalGeneration"],
        "is_encoder_decoder": True,
        "activation_function": "gelu",
        "scale_embedding": False,
        "tie_word_embeddings": True,
        "d_model": features,
        "vocab_size": words,
        "num_mel_bins": _shape(file, "encoder/conv1/weight", 3)[1],
        "max_source_positions": _shape(file, "encoder/position_encodings/encodings", 2)[0],
        "max_target_positions": _shape(file, "decoder/position_encodings/encodings", 2)[0],
        **{f"{side}_layers": _layers(file, side) for side in ("encoder", "decoder")},
        **{f"{side}_attention_heads": _heads(file, side) for side in ("encoder", "decoder")},
        **{
            f"{side}_ffn_dim": _shape(file, f"{side}/layer_0/ffn/linear_0/weight", 2)[0]
            for side in ("encoder", "decoder")
        },
    }


def _names_of(name: str) -> tuple[str, ...]:
    """The names of `transformers` for what a variable holds; none for an unknown one.

    >>> _names_of("decoder/layer_3/attention/linear_1/weight")[1]
    'model.decoder.layers.3.encoder_attn.v_proj.weight'
    """
    if name in _MATRICES:
        return (_MATRICES[name],)
    owner, _, kind = name.rpartition("/")
    if kind not in _KINDS:
        return ()
    if owner in _TOP:
        return (f"model.{_TOP[owner]}.{_KINDS[kind]}",)
    match = _IN_LAYER.fullmatch(owner)
    if match is None:
        return ()
    side, layer, inside = match[1], int(match[2]), match[3]
    return tuple(f"model.{side}.layers.{layer}.{own}.{_KINDS[kind]}" for own in _LAYER.get(inside, ()))


def _shape(file: CTranslate2File, name: str, axes: int) -> tuple[int, ...]:
    if name not in file:
        raise ConversionError(file.path, "lacks a variable", place=name)
    shape = file.shape(name)
    if len(shape) != axes:
        raise ConversionError(
            file.path,
            "has a variable of another rank",
            place=name,
            expected=f"{axes} axes",
            received=f"shape {shape}",
        )
    return shape


def _layers(file: CTranslate2File, side: str) -> int:
    found = {int(match[2]) for match in map(_IN_LAYER.fullmatch, file) if match and match[1] == side}
    return max(found, default=-1) + 1


def _heads(file: CTranslate2File, side: str) -> int:
    name = f"{side}/num_heads"
    _shape(file, name, 0)
    return int(file[name])
