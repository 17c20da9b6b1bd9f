"""A fitted estimator as `elsewhere/sklearn_describe.py` wrote it down: class, parameters, attributes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Described", "number_of"]


class Described:
    """One estimator; `label` is where it stands, for messages: "step 'scale' (StandardScaler)"."""

    def __init__(
        self, path: Path, table: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], label: str = ""
    ) -> None:
        self.path, self.arrays = path, arrays
        self.kind = str(table.get("class", ""))
        self.label = f"{label} ({self.kind})" if label else self.kind
        self._params, self._fitted = dict(table.get("params") or {}), dict(table.get("fitted") or {})
        self.foreign = not str(table.get("module", "sklearn.")).startswith("sklearn.")

    def param(self, name: str, default: Any = None) -> Any:
        """A parameter: None, bool, number, text, or lists of them. Raises for functions and other objects."""
        value = self._params.get(name, default)
        if isinstance(value, dict) and "unknown" in value:
            raise self.unsupported(f"with {name}={value['unknown']}", "code has no form in a model folder")
        return number_of(value) if isinstance(value, dict) and "float" in value else value

    def array_param(self, name: str) -> NDArray[np.float64]:
        """A parameter that is a list of numbers."""
        value = self.plain(self._params.get(name), name)
        if not all(isinstance(one, (int, float)) for one in value):
            raise self.bad(name, "numbers", f"{value!r:.80}")
        return np.array(value, np.float64)

    def require(self, name: str, *allowed: Any) -> None:
        """Refuses other values of a parameter; the first is its default."""
        value = self.param(name, allowed[0])
        if not any(value is one or value == one for one in allowed):
            shown = " or ".join(map(repr, allowed))
            raise self.unsupported(f"with {name}={value!r:.60}", f"fit it with {name}={shown}")

    def has(self, name: str) -> bool:
        """Whether it was fitted with an attribute that is not None."""
        return self._fitted.get(name) is not None

    def raw(self, name: str) -> Any:
        """A fitted attribute as it was written down. Raises ConversionError where there is none."""
        if name not in self._fitted:
            raise ConversionError(
                self.path,
                "is not fitted",
                place=self.label,
                expected=name,
                received=", ".join(self._fitted)[:200],
            )
        return self._fitted[name]

    def array(self, name: str) -> NDArray[Any]:
        """A fitted attribute as numbers: float64, or whole numbers as they are."""
        value = self.raw(name)
        found: NDArray[Any]
        if isinstance(value, dict) and value.get("array") in self.arrays:
            found = self.arrays[value["array"]]
        elif isinstance(value, (list, int, float, dict)):
            numbers = [number_of(one) for one in (value if isinstance(value, list) else [value])]
            found = np.array(numbers) if isinstance(value, list) else np.array(numbers[0])
        else:
            raise self.bad(name, "numbers", f"{value!r:.80}")
        if found.dtype.kind not in "fiub":
            raise self.bad(name, "numbers", str(found.dtype))
        return found.astype(np.float64) if found.dtype.kind == "f" else found

    def values(self, name: str) -> list[Any]:
        """A fitted attribute as a list of numbers, texts, or None for missing values."""
        return self.plain(self.raw(name), name)

    def plain(self, value: Any, name: str) -> list[Any]:
        """A list out of what was written down for a sequence."""
        if isinstance(value, dict) and value.get("array") in self.arrays:
            value = self.arrays[value["array"]].reshape(-1).tolist()
        if not isinstance(value, list):
            raise self.bad(name, "a list", f"{value!r:.80}")
        return [number_of(one) for one in value]

    def child(self, table: Any, label: str) -> Described:
        """An estimator inside of this one."""
        if not isinstance(table, dict) or "class" not in table:
            raise self.bad(label, "an estimator", f"{table!r:.80}")
        return Described(self.path, table, self.arrays, label)

    def fitted(self, name: str, label: str = "") -> Described:
        return self.child(self.raw(name), label or f"{self.label}.{name}")

    def unsupported(self, what: str, remedy: str) -> UnsupportedError:
        return UnsupportedError(self.path, [(f"{self.label} {what}".strip(), remedy)])

    def bad(self, place: str, expected: str, received: str) -> ConversionError:
        return ConversionError(
            self.path,
            "describes an estimator badly",
            place=f"{self.label}, {place}",
            expected=expected,
            received=received,
        )


def number_of(value: Any) -> Any:
    """A number that JSON has no form for; missing values as NaN; everything else as it is.

    >>> number_of({"float": "inf"}), number_of("a"), number_of(None)
    (inf, 'a', None)
    """
    if isinstance(value, dict) and isinstance(value.get("float"), str):
        try:
            return float(value["float"])
        except ValueError:
            return math.nan
    return value
