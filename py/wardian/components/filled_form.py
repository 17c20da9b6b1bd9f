"""A form that was filled in from a text, for the visitor to correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wardian.components.base import Output

if TYPE_CHECKING:
    from wardian.pipelines.form_filling import FilledField

__all__ = ["FilledForm"]


class FilledForm(Output):
    """Fields with their values, which the page lets the visitor edit; beside them the JSON that they make.

    The value is a list of `FilledField`. The payload has the list `fields`, each with `name`, `title`,
    `kind`, `choices`, `required`, `value` (null where the text does not say), and `start` and `end`:
    characters of the text that it was taken from. `titles` are there where a field has some.
    """

    def __init__(self, label: str | Mapping[str, str] = "Form") -> None:
        super().__init__(label)

    def postprocess(self, value: Sequence[FilledField]) -> dict[str, Any]:
        """
        >>> from wardian.pipelines.form_filling import FilledField
        >>> from wardian.preprocessing.form_schema import FormField
        >>> filled = FilledField(FormField("n", "Number", "integer"), 7, 3, 4)
        >>> FilledForm().postprocess([filled])["fields"][0]["value"]
        7
        """
        return {
            "fields": [
                {
                    "name": one.field.name,
                    "title": one.field.title,
                    "kind": one.field.kind,
                    "choices": list(one.field.choices),
                    "required": one.field.required,
                    "value": one.value,
                    "start": one.start,
                    "end": one.end,
                    **({"titles": dict(one.field.titles)} if one.field.titles else {}),
                }
                for one in value
            ]
        }
