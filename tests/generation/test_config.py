"""GenerationConfig: files, overrides, and what is refused with its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.generation.config import _READ, _UNBUILT, DEFAULT_NEW_TOKENS, GenerationConfig

#: As published with the models of these names.
SMOLLM2 = {"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
           "transformers_version": "4.42.3"}  # fmt: skip
QWEN2 = {"bos_token_id": 151643, "do_sample": True, "eos_token_id": [151645, 151643], "pad_token_id": 151643,
         "repetition_penalty": 1.1, "temperature": 0.7, "top_k": 20, "top_p": 0.8,
         "transformers_version": "4.37.0"}  # fmt: skip
OPUS_MT = {"bad_words_ids": [[58100]], "bos_token_id": 0, "decoder_start_token_id": 58100, "eos_token_id": 0,
           "forced_eos_token_id": 0, "max_length": 512, "num_beams": 6, "pad_token_id": 58100,
           "renormalize_logits": True, "transformers_version": "4.32.0.dev0"}  # fmt: skip
BART_CNN = {"_from_model_config": True, "bos_token_id": 0, "decoder_start_token_id": 2,
            "early_stopping": True,
            "eos_token_id": 2, "forced_bos_token_id": 0, "forced_eos_token_id": 2, "length_penalty": 2.0,
            "max_length": 142, "min_length": 56, "no_repeat_ngram_size": 3, "num_beams": 4, "pad_token_id": 1,
            "transformers_version": "4.27.0.dev0"}  # fmt: skip


@pytest.mark.parametrize("file", [SMOLLM2, QWEN2, OPUS_MT, BART_CNN])
def test_files_as_published(file: dict[str, Any]) -> None:
    config = GenerationConfig.from_dict(file)
    lists = {"eos_token_id", "forced_eos_token_id", "bad_words_ids"}
    for name, value in file.items():
        found = getattr(config, name) if name in _READ else config.extra[name]
        assert name in lists or (found == value and type(found) is type(value)), name
    assert config.eos_token_id == ((151645, 151643) if file is QWEN2 else (file["eos_token_id"],))
    assert config.forced_eos_token_id == ((0,) if file is OPUS_MT else (2,) if file is BART_CNN else ())
    assert config.bad_words_ids == (((58100,),) if file is OPUS_MT else ())


def test_every_field_is_read_and_has_its_default() -> None:
    names = set(GenerationConfig.__dataclass_fields__) - {"extra"}
    assert names == set(_READ) and not names & set(_UNBUILT)
    config = GenerationConfig()
    for name, read in _READ.items():
        assert read(name, getattr(config, name)) == getattr(config, name)


def test_overrides_come_first_and_none_restores_the_default() -> None:
    config = GenerationConfig.from_dict(QWEN2, temperature=0.2, top_p=None, eos_token_id=np.int64(5))
    assert (config.temperature, config.top_p, config.top_k, config.eos_token_id) == (0.2, 1.0, 20, (5,))
    again = config.updated(do_sample=False, temperature=None, num_beams=3)
    assert (again.do_sample, again.num_beams, again.repetition_penalty) == (False, 3, 1.1)
    assert again.extra == config.extra == {"transformers_version": "4.37.0"}


def test_a_limit_asked_for_replaces_the_files() -> None:
    assert GenerationConfig.from_dict({"max_length": 512}, max_new_tokens=3).limit(10) == 13
    assert GenerationConfig.from_dict({"max_new_tokens": 3}, max_length=512).limit(10) == 512
    # In one place max_new_tokens wins, as in transformers.
    assert GenerationConfig.from_dict({"max_new_tokens": 3, "max_length": 512}).limit(10) == 13
    assert GenerationConfig().limit(10) == 10 + DEFAULT_NEW_TOKENS
    assert GenerationConfig(max_new_tokens=90).limit(10, context=64) == 64


@pytest.mark.parametrize(("prompt", "context", "hint"), [(9, None, "max_new_tokens"), (7, 7, "Shorten")])
def test_a_prompt_that_leaves_no_room(prompt: int, context: int | None, hint: str) -> None:
    with pytest.raises(InputError, match=f"too long(?s:.*)received {prompt} tokens(?s:.*){hint}"):
        GenerationConfig(max_length=9).limit(prompt, context)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("temperature", [0, -1.0, float("nan"), float("inf"), "1", True]),
        ("top_p", [0, 1.01, -0.1]),
        ("typical_p", [0, 1.5]),
        ("min_p", [-0.1, 1.1]),
        ("top_k", [-1, 2.0, True]),
        ("epsilon_cutoff", [1, -1]),
        ("repetition_penalty", [0, -2]),
        ("presence_penalty", [2.1, "x"]),
        ("no_repeat_ngram_size", [-1]),
        ("max_new_tokens", [0, -1, 2.5]),
        ("num_beams", [0]),
        ("num_return_sequences", [0]),
        ("early_stopping", ["always", 1]),
        ("eos_token_id", [-1, "2", [2, -3], 2.0]),
        ("bad_words_ids", [[[]], [5], 5, [[-1]], "ab"]),
        ("stop_strings", ["", ["a", ""], 5, [5]]),
        ("seed", [-1, 0.5]),
        ("do_sample", ["yes", 1]),
    ],
)
def test_values_that_are_no_such_thing(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(InputError, match=f"{name} is wrong"):
            GenerationConfig(**{name: value})
        with pytest.raises(InputError, match=f"{name} is wrong"):
            GenerationConfig.from_dict({}, **{name: value})
        with pytest.raises(ModelError, match=f"cannot be used: {name} is wrong"):
            GenerationConfig.from_dict({"do_sample": True, name: value})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"do_sample": True, "num_beams": 2}, "exclude each other"),
        ({"num_beams": 2, "num_return_sequences": 3}, "More sequences are asked for"),
        ({"num_return_sequences": 2}, "More sequences are asked for"),
        ({"min_length": 9, "max_length": 8}, "min_length is more than max_length"),
        ({"min_new_tokens": 9, "max_new_tokens": 8}, "min_new_tokens is more"),
        ({"forced_eos_token_id": [2, 3], "suppress_tokens": [2, 3, 4]}, "forced_eos_token_id and suppress"),
        ({"forced_bos_token_id": 4, "suppress_tokens": 4}, "forced_bos_token_id and suppress"),
        ({"temperature": 0.5}, "temperature has no effect without do_sample"),
        ({"do_sample": False, "top_p": 0.5}, "top_p has no effect"),
        ({"length_penalty": 2.0}, "length_penalty has no effect without beams"),
        ({"early_stopping": "never"}, "early_stopping has no effect without beams"),
        ({"guidance_scale": 1.5}, "guidance_scale is not supported"),
        ({"encoder_no_repeat_ngram_size": 3}, "encoder_no_repeat_ngram_size is not supported"),
    ],
)
def test_contradictions_are_refused_with_the_reason(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        GenerationConfig.from_dict({}, **settings)


def test_what_a_file_says_without_effect_is_no_error() -> None:
    """Published files have a temperature of 0 where nothing is drawn."""
    assert GenerationConfig.from_dict({"temperature": 0, "do_sample": False}).temperature == 1
    file = {
        "temperature": 0.6,
        "top_p": 0.9,
        "length_penalty": 2.0,
        "guidance_scale": 1.0,
        "dola_layers": None,
    }
    config = GenerationConfig.from_dict(file)
    assert not config.do_sample and config.temperature == 0.6
    # Neither is asking for what has no effect anyway.
    assert config.updated(temperature=1.0).temperature == 1.0


def test_names_that_are_not_known() -> None:
    assert GenerationConfig.from_dict({"alignment_heads": [[1, 2]]}).extra == {"alignment_heads": [[1, 2]]}
    with pytest.raises(UnknownNameError, match="Did you mean 'temperature'"):
        GenerationConfig.from_dict({}, temprature=0.5)
    with pytest.raises(ModelError, match="guidance_scale is not supported"):
        GenerationConfig.from_dict({"guidance_scale": 2})
    with pytest.raises(ModelError, match="holds no object"):
        GenerationConfig.from_dict([])  # type: ignore[arg-type]


def test_several_draws_need_no_beams() -> None:
    assert GenerationConfig(do_sample=True, num_return_sequences=5).num_return_sequences == 5
