"""Bytes of a file's ends as numbers, as Magika's models read them (Fratantonio 2024, arXiv:2409.13768)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError
from wardian.preprocessing.file_ends import FileEnds

__all__ = ["FileBytes"]


@dataclass(frozen=True, slots=True)
class FileBytes:
    """How many bytes a model reads, and of which blocks at the ends they are taken."""

    beg_size: int
    end_size: int
    block_size: int
    padding_token: int
    min_file_size: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FileBytes:
        """From Magika's `config.min.json`. Raises ModelError for one that is broken or reads other places.

        >>> FileBytes.from_config({"beg_size": 4, "mid_size": 2, "end_size": 4, "block_size": 8,
        ...                        "padding_token": 256, "min_file_size_for_dl": 2})
        Traceback (most recent call last):
        wardian.errors.ModelError: The model reads other places of a file than its ends. Expected \
mid_size 0, use_inputs_at_offsets false; received mid_size 2, use_inputs_at_offsets False.
        """
        names = ("beg_size", "end_size", "block_size", "padding_token", "min_file_size_for_dl")
        values = [config.get(name) for name in names]
        if not all(isinstance(value, int) and value > 0 for value in values):
            raise ModelError(
                "config.json does not say what the model reads of a file.",
                expected=f"{', '.join(names)}, all positive",
                received=", ".join(f"{name} {value!r}" for name, value in zip(names, values, strict=True)),
            )
        middle, offsets = config.get("mid_size", 0), bool(config.get("use_inputs_at_offsets"))
        if middle or offsets:
            raise ModelError(
                "The model reads other places of a file than its ends.",
                expected="mid_size 0, use_inputs_at_offsets false",
                received=f"mid_size {middle}, use_inputs_at_offsets {offsets}",
            )
        return cls(*(int(value) for value in values if value is not None))

    def __call__(self, file: FileEnds) -> NDArray[np.int32] | None:
        """The model's input, int32 (beg_size + end_size): bytes 0 … 255, and `padding_token` for none.

        Of the first block white space at its start is left out, of the last block that at its end. None for
        a file with fewer than `min_file_size` bytes after that: the model was not trained for these. Raises
        InputError when less than a block was read of a file that has more.

        >>> reader = FileBytes(4, 3, 8, 256, 2)
        >>> reader(FileEnds.of_bytes(b"  abcdefghi ")).tolist()
        [97, 98, 99, 100, 103, 104, 105]
        >>> reader(FileEnds.of_bytes(b" ab")).tolist()
        [97, 98, 256, 256, 32, 97, 98]
        """
        length = min(self.block_size, file.size)
        if len(file.head) < length:
            raise InputError(
                "Too little was read of the file's ends.",
                expected=f"{length:,} bytes",
                received=f"{len(file.head):,} bytes",
            )
        if file.size < self.min_file_size:
            return None
        first = file.head[:length].lstrip()[: self.beg_size]
        last = file.tail[len(file.tail) - length :].rstrip()[-self.end_size :]
        if len(first) < self.min_file_size:
            return None
        numbers = np.full(self.beg_size + self.end_size, self.padding_token, np.int32)
        numbers[: len(first)] = np.frombuffer(first, np.uint8)
        numbers[len(numbers) - len(last) :] = np.frombuffer(last, np.uint8)
        return numbers

    def is_text(self, file: FileEnds) -> bool:
        """Whether the first block is UTF-8: all there is to go by in a file that the model does not read."""
        try:
            file.head[: self.block_size].decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True
