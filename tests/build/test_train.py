"""The trainer: gradients against finite differences, the ONNX file against the network, the split."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import PIL.Image
import pytest
from numpy.typing import NDArray

from wardian_build.errors import HashError
from wardian_build.train import mnist_data
from wardian_build.train.augment import Strength, bend, move_edges, vary
from wardian_build.train.cnn import Adam, Convolution, Dense, Flatten, MaxPool, Network, ReLU, cross_entropy
from wardian_build.train.digits import Settings, build_network
from wardian_build.train.export import export_digit_model


def small_network(generator: np.random.Generator) -> Network:
    """(n, 9, 9, 2) → 3 classes, in float64 so that finite differences are sharp."""
    layers = [
        Convolution(generator, 2, 3, 2),
        ReLU(),
        MaxPool(),
        Convolution(generator, 3, 4, 3),
        ReLU(),
        MaxPool(),
        Flatten(),
        Dense(generator, 4, 5),
        ReLU(),
        Dense(generator, 5, 3),
    ]
    for layer in layers:
        layer.parameters = [parameter.astype(np.float64) for parameter in layer.parameters]  # type: ignore[misc]
    return Network(layers)


def test_every_gradient_equals_finite_differences() -> None:
    generator = np.random.default_rng(3)
    network = small_network(generator)
    x, labels = generator.standard_normal((6, 9, 9, 2)), generator.integers(0, 3, 6)

    def loss() -> float:
        return cross_entropy(network.forward(x, training=True), labels)[0]

    _, gradient = cross_entropy(network.forward(x, training=True), labels)
    by_input = network.backward(gradient)
    step = 1e-5
    for values, found in [*zip(network.parameters, network.gradients, strict=True), (x, by_input)]:
        assert values.shape == found.shape
        for index in generator.choice(values.size, min(values.size, 12), replace=False):
            place = np.unravel_index(index, values.shape)
            before = values[place]
            values[place] = before + step
            higher = loss()
            values[place] = before - step
            lower = loss()
            values[place] = before
            # The loss's gradient is rounded to float32: 1e-7 relative, on values of order 0.1.
            assert found[place] == pytest.approx((higher - lower) / (2 * step), rel=1e-4, abs=1e-6)


def test_adam_by_hand() -> None:
    # The first step of Adam is rate × sign(gradient); the decay, for matrices alone, rate × decay × value.
    matrix, vector = np.full((1, 2), 2, np.float32), np.array([2], np.float32)
    Adam([matrix, vector], decay=0.5).step(
        [np.array([[4, -4]], np.float32), np.array([0.1], np.float32)], 0.1
    )
    np.testing.assert_allclose(matrix, [[2 - 0.1 * 0.5 * 2 - 0.1, 2 - 0.1 * 0.5 * 2 + 0.1]], rtol=1e-5)
    np.testing.assert_allclose(vector, [1.9], rtol=1e-5)


def test_a_network_learns() -> None:
    generator = np.random.default_rng(5)
    labels = np.arange(40) % 4
    images = np.zeros((40, 28, 28, 1), np.float32)
    for image, label in zip(images, labels, strict=True):
        row, column = 7 + 14 * (label // 2), 7 + 14 * (label % 2)
        image[row - 2 : row + 2, column - 2 : column + 2] = generator.uniform(0.5, 1)
    network = build_network(Settings(channels=(2, 3), hidden=8, dropout=0.1), generator)
    optimizer = Adam(network.parameters)
    for _ in range(60):
        _, gradient = cross_entropy(network.forward(images, training=True), labels)
        network.backward(gradient)
        optimizer.step(network.gradients, 0.01)
    assert (network.forward(images).argmax(axis=1) == labels).all()


def test_the_onnx_file_equals_the_network() -> None:
    network = build_network(Settings(), np.random.default_rng(1))
    data = export_digit_model(network)
    assert data == export_digit_model(network)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    assert len(data) < 500_000
    session = onnxruntime.InferenceSession(data)
    assert [(i.name, i.shape, i.type) for i in session.get_inputs()] == [
        ("Input3", [1, 1, 28, 28], "tensor(float)")
    ]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [("Plus214_Output_0", [1, 10])]
    image = np.random.default_rng(2).random((1, 28, 28, 1), np.float32)
    found = session.run(None, {"Input3": image.reshape(1, 1, 28, 28)})[0]
    np.testing.assert_allclose(found, network.forward(image), rtol=0, atol=1e-5)


def test_the_split_is_stratified_and_disjoint() -> None:
    digits = numbered_digits()
    training, held_out = mnist_data.split_digits(digits)
    fitting, validation = mnist_data.split_validation(training)
    assert np.bincount(held_out.labels).tolist() == [100] * 10
    assert np.bincount(validation.labels).tolist() == [60] * 10
    parts = [set(numbers(part)) for part in (fitting, validation, held_out)]
    assert [len(part) for part in parts] == [3400, 600, 1000]
    assert len(set.union(*parts)) == 5000
    # Pinned: another split would let training images into the evaluation unnoticed.
    assert hash_of(numbers(held_out)) == HELD_OUT_SHA256


def numbered_digits() -> mnist_data.Digits:
    """5,000 images that carry their own number, in the data set's order of classes."""
    images = np.zeros((5000, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(5000), 256)
    return mnist_data.Digits(images, np.repeat(np.arange(10), 500))


def numbers(digits: mnist_data.Digits) -> list[int]:
    return [int(high) * 256 + int(low) for high, low in digits.images[:, 0, :2]]


def hash_of(values: list[int]) -> str:
    return hashlib.sha256(np.array(sorted(values), "<i8").tobytes()).hexdigest()


HELD_OUT_SHA256 = "8c80c43552ae02f6d81f840f694f56cec53e553d45c267aecc7d49f802d0e6ec"
"""Of the sorted row numbers of the held-out images in mnist_5k.csv.gz."""


def test_another_data_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mnist.csv.gz"
    path.write_bytes(gzip.compress(b"0,1"))
    with pytest.raises(HashError):
        mnist_data.load_digits(path)


def ring() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:28, :28] - 13.5
    radius = np.hypot(rows, columns)
    return np.clip(255 * (2 - np.abs(radius - 8)), 0, 255).astype(np.uint8)


def test_variations_are_reproducible_and_differ() -> None:
    first, again, other = (vary(ring(), np.random.default_rng(seed), Strength()) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (28, 28) and first.dtype == np.uint8
    assert np.abs(first.astype(int) - other).mean() > 2


def test_edges_move_by_the_distance_asked_for() -> None:
    bar = np.zeros((112, 112), np.uint8)
    bar[46:66, 10:102] = 255
    for shift in (-3.0, -1.0, 0.0, 1.0, 3.0):
        moved = np.asarray(move_edges(PIL.Image.fromarray(bar), shift))
        assert (moved[:, 56].astype(float).sum() / 255 - 20) / 2 == pytest.approx(shift, abs=0.35)


def test_bending_by_nothing_only_shrinks() -> None:
    still = Strength(rotation=0, shear=0, stretch=0, wobble=0)
    image = PIL.Image.fromarray(ring()).resize((112, 112), PIL.Image.Resampling.BICUBIC)
    bent = np.asarray(bend(image, np.random.default_rng(0), still), float)
    expected = np.asarray(image.resize((97, 97), PIL.Image.Resampling.BILINEAR), float)
    assert bent.sum() == pytest.approx(expected.sum(), rel=0.02)
