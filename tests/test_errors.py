"""The hierarchy of errors and its wire form."""

from __future__ import annotations

import pytest

from wardian import errors
from wardian.errors import InputError, TensorError, UnknownNameError, WardianError, shorten

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, WardianError)
]


def test_the_docstring_draws_every_class() -> None:
    assert len(CLASSES) == 12
    for cls in CLASSES:
        assert cls.__name__ in (errors.__doc__ or ""), cls
        assert cls.__name__ in errors.__all__, cls


def test_input_errors_are_value_errors() -> None:
    assert {cls.__name__ for cls in CLASSES if issubclass(cls, ValueError)} == {
        "InputError",
        "TensorError",
        "UnknownNameError",
    }


def test_text_of_an_error() -> None:
    error = InputError("Too long.", value="'abc'", expected="2", received="3", hint="Cut it.")
    assert str(error) == "Too long. Got 'abc'; expected 2; received 3. Cut it."
    assert str(InputError("Too long.")) == "Too long."


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_survives_the_wire(cls: type[WardianError]) -> None:
    wire = {
        "kind": cls.__name__,
        "message": "M.",
        "value": "v",
        "expected": None,
        "received": "r",
        "hint": None,
    }
    error = WardianError.from_wire(wire)
    assert type(error) is cls
    assert error.to_wire() == {**wire, "details": None}
    assert str(error) == "M. Got v; received r."


def test_an_unknown_kind_is_the_base() -> None:
    assert type(WardianError.from_wire({"kind": "Strange", "message": None})) is WardianError


def test_near_names_are_suggested() -> None:
    error = UnknownNameError("task", "serch", ["digits", "search"])
    assert (error.hint, error.expected) == ("Did you mean 'search'?", "one of digits, search")
    assert UnknownNameError("task", "xyz", ["digits"], hint="Look there.").hint == "Look there."
    assert "none is there" in str(UnknownNameError("model", 3, []))


def test_values_are_shortened() -> None:
    assert shorten(b"x" * 10_000) == "10,000 bytes"
    assert len(shorten("é" * 10_000_000, 50)) <= 50
    assert shorten({"a": 1}) == "{'a': 1}"
    assert isinstance(TensorError("x"), InputError)
