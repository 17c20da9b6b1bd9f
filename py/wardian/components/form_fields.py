"""The fields of a form, which the visitor makes up or takes from a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input
from wardian.preprocessing.form_schema import MOST_FIELDS, FormField, read_form

__all__ = ["FormFields"]


class FormFields(Input):
    """A list of fields: title, kind, choices, required. The value is a list of FormField.

    The payload is the form's JSON schema, as `wardian.preprocessing.form_schema.read_form` takes it; the page
    makes it of its list, and takes one that is pasted or opened apart into the list again.
    """

    def __init__(
        self, label: str | Mapping[str, str] = "Fields", *, start: Mapping[str, Any] | None = None
    ) -> None:
        """`start` is the schema that a page begins with."""
        super().__init__(label)
        self.start = start

    def settings(self) -> dict[str, Any]:
        return {"start": self.start, "most": MOST_FIELDS}

    def read(self, argument: str) -> Any:
        """On the command line: the schema as JSON, or titles of texts with commas between them."""
        if argument.lstrip().startswith("{"):
            return argument
        titles = [title.strip() for title in argument.split(",") if title.strip()]
        return json.dumps({"properties": {title: {"type": "string"} for title in titles}})

    def preprocess(self, payload: Any) -> list[FormField]:
        """
        >>> FormFields().preprocess({"properties": {"city": {"type": "string", "title": "City"}}})
        [FormField(name='city', title='City', kind='text', choices=(), required=False)]

        Raises InputError as `read_form`.
        """
        return read_form(payload)
