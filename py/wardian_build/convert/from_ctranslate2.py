"""A folder with CTranslate2's Whisper to a model folder as transformers.js loads it.

The folder has `model.bin`, `config.json` (which tokens are suppressed, which are languages) and
`tokenizer.json`. Sizes follow from the tensors; what Hugging Face's files say besides, from the tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wardian_build.convert.architectures.build import build
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.architectures.whisper_ctranslate2 import CTranslate2Whisper, whisper_sizes
from wardian_build.convert.conversion import Content, Conversion, Options
from wardian_build.convert.folder_files import small_files
from wardian_build.convert.from_huggingface import conversion_of
from wardian_build.convert.read.ctranslate2 import CTranslate2File
from wardian_build.convert.sources import Source, read_json
from wardian_build.errors import ConversionError

__all__ = ["convert"]

_KIND = "automatic-speech-recognition"

_MULTILINGUAL = 51865
"""Words of the smallest vocabulary with languages."""

#: Log-mel spectrograms as Whisper was trained on them: 25 ms windows every 10 ms, of 16,000 samples a second.
_RATE, _HOP, _WINDOW = 16_000, 160, 400


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a Whisper model.

    Raises ConversionError or UnsupportedError naming file and place.
    """
    if options.kind not in (None, _KIND):
        raise ConversionError(
            source.model, "is no model of this kind", expected=_KIND, received=str(options.kind)
        )
    assert source.folder is not None  # recognised by its config.json
    file = CTranslate2File(source.model)
    weights = CTranslate2Whisper(file)
    tokens = _tokens(source)
    table = {**whisper_sizes(file), **_token_settings(tokens, source.config)}
    highest = max(tokens.values())
    if highest >= table["vocab_size"]:
        raise ConversionError(
            source.folder / "tokenizer.json",
            "does not fit the model",
            expected=f"ids below {table['vocab_size']}",
            received=f"id {highest}",
        )
    built = build(Config(table, str(source.model)), weights, _KIND, str(source.model))
    small: dict[str, Content] = {
        "config.json": _json(table),
        "generation_config.json": _json(_generation(tokens, source.config, table)),
        "preprocessor_config.json": _json(_processor(table)),
        "tokenizer_config.json": _json(_TOKENIZER),
    }
    kept = {name: content for name, content in small_files(source.folder).items() if name != "config.json"}
    made = conversion_of(source, options, Config(table, str(source.model)), _KIND, built, {**small, **kept})
    types = ", ".join(f"{count:,} numbers in {kind}" for kind, count in file.types().items() if count > 1000)
    story = f"The source is CTranslate2's ({types}); what was quantised is unpacked to float32."
    return replace(made, story=[*made.story, story])


_TOKENIZER = {
    "tokenizer_class": "WhisperTokenizer",
    "processor_class": "WhisperProcessor",
    "model_max_length": 1024,
    "add_prefix_space": False,
    "clean_up_tokenization_spaces": True,
    "errors": "replace",
    **dict.fromkeys(("bos_token", "eos_token", "pad_token", "unk_token"), "<|endoftext|>"),
}


def _tokens(source: Source) -> dict[str, int]:
    """Ids of the special tokens, from tokenizer.json."""
    assert source.folder is not None
    path = source.folder / "tokenizer.json"
    if not path.is_file():
        raise ConversionError(
            path,
            "does not exist",
            expected="the tokenizer, in the form of Hugging Face",
            hint="Copy tokenizer.json from the model that this one was made from (openai/whisper-…).",
        )
    entries = read_json(path).get("added_tokens")
    entries = entries if isinstance(entries, list) else []
    found = {
        entry["content"]: entry["id"]
        for entry in entries
        if isinstance(entry, dict)
        and isinstance(entry.get("content"), str)
        and isinstance(entry.get("id"), int)
    }
    lacking = [name for name in ("<|endoftext|>", "<|startoftranscript|>") if name not in found]
    if lacking:
        raise ConversionError(path, "is no tokenizer of Whisper", place="added_tokens", expected=lacking[0])
    return found


def _token_settings(tokens: Mapping[str, int], config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that config.json and generation_config.json share."""
    end = tokens["<|endoftext|>"]
    return {
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": tokens["<|startoftranscript|>"],
        "suppress_tokens": _ids(config, "suppress_ids"),
        "begin_suppress_tokens": _ids(config, "suppress_ids_begin"),
    }


def _generation(
    tokens: Mapping[str, int], config: Mapping[str, Any], table: Mapping[str, Any]
) -> dict[str, Any]:
    """`generation_config.json`; a model of English alone has neither languages nor tasks."""
    languages = set(_ids(config, "lang_ids"))
    tasks = {name: tokens[f"<|{name}|>"] for name in ("transcribe", "translate") if f"<|{name}|>" in tokens}
    several = table["vocab_size"] >= _MULTILINGUAL
    made: dict[str, Any] = {
        **{name: value for name, value in table.items() if name.endswith(("_token_id", "suppress_tokens"))},
        "max_length": table["max_target_positions"],
        "max_initial_timestamp_index": 50,
        "return_timestamps": False,
        "is_multilingual": several,
    }
    if "<|notimestamps|>" in tokens:
        made["no_timestamps_token_id"] = tokens["<|notimestamps|>"]
    if "<|startofprev|>" in tokens:
        made["prev_sot_token_id"] = tokens["<|startofprev|>"]
    if config.get("alignment_heads"):
        made["alignment_heads"] = config["alignment_heads"]
    if several:
        made["lang_to_id"] = {name: index for name, index in tokens.items() if index in languages}
        made["task_to_id"] = tasks
    return made


def _processor(table: Mapping[str, Any]) -> dict[str, Any]:
    """`preprocessor_config.json`."""
    frames = 2 * table["max_source_positions"]
    return {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "feature_size": table["num_mel_bins"],
        "sampling_rate": _RATE,
        "hop_length": _HOP,
        "n_fft": _WINDOW,
        "chunk_length": frames * _HOP // _RATE,
        "n_samples": frames * _HOP,
        "nb_max_frames": frames,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }


def _ids(config: Mapping[str, Any], name: str) -> list[int]:
    value = config.get(name) or []
    if not isinstance(value, list) or not all(isinstance(index, int) for index in value):
        raise ConversionError(
            "config.json", "is broken", place=name, expected="a list of token ids", received=f"{value!r:.80}"
        )
    # −1 stands for a list that CTranslate2 has of its own.
    return [index for index in value if index >= 0]


def _json(table: Mapping[str, Any]) -> bytes:
    return json.dumps(table, ensure_ascii=False, indent=1).encode()
