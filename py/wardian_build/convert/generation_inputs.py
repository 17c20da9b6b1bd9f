"""What a model that generates is checked with: an encoder's inputs, tokens for the decoder, and its cache.

Of all tokens the decoder is given the last ones a second time, after a cache that holds the first, so that
both of its ways are run. Recorded outputs have the names that `transformers` gives them:

    encoder and decoder   input_ids, attention_mask (or input_features), decoder_input_ids
                          → logits and/or encoder_last_hidden_state
    decoder               input_ids, attention_mask → logits
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.types import TensorSpec
from wardian_build.convert.check import run_onnx
from wardian_build.convert.conversion import Arrays, Reference
from wardian_build.convert.inputs import load_reference, make_inputs
from wardian_build.errors import ConversionError

__all__ = ["DECODER", "ENCODER", "decoder_reference", "seq2seq_references"]

ENCODER, DECODER = "encoder_model", "decoder_model_merged"

#: Tokens for a decoder whose source has no recorded ones.
_TOKENS = 7
_TOLERANCE = 1e-4
"""Of the largest value, for fp32: in whisper-base torch's own float32 is 3.5e-5 from float64 at its worst."""

_MOST = 10_000
"""Bands, or tokens of audio: what a configuration may ask for in the check."""

#: Texts of the usual ones that are given: a short one, one of some length, and several with padding.
_TAKEN = (0, 1, -1)

Specs = Sequence[TensorSpec]


def seq2seq_references(
    files: Mapping[str, Path],
    inputs: Mapping[str, Specs],
    folder: Path | None,
    config: Mapping[str, Any],
    recorded: Path | None,
    nothing: str,
) -> dict[str, Reference]:
    """References of the encoder and of the decoder, by the names of the parts.

    `files` are their fp32 ONNX files, `inputs` what these take; `nothing` says why there are no outputs of
    the source where none are `recorded`.

    Raises ConversionError when a recorded file lacks something, or a file cannot be run.
    """
    known: dict[str, NDArray[Any]] = {}
    if recorded is not None:
        targets = TensorSpec("decoder_input_ids", "int64", ("batch_size", "decoder_sequence_length"))
        outputs = [TensorSpec(name, "float32", ()) for name in ("encoder_last_hidden_state", "logits")]
        reference = _load(recorded, [*inputs[ENCODER], targets], outputs)
        feeds, made_by = [dict(reference.inputs[0])], reference.made_by
        tokens = [np.asarray(feeds[0].pop("decoder_input_ids"))]
        known = dict((reference.outputs or [{}])[0])
    else:
        made, _ = make_inputs(inputs[ENCODER], folder, config)
        feeds = [dict(made[place]) for place in _TAKEN] if len(made) > 1 else [dict(made[0])]
        if "input_features" in feeds[0]:
            feeds[0]["input_features"] = _spectrogram(_feature_shape(inputs[ENCODER], config))
        tokens, made_by = [_tokens(len(next(iter(feed.values()))), config) for feed in feeds], nothing
    hidden = [_hidden(files[ENCODER], run) for run in run_onnx(files[ENCODER], feeds)]
    encoded: list[dict[str, NDArray[Any]]] = [
        {"encoder_hidden_states": states, "encoder_attention_mask": np.asarray(feed.get("attention_mask"))}
        for states, feed in zip(hidden, feeds, strict=True)
    ]
    if "encoder_last_hidden_state" in known:
        encoded[0]["encoder_hidden_states"] = known["encoder_last_hidden_state"].astype(np.float32)
        expected: list[Arrays] | None = [{"last_hidden_state": known["encoder_last_hidden_state"]}]
    else:
        expected = None
    wanted = {spec.name for spec in inputs[DECODER]}
    decoding = [
        {"input_ids": ids, **{name: value for name, value in one.items() if name in wanted}}
        for ids, one in zip(tokens, encoded, strict=True)
    ]
    logits = known.get("logits")
    return {
        ENCODER: Reference(made_by, feeds, expected, _TOLERANCE),
        DECODER: _with_cache(files[DECODER], inputs[DECODER], decoding, logits, made_by),
    }


def decoder_reference(
    file: Path,
    inputs: Specs,
    folder: Path | None,
    config: Mapping[str, Any],
    recorded: Path | None,
    nothing: str,
) -> Reference:
    """The reference of a decoder that stands alone; arguments as above."""
    text = [spec for spec in inputs if spec.name in ("input_ids", "attention_mask")]
    logits, made_by = None, nothing
    if recorded is not None:
        reference = _load(recorded, text, [TensorSpec("logits", "float32", ())])
        feeds, made_by = list(reference.inputs), reference.made_by
        logits = (reference.outputs or [{}])[0]["logits"]
    else:
        made, _ = make_inputs([TensorSpec(s.name, s.dtype, ("batch_size", "sequence_length")) for s in text],
                              folder, config)  # fmt: skip
        # One text a row: padding on the right is nothing that a decoder is given.
        feeds = [made[place] for place in _TAKEN[:2]] if len(made) > 1 else [made[0]]
    decoding: list[dict[str, NDArray[Any]]] = []
    for feed in feeds:
        ids = np.asarray(feed["input_ids"])
        places = np.broadcast_to(np.arange(ids.shape[1]), ids.shape).copy()
        decoding.append({**feed, "position_ids": places, "num_logits_to_keep": np.array(0, np.int64)})
    return _with_cache(file, inputs, decoding, logits, made_by)


def _feature_shape(specs: Specs, config: Mapping[str, Any]) -> tuple[int, int, int]:
    """Two spectrograms: (batch, bands, frames), as the encoder says, else as the configuration does."""
    dims = next(spec.dims for spec in specs if spec.name == "input_features")
    named = dims if len(dims) == 3 else ("", "", "")
    bands, half = config.get("num_mel_bins"), config.get("max_source_positions")
    usual = (
        bands if isinstance(bands, int) and 0 < bands < _MOST else 80,
        2 * half if isinstance(half, int) and 0 < half < _MOST else 3000,
    )
    bands, frames = (own if isinstance(own, int) else u for own, u in zip(named[1:], usual, strict=True))
    return 2, bands, frames


def _hidden(file: Path, run: Arrays) -> NDArray[Any]:
    if "last_hidden_state" not in run:
        raise ConversionError(
            file,
            "is no encoder that is known",
            expected="an output last_hidden_state",
            received=", ".join(run),
        )
    return run["last_hidden_state"]


def _load(path: Path, inputs: Specs, outputs: Specs) -> Reference:
    """Recorded arrays, of as many axes as they must have: inputs as they say, outputs three."""
    reference = load_reference(path, inputs, outputs)
    axes = {spec.name: len(spec.dims) for spec in inputs} | {spec.name: 3 for spec in outputs}
    for arrays in (*reference.inputs, *(reference.outputs or [])):
        for name, array in arrays.items():
            if array.ndim != axes[name] or not array.size:
                raise ConversionError(
                    path, "does not fit the model", place=name, expected=f"{axes[name]} axes",
                    received=f"shape {array.shape}",
                )  # fmt: skip
    return reference


def _spectrogram(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Log-mel values as Whisper scales them, like two voices: silence is −0.6, and in the first third three
    bands rise and fall above it: (batch, bands, frames)."""
    batch, bands, frames = shape
    band, time = np.mgrid[0 : 1 : bands * 1j, 0 : 1 : frames * 1j]
    voices = []
    for voice in range(batch):
        rising = [np.sin((40 + 9 * voice) * time + 2 * part) * 0.05 + 0.15 + 0.25 * part for part in range(3)]
        loud = sum(np.exp(-(((band - centre) / 0.04) ** 2)) for centre in rising)
        syllables = np.abs(np.sin((70 + 11 * voice) * time)) * (time < 1 / 3)
        voices.append(-0.6 + 1.6 * np.clip(loud, 0, 1) * syllables)
    return np.stack(voices).astype(np.float32)


def _tokens(batch: int, config: Mapping[str, Any]) -> NDArray[np.int64]:
    """The token that decoding starts with, and others by a rule: (batch, _TOKENS)."""
    words = config.get("decoder_vocab_size") or config.get("vocab_size")
    words = words if isinstance(words, int) and words > 0 else 1
    start = config.get("decoder_start_token_id")
    ids = np.arange(batch * _TOKENS).reshape(batch, _TOKENS) * 7919 % words
    ids[:, 0] = start if isinstance(start, int) and 0 <= start < words else 0
    return ids


def _with_cache(
    file: Path,
    specs: Specs,
    decoding: Sequence[Mapping[str, NDArray[Any]]],
    logits: NDArray[Any] | None,
    made_by: str,
) -> Reference:
    """All tokens at once; then the last ones of the first feed again, after a cache of the others."""
    feeds = [{**feed, **_empty(specs, len(feed["input_ids"]))} for feed in decoding]
    # Decoders merged by Optimum are told whether there is a cache.
    told = any(spec.name == "use_cache_branch" for spec in specs)
    without, within = ({"use_cache_branch": np.array([value])} if told else {} for value in (False, True))
    feeds = [{**feed, **without} for feed in feeds]
    expected = None if logits is None else [{"logits": logits}]
    first = feeds[0]
    count = first["input_ids"].shape[1]
    if count > 1:
        before = count // 2
        start = {name: _cut(name, value, slice(0, before)) for name, value in first.items()}
        past = {
            name.replace("present", "past_key_values"): np.asarray(value)
            for name, value in run_onnx(file, [start])[0].items()
            if name.startswith("present.")
        }
        rest = {name: _cut(name, value, slice(before, count)) for name, value in first.items()}
        feeds.append(
            {**rest, "attention_mask": first["attention_mask"]} if "attention_mask" in rest else rest
        )
        feeds[-1] = {**feeds[-1], **past, **within}
        if expected is not None and logits is not None:
            expected.append({"logits": logits[:, before:]})
    return Reference(made_by, feeds, expected, _TOLERANCE)


def _cut(name: str, value: NDArray[Any], places: slice) -> NDArray[Any]:
    """Inputs that have one number for each token, of some of them."""
    return value[:, places] if name in ("input_ids", "attention_mask", "position_ids") else value


def _empty(specs: Specs, batch: int) -> dict[str, NDArray[np.float32]]:
    """A cache that holds nothing."""
    return {
        spec.name: np.zeros(
            [batch if dim == "batch_size" else dim if isinstance(dim, int) else 0 for dim in spec.dims],
            np.float32,
        )
        for spec in specs
        if spec.name.startswith("past_key_values.")
    }
