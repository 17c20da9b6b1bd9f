"""JSON schemas as forms: what is taken, and what is refused with its place."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from wardian.components import FilledForm, FormFields
from wardian.errors import InputError
from wardian.pipelines.form_filling import FilledField
from wardian.preprocessing.form_schema import KINDS, MOST_FIELDS, FormField, read_form
from wardian.tasks._fill_forms import APPOINTMENT, CONTACT, INVOICE


def test_every_kind() -> None:
    properties: dict[str, Any] = {kind: dict(words) for kind, words in KINDS.items()}
    properties["choice"] = {"enum": ["a", "b", "a", None], "title": "Which"}
    fields = read_form(json.dumps({"type": "object", "properties": properties, "required": ["date"]}))
    assert [field.kind for field in fields] == [*KINDS, "choice"]
    assert [field.name for field in fields if field.required] == ["date"]
    assert (fields[-1].choices, fields[-1].title, fields[0].title) == (("a", "b"), "Which", "text")
    assert [len(read_form(form)) for form in (APPOINTMENT, INVOICE, CONTACT)] == [6, 6, 6]


def test_a_field_has_names_in_other_languages() -> None:
    """The model reads one of them."""
    (first, *_) = read_form(APPOINTMENT)
    assert (first.title, first.titles) == ("Patient", {"zh": "患者"})
    assert all(field.titles["zh"] for form in (APPOINTMENT, INVOICE, CONTACT) for field in read_form(form))
    made = FilledForm().postprocess([FilledField(f, None) for f in (first, FormField("a", "A", "text"))])
    assert [field.get("titles") for field in made["fields"]] == [{"zh": "患者"}, None]


def of(**schema: Any) -> dict[str, Any]:
    return {"properties": {"a": schema}}


REFUSED: list[tuple[Any, str]] = [
    ("{", "no JSON"), ("[]", "no JSON schema"), ("[" * 100_000, "too long"), ("[" * 40_000, "no JSON schema"),
    (" " * 1_000_000, "too long"), (None, "no JSON schema"), (7, "no JSON schema"), ({}, "no fields"),
    ({"type": "array", "properties": {}}, "no fields"), ({"properties": {}}, "wrong number"),
    ({"properties": {str(i): {"type": "string"} for i in range(MOST_FIELDS + 1)}}, "wrong number"),
    (of(type="object"), r"kind .*\$\.properties\.a"), (of(type="array", items={}), "keyword"),
    (of(type="string", format="uri"), "kind"), (of(type=["string", "number"]), "kind"),
    (of(type="string", pattern="a"), "keyword.*'pattern'"),
    (of(enum=[]), "choices"), (of(enum=[1]), "choices"), (of(enum=["x" * 81]), "choices"),
    (of(enum="abc"), "choices"),
    (of(type="string", title="x" * 81), "name"), (of(type="string", title="a\nb"), "name"),
    (of(**{"x-title": "b"}), "not by language"), (of(**{"x-title": {"zh": 1}}), "name"),
    (of(type="string", title="\ud800"), "name"), (of(enum=["\udc00"]), "choices"), (of(), "kind"),
    ({"properties": {"a": True}}, "not described"), ({"properties": {" ": {"type": "string"}}}, "name"),
    ({"properties": {"a": {"type": "string"}}, "required": ["b"]}, "required"),
    ({"properties": {"a": {"type": "string"}}, "allOf": []}, "keyword.*'allOf'"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_no_form_is_refused(number: int) -> None:
    schema, said = REFUSED[number]
    with pytest.raises(InputError) as error:
        FormFields().preprocess(schema)
    assert re.search(said, str(error.value)), error.value


def test_a_form_on_the_command_line() -> None:
    component = FormFields()
    assert [field.title for field in component.preprocess(component.read("Name, City"))] == ["Name", "City"]
    assert component.preprocess(component.read(json.dumps(INVOICE)))[4].kind == "number"
