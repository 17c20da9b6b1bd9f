"""Forms filled in by a model whose scores mean nothing: whatever it wants, every value stands in the text."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.generation.constrained import RandomDecoder
from tests.support import run

from wardian.components import FilledForm
from wardian.errors import InputError, ModelError
from wardian.pipelines.form_filling import Candidate, FilledField, _decided, fill_form
from wardian.postprocessing.form import find_values
from wardian.preprocessing.form_schema import FormField, read_form
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.byte_level import CHAR_TO_BYTE

FORM = read_form(
    {
        "properties": {
            "name": {"type": "string"}, "place": {"type": "string"}, "count": {"type": "integer"},
            "total": {"type": "number"},
            "issued": {"type": "string", "format": "date"}, "due": {"type": "string", "format": "date"},
            "mail": {"type": "string", "format": "email"}, "size": {"enum": ["small", "large", "huge"]},
        },
        "required": ["name"],
    }
)  # fmt: skip
TEXTS = [
    "Ann Lee (Łódź) wants 12 small or large boxes for 80.50 by 3 May 2025, not 2025-06-01. ann@lee.example",
    "你好，我叫李雷。\nHuge!", "2025-06-01", "a", "\n12\n",
]  # fmt: skip


def byte_tokenizer() -> Tokenizer:
    vocab = {character: index for index, character in enumerate(CHAR_TO_BYTE)}
    return Tokenizer.from_str(
        json.dumps(
            {
                "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                "pre_tokenizer": {
                    "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True,
                },
                "post_processor": None, "decoder": {"type": "ByteLevel"},
                "model": {"type": "BPE", "vocab": vocab, "merges": []},
            }
        ),
        backend="python",
    )  # fmt: skip


def filled(
    text: str, seed: int = 0, form: list[FormField] = FORM, decoder: Any = None, **pipe: Any
) -> list[Any]:
    async def steps() -> list[Any]:
        model = {
            "tokenizer": byte_tokenizer(),
            "decoder": decoder or RandomDecoder(256, seed),
            "context": 4_000,
        }
        given: Any = SimpleNamespace(**{**model, **pipe})
        return [some async for some in fill_form(text, form, given, lambda *said: told.append(said))]

    told: list[tuple[str, int, int]] = []
    found = run(steps())
    assert told == [("fields", number, len(form)) for number in range(len(form))]
    return found


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(2))
def test_every_value_stands_in_the_text(text: str, seed: int) -> None:
    steps = filled(text, seed)
    assert [len(some) for some in steps] == list(range(1, len(FORM) + 1))
    known = {(one.start, one.value) for one in find_values(text)}
    for one in steps[-1]:
        if one.value is None:
            assert (one.start, one.end) == (0, 0)
        elif one.field.kind == "text":
            assert text[one.start : one.end] == one.value and "\n" not in one.value
        elif one.field.kind == "choice":
            assert text[one.start : one.end].lower() == one.value
        else:
            assert (one.start, one.value) in known
    assert len(json.loads(json.dumps(FilledForm().postprocess(steps[-1])))["fields"]) == len(FORM)


def test_what_is_there_once_for_one_field_needs_no_model() -> None:
    class Unasked(RandomDecoder):
        async def logits(self, ids: Any) -> Any:
            raise AssertionError("the model was asked")

    form = read_form(
        {"properties": {"a": {"type": "string", "format": "email"}, "b": {"enum": ["small", "big"]}}}
    )
    steps = filled("x@y.example: a small one", form=form, decoder=Unasked(256))
    assert [one.value for one in steps[-1]] == ["x@y.example", "small"]


def test_fields_that_want_the_same_are_decided_between() -> None:
    def text(value: str, start: int, score: float) -> Candidate:
        return Candidate(value, start, start + len(value), score)

    patient, doctor, count = (
        FormField(name, name, kind) for name, kind in (("p", "text"), ("d", "text"), ("c", "integer"))
    )  # type: ignore[arg-type]
    found = _decided(
        [patient, doctor, count],
        [
            [text("Osei", 20, -1.4), text("Laura", 0, -4.6)],
            [text("Osei", 20, -2.3)],
            [Candidate(7, 21, 22, -0.1)],
        ],
    )
    # The number inside of the doctor's name is none by itself.
    assert [one.value for one in found] == ["Laura", "Osei", None]
    assert _decided([patient], [[text("7", 3, -1.8), text("7 Mill Road", 3, -4.0)]])[0].value == "7 Mill Road"
    assert _decided([patient], [[text("Laura", 0, -40.0)]]) == [FilledField(patient, None)]


def test_errors_are_typed() -> None:
    class Broken(RandomDecoder):
        async def logits(self, ids: Any) -> Any:
            return np.full((len(ids), self.vocabulary), np.nan, np.float32)

    with pytest.raises(ModelError, match="no numbers"):
        filled(TEXTS[0], decoder=Broken(256))
    with pytest.raises(InputError, match="half a character"):
        filled("Ann \ud800 Lee")
    with pytest.raises(InputError, match="too long for the model"):
        filled("word " * 300, context=900)
