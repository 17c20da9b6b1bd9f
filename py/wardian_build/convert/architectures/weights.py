"""A model's tensors by the names of Hugging Face's modules, checked against what the configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Config", "ModelWeights", "Weights"]

Weights = Mapping[str, NDArray[Any]]

#: Checkpoints that were once converted from TensorFlow have its names; transformers renames them, too.
_OLD_NAMES = {".LayerNorm.weight": ".LayerNorm.gamma", ".LayerNorm.bias": ".LayerNorm.beta"}


class ModelWeights:
    """Tensors of a file, with or without the prefix of the base model ("bert."), and which of them were used.

    >>> weights = ModelWeights({"bert.pooler.bias": np.zeros(3, np.float16)}, "bert", "tiny.safetensors")
    >>> weights.get("pooler.bias", (3,)).dtype.name, weights.unused()
    ('float32', [])
    """

    def __init__(self, tensors: Weights, prefix: str, file: str) -> None:
        self._tensors, self._prefix, self.file = tensors, prefix, file
        self._used: set[str] = set()

    def has(self, name: str) -> bool:
        return self._find(name) is not None

    def get(self, name: str, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
        """A tensor as float32; None in `shape` takes every length.

        Raises ConversionError when it is not there, has another shape, or is not of floats.
        """
        found = self._find(name)
        if found is None:
            raise ConversionError(
                self.file,
                "lacks a tensor that the configuration asks for",
                expected=f"{name} {_shape(shape)}",
                hint="Is it of another architecture or head than config.json says? --kind names the head.",
            )
        tensor = self._tensors[found]
        fits = len(shape) == tensor.ndim and all(
            wanted in (None, length) for wanted, length in zip(shape, tensor.shape, strict=True)
        )
        if not fits or tensor.dtype.kind != "f":
            raise ConversionError(
                self.file,
                "holds a tensor that does not fit config.json",
                place=found,
                expected=f"floats {_shape(shape)}",
                received=f"{tensor.dtype.name} {_shape(tensor.shape)}",
            )
        self._used.add(found)
        return np.asarray(tensor, np.float32)

    def unused(self) -> list[str]:
        """Names of tensors that nobody asked for."""
        return sorted(set(self._tensors) - self._used)

    def _find(self, name: str) -> str | None:
        names = [name]
        names += [name.removesuffix(new) + old for new, old in _OLD_NAMES.items() if name.endswith(new)]
        for candidate in names:
            for full in (f"{self._prefix}.{candidate}", candidate):
                if full in self._tensors:
                    return full
        return None


class Config:
    """`config.json` with checked access; every error names the field.

    >>> Config({"hidden_size": 12}).integer("hidden_size")
    12
    """

    def __init__(self, table: Mapping[str, Any], file: str = "config.json") -> None:
        self.table, self.file = table, file

    def integer(self, name: str, default: int | None = None) -> int:
        value = self.table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise self._error(name, "an integer from 0 on", value)
        return value

    def positive(self, name: str, most: int | None = None) -> int:
        value = self.integer(name)
        if value == 0 or (most is not None and value > most):
            wanted = "an integer from 1 on" if most is None else f"an integer from 1 to {most:,}"
            raise self._error(name, wanted, value)
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise self._error(name, "a number from 0 to 1", value)
        return float(value)

    def width(self, hidden: str, heads: str) -> tuple[int, int]:
        """(number of heads, features of each)."""
        features, count = self.positive(hidden), self.positive(heads)
        if features % count:
            raise self._error(heads, f"a divisor of {hidden} = {features}", count)
        return count, features // count

    @property
    def labels(self) -> int:
        """Number of classes: the length of id2label, 2 where there is none, as transformers has it."""
        named = self.table.get("id2label")
        if named is None:
            return self.integer("num_labels", 2)
        if not isinstance(named, dict) or not named:
            raise self._error("id2label", "an object: numbers from 0 on to labels", named)
        return len(named)

    def refuse(self, settings: Mapping[str, tuple[object, ...]]) -> None:
        """Raises UnsupportedError naming every setting whose value is none of those that are supported."""
        wrong = [
            (f"{name} = {self.table[name]!r}", f"only {' or '.join(map(repr, supported))} is supported")
            for name, supported in settings.items()
            if name in self.table and self.table[name] not in supported
        ]
        if wrong:
            raise UnsupportedError(self.file, wrong)

    def _error(self, name: str, expected: str, value: object) -> ConversionError:
        received = "nothing" if name not in self.table else repr(value)[:80]
        return ConversionError(self.file, "is broken", place=name, expected=expected, received=received)


def _shape(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("?" if length is None else str(length) for length in shape) + ")"
