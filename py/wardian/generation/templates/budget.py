"""What a template may cost: counted, not timed, so that the same template is refused everywhere or nowhere.

A unit is about one node of the template that is evaluated once, or eight characters that are read or written.
Whatever makes text of a value, or compares it, is charged the value's weight, all of its parts counted. The
containers of a sandbox do not change, so a container is weighed once; what holds the same part a thousand
times is heavy without being large, and is found heavy without being walked.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, KeysView, Mapping, Sized, ValuesView
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

__all__ = ["CHARACTERS", "MOST_NESTED", "Budget", "RefusedError"]

CHARACTERS = 8
"""Characters that cost as much as one node."""
MOST_NESTED = 64
"""Calls inside calls, and containers inside containers; jinja2 needs about six frames of Python for a
call.
"""

_ATOMS = (int, float, bool, type(None))
_T = TypeVar("_T")


class RefusedError(Exception):
    """The template asks for what it may not have; the text is a sentence for whoever reads the error."""


class Budget:
    """What is left of `units`, how deep calls are nested, and what containers weigh.

    >>> budget = Budget(100)
    >>> budget.weight(["a" * 80, 1])
    13
    >>> pair = [1, 2]
    >>> for _ in range(40):
    ...     pair = [pair, pair]
    >>> budget.weigh(pair)
    Traceback (most recent call last):
    wardian.generation.templates.budget.RefusedError: The chat template takes too long or makes too much text.
    """

    __slots__ = ("_known", "depth", "left")

    def __init__(self, units: int) -> None:
        self.left = units
        self.depth = 0
        # The container is kept, so that its id stays its own.
        self._known: dict[int, tuple[object, int]] = {}

    def charge(self, units: int) -> None:
        """Take from what is left. Raises RefusedError when there is not enough."""
        self.left -= units
        if self.left < 0:
            self.left = 0
            raise RefusedError("The chat template takes too long or makes too much text.")

    def weigh(self, value: _T) -> _T:
        """Charge all of a value, and give it back."""
        self.charge(self.weight(value))
        return value

    def skim(self, value: object) -> None:
        """Charge for looking at each item of a value, not into it."""
        if isinstance(value, (str, bytes)):
            self.charge(len(value) // CHARACTERS + 1)
        else:
            self.charge(len(value) + 1 if isinstance(value, Sized) else 1)

    def weight(self, value: object, nested: int = 0) -> int:
        """Units of a value as a tree: an atom or an object is 1, text goes by its length."""
        if isinstance(value, (str, bytes)):
            return len(value) // CHARACTERS + 1
        if isinstance(value, _ATOMS):
            return 1
        if isinstance(value, range):
            return len(value) + 1
        parts = _parts(value)
        if parts is None:
            return 1
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        if nested > MOST_NESTED:
            raise RefusedError(f"The chat template nests lists or mappings deeper than {MOST_NESTED}.")
        found = 1 + sum(self.weight(part, nested + 1) for part in parts)
        if not isinstance(value, (KeysView, ItemsView, ValuesView)):
            self._known[id(value)] = (value, found)
        return found


def _parts(value: object) -> Iterable[Any] | None:
    """What a container holds, None for what is none."""
    if isinstance(value, Mapping):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, AbstractSet, ValuesView)):
        return value
    if getattr(type(value), "changes", False):
        # A namespace, whose weight may be another one the next time.
        raise RefusedError("The chat template makes text of a namespace, or compares it.")
    return None
