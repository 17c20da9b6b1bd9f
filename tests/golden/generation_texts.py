"""Texts for the small models of `hf_generation.json`: their tokenizer of words "t0" to "t30", and what each
pipeline is asked.

`make_generation_texts.py` and the tests both use this file, so that `generation_texts.json` holds only what
came out. It needs nothing but the standard library and NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golden import generation_cases

GOLDEN = Path(__file__).with_name("generation_texts.json")

WORDS = 31
"""Entries of every vocabulary."""

#: M2M-100's tokens of languages, in place of two words.
LANGUAGES = {"en": 3, "de": 4}

#: What T5's configuration says of its tasks.
TASKS = {
    "summarization": {"prefix": "t7 t8 "},
    "translation_en_to_de": {"prefix": "t5 t6 "},
    "translation_en_to_fr": {"prefix": "t9 "},
}

COUNT = 12
"""Texts that each pipeline is given."""

#: Small models with random weights say one word again and again, unless that is forbidden.
_SHORT: dict[str, Any] = {"max_new_tokens": 9, "no_repeat_ngram_size": 1}


@dataclass(frozen=True)
class Case:
    """A pipeline over a model; `options` are languages, which a reference is told otherwise."""

    model: str
    kind: str
    options: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(_SHORT))


_BEAMS = {**_SHORT, "num_beams": 4}
CASES = {
    "llama": Case("llama", "text-generation"),
    "marian": Case("marian", "translation"),
    "marian-beams": Case("marian", "translation", settings=_BEAMS),
    "m2m_100": Case("m2m_100", "translation", {"src_lang": "en", "tgt_lang": "de"}),
    "m2m_100-back": Case("m2m_100", "translation", {"src_lang": "de", "tgt_lang": "en"}, _BEAMS),
    "mbart": Case("mbart", "translation", {"src_lang": "en", "tgt_lang": "de"}),
    "t5-de": Case("t5", "translation", {"src_lang": "en", "tgt_lang": "de"}),
    "t5-fr": Case("t5", "translation", {"src_lang": "en", "tgt_lang": "fr"}, _BEAMS),
    "t5-summary": Case("t5", "summarization"),
    "bart-summary": Case("bart", "summarization"),
    "bart-summary-beams": Case("bart", "summarization", settings=_BEAMS),
    "bart": Case("bart", "text2text-generation"),
    "mt5": Case("mt5", "text2text-generation"),
}


def specials(model: str) -> dict[str, int]:
    """The tokens that no text shows, by their names in a tokenizer's configuration."""
    if model in ("t5", "mt5"):
        return {"pad_token": 0, "eos_token": 1}
    if model == "llama":
        return {"bos_token": 1, "eos_token": 2}
    return {"bos_token": 0, "pad_token": 1, "eos_token": 2}


def languages(model: str) -> dict[str, int]:
    return LANGUAGES if model in ("m2m_100", "mbart") else {}


def word(model: str, index: int) -> str:
    """How a model's tokenizer writes a token; special ones are found within words, so they look like none."""
    if index in specials(model).values():
        return f"<{index}>"
    for code, place in languages(model).items():
        if place == index:
            return f"__{code}__" if model == "m2m_100" else code
    return f"t{index}"


def tokenizer(model: str) -> dict[str, Any]:
    """`tokenizer.json`: words at spaces; what an encoder reads ends with its EOS token."""
    hidden = {*specials(model).values(), *languages(model).values()}
    end = specials(model)["eos_token"]
    first, second = ({"Sequence": {"id": name, "type_id": index}} for index, name in enumerate("AB"))
    processor = {
        "type": "TemplateProcessing",
        "single": [first, {"SpecialToken": {"id": f"<{end}>", "type_id": 0}}],
        "pair": [first, second],
        "special_tokens": {f"<{end}>": {"id": f"<{end}>", "ids": [end], "tokens": [f"<{end}>"]}},
    }  # fmt: skip
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "decoder": None,
        "added_tokens": [{"id": i, "content": word(model, i), **flags} for i in sorted(hidden)],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None if model == "llama" else processor,
        "model": {
            "type": "WordLevel", "unk_token": "t30",
            "vocab": {word(model, index): index for index in range(WORDS)},
        },
    }  # fmt: skip


def texts(case: Case) -> list[str]:
    """Of three to nine words, without special ones; shorter where a prefix or a language comes before."""
    prompts = generation_cases.architecture_prompts(COUNT, encoder=False)
    return [" ".join(word(case.model, max(index, 5)) for index in prompt) for prompt in prompts]


def prefix(case: Case) -> str:
    """What T5 is told before a text."""
    if case.model != "t5":
        return ""
    pair = f"translation_{case.options.get('src_lang')}_to_{case.options.get('tgt_lang')}"
    return TASKS["summarization" if case.kind == "summarization" else pair]["prefix"]
