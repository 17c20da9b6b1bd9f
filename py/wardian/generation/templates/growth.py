"""Operations whose result may be much larger than what they are given: what they will cost, before they run.

Each check takes the budget, and the arguments as the operation will get them; it charges the size of the
result, or raises RefusedError.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

from wardian.generation.templates.budget import CHARACTERS, Budget, RefusedError

__all__ = ["FILTERS", "METHODS", "check_format", "check_operator"]

MOST_BITS = 1 << 16
"""Of an integer that is calculated with; Python itself writes no integer of more than 4,300 digits."""

Check = Callable[[Budget, list[Any], dict[str, Any]], None]
_DIGITS = re.compile(r"\d+")


def check_operator(budget: Budget, operator: str, left: Any, right: Any) -> None:
    """Charge `left operator right`."""
    for value in (left, right):
        if isinstance(value, int) and value.bit_length() > MOST_BITS:
            raise RefusedError(f"The chat template calculates with integers of more than {MOST_BITS} bits.")
    if operator == "%" and isinstance(left, (str, bytes)):
        _percent(budget, left, right)
    elif operator == "*":
        _times(budget, left, right)
        _times(budget, right, left)
    elif operator == "**":
        _power(left, right)
    else:
        cost = sum(len(value) for value in (left, right) if isinstance(value, Sized))
        budget.charge(cost // CHARACTERS + 1)


def _times(budget: Budget, items: Any, count: Any) -> None:
    if isinstance(count, int) and isinstance(items, (str, bytes, list, tuple)):
        budget.charge(len(items) * max(int(count), 0) // CHARACTERS + 1)


def _power(base: Any, exponent: Any) -> None:
    integers = isinstance(base, int) and isinstance(exponent, int)
    if integers and exponent > 0 and base.bit_length() * exponent > MOST_BITS:
        raise RefusedError(f"The chat template calculates with integers of more than {MOST_BITS} bits.")


def _percent(budget: Budget, pattern: str | bytes, values: Any) -> None:
    """`pattern % values`: widths may be in the pattern, or, for `*`, among the values."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    budget.charge(_numbers(text) // CHARACTERS + (1 + text.count("%")) * budget.weight(values))
    if "*" in text:
        given = values if isinstance(values, tuple) else (values,)
        budget.charge(sum(abs(one) for one in given if isinstance(one, int)))


def check_format(budget: Budget, pattern: str, args: list[Any], kwargs: Mapping[str, Any]) -> None:
    """`pattern.format(*args, **kwargs)`."""
    weight = budget.weight(args) + budget.weight(dict(kwargs))
    for literal, name, form, _ in string.Formatter().parse(pattern):
        budget.charge(len(literal) // CHARACTERS + 1)
        if name is not None:
            if form and "{" in form:
                raise RefusedError("The chat template has a format inside of a format.")
            budget.charge(weight + _numbers(form or "") // CHARACTERS)


def _numbers(text: str) -> int:
    """The sum of all numbers in a pattern."""
    total = 0
    for digits in _DIGITS.findall(text):
        if len(digits) > 9:
            raise RefusedError("The chat template asks for a width of more than nine digits.")
        total += int(digits)
    return total


def _given(args: Sequence[Any], kwargs: Mapping[str, Any], index: int, name: str, default: Any) -> Any:
    return args[index] if len(args) > index else kwargs.get(name, default)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, Sized) else 1


def _width(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    """A width or a count among the arguments after the first."""
    numbers = [value for value in (*args[1:], *kwargs.values()) if isinstance(value, int)]
    budget.charge(sum(max(value, 0) for value in numbers))


def _tabs(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    size = _given(args, kwargs, 1, "tabsize", 8)
    if isinstance(size, int):
        budget.charge(_length(args[0]) * max(size, 0) // CHARACTERS)


def _replace(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    """`replace(text, old, new)`, as a method or a filter."""
    if len(args) > 1 and not kwargs.keys() & {"old", "s"} and _is_text(args[0], args[1]):
        new = _given(args, kwargs, 2, "new", "")
        budget.charge(args[0].count(args[1]) * _length(new) // CHARACTERS)
    elif args:
        pieces = [*args[1:], *kwargs.values()]
        budget.charge(budget.weight(args[0]) * CHARACTERS * sum(_length(piece) for piece in pieces))


def _is_text(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values) or all(
        isinstance(value, bytes) for value in values
    )


def _join_method(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    if len(args) > 1:
        args[1] = _joined(budget, args[1], args[0])


def _join_filter(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    if args:
        args[0] = _joined(budget, args[0], _given(args, kwargs, 1, "d", ""))


def _joined(budget: Budget, items: Any, glue: Any) -> Any:
    """The items as something that has a length, charged with what is between them."""
    if not isinstance(items, Sized) and hasattr(items, "__next__"):
        items = list(items)
    budget.charge(budget.weight(items) + _length(items) * _length(glue) // CHARACTERS)
    return items


def _translate(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    table = args[1] if len(args) > 1 else ""
    values = list(table.values()) if isinstance(table, Mapping) else table
    longest = max(map(_length, values), default=1) if isinstance(values, (str, bytes, list, tuple)) else 1
    budget.charge(_length(args[0]) * longest // CHARACTERS)


def _percent_filter(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    if args:
        _percent(budget, str(args[0]), kwargs or tuple(args[1:]))


def _indent(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    width = _given(args, kwargs, 1, "width", 4)
    size = width if isinstance(width, int) else _length(width)
    if args and isinstance(args[0], str):
        budget.charge((args[0].count("\n") + 2) * max(size, 0) // CHARACTERS)


def _wordwrap(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    glue = _given(args, kwargs, 3, "wrapstring", None) or "\n"
    budget.charge(_length(args[0] if args else "") * (_length(glue) + CHARACTERS))


def _tojson(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Every part may begin a line, indented by all containers around it."""
    indent = _given(args, kwargs, 2, "indent", None)
    separators = _given(args, kwargs, 3, "separators", None)
    size = indent if isinstance(indent, int) else _length(indent) if indent is not None else 0
    if size > 100:
        raise RefusedError("The chat template indents JSON by more than 100 characters.")
    between = sum(_length(one) for one in separators) if isinstance(separators, (list, tuple)) else 2
    budget.charge(budget.weight(args[0] if args else None) * (max(size, 0) + between) // CHARACTERS)


def _sum(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Lists are added one by one, each time all that came before are copied."""
    if not isinstance(_given(args, kwargs, 2, "start", 0), (int, float)) and args:
        if not isinstance(args[0], Sized):
            args[0] = list(args[0])
        budget.charge(budget.weight(args[0]) * len(args[0]) // CHARACTERS)


def _sorted(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    budget.charge(budget.weight(args[0] if args else None) * 16)


def _round(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    precision = _given(args, kwargs, 1, "precision", 0)
    if isinstance(precision, int) and abs(precision) > 1000:
        raise RefusedError("The chat template rounds to more than 1000 digits.")


def _striptags(budget: Budget, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Each tag that is taken out copies the text."""
    if args and isinstance(args[0], str):
        budget.charge(args[0].count("<") * len(args[0]) // CHARACTERS)


#: Methods of text and numbers by name: args[0] is the object itself.
METHODS: dict[str, Check] = {
    "center": _width, "ljust": _width, "rjust": _width, "zfill": _width, "to_bytes": _width,
    "expandtabs": _tabs, "replace": _replace, "join": _join_method, "translate": _translate,
    "striptags": _striptags,
}  # fmt: skip

#: Filters by name: args[0] is what they filter.
FILTERS: dict[str, Check] = {
    "center": _width, "batch": _width, "slice": _width, "truncate": _width,
    "indent": _indent, "replace": _replace, "join": _join_filter, "format": _percent_filter,
    "wordwrap": _wordwrap, "tojson": _tojson, "sum": _sum, "round": _round, "striptags": _striptags,
    "sort": _sorted, "unique": _sorted, "groupby": _sorted, "dictsort": _sorted,
}  # fmt: skip
