"""Train the digit classifier of `static/models/mnist-cnn` and write it as ONNX.

`python build.py train digits` fits all 4,000 training images; `--validate` fits 3,400 of them and reports the
accuracy on the other 600, which is how every setting below was chosen. The 1,000 held-out images are touched
by `python build.py eval digits` alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from wardian_build import cache, paths
from wardian_build.train import mnist_data
from wardian_build.train.augment import Strength, vary
from wardian_build.train.cnn import (
    Adam,
    Array,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Network,
    ReLU,
    cross_entropy,
)
from wardian_build.train.export import export_digit_model
from wardian_build.train.mnist_data import Digits

MODEL_FOLDER = paths.STATIC / "models" / "mnist-cnn"
CHUNK = 250
"""Images varied in one call of a helper process."""


@dataclass(frozen=True)
class Settings:
    seed: int = 20261121
    epochs: int = 100
    batch: int = 50
    rate: float = 1.5e-3
    """Peak learning rate: rises over the first epoch, then falls to 0 as a cosine."""
    decay: float = 0.01
    dropout: float = 0.15
    average: float = 0.998
    """Decay of the moving average of the weights, which is what is saved."""
    channels: tuple[int, int] = (24, 40)
    hidden: int = 96
    strength: Strength = field(default_factory=Strength)


def build_network(settings: Settings, generator: np.random.Generator) -> Network:
    """28×28×1 → conv 5×5 → 24×24 → pool → 12×12 → conv 5×5 → 8×8 → pool → 4×4 → dense → 10 logits."""
    first, second = settings.channels
    return Network(
        [
            Convolution(generator, 1, first, 5),
            ReLU(),
            MaxPool(),
            Convolution(generator, first, second, 5),
            ReLU(),
            MaxPool(),
            Flatten(),
            Dropout(generator, settings.dropout),
            Dense(generator, 4 * 4 * second, settings.hidden),
            ReLU(),
            Dropout(generator, settings.dropout),
            Dense(generator, settings.hidden, mnist_data.CLASSES),
        ]
    )


def _vary_chunk(images: NDArray[np.uint8], seed: Sequence[int], strength: Strength) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    return np.stack([vary(image, generator, strength) for image in images])


def varied_epochs(training: Digits, settings: Settings) -> Generator[NDArray[np.uint8], None, None]:
    """Endless epochs of freshly varied images, in the order of `training`; the next is made meanwhile."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        starts = range(0, len(training), CHUNK)

        def submit(epoch: int) -> list[Future[NDArray[np.uint8]]]:
            return [
                pool.submit(
                    _vary_chunk, training.images[s : s + CHUNK], (settings.seed, epoch, s), settings.strength
                )
                for s in starts
            ]

        epoch = 0
        pending = submit(epoch)
        while True:
            epoch += 1
            following = submit(epoch)
            yield np.concatenate([chunk.result() for chunk in pending])
            pending = following


def train(
    training: Digits, settings: Settings, check: Digits | None = None
) -> tuple[Network, list[dict[str, float]]]:
    """Fit a network; returns it with averaged weights, and one log line an epoch."""
    generator = np.random.default_rng(settings.seed)
    network = build_network(settings, generator)
    optimizer = Adam(network.parameters, settings.decay)
    averages = [parameter.copy() for parameter in network.parameters]
    steps, log, started = 0, [], time.perf_counter()
    epochs = varied_epochs(training, settings)
    batches = len(training) // settings.batch
    for epoch in range(1, settings.epochs + 1):
        images, order, losses = next(epochs), generator.permutation(len(training)), []
        for batch in np.array_split(order, batches):
            rate = _rate(steps / batches, settings)
            losses.append(_step(network, optimizer, scale(images[batch]), training.labels[batch], rate))
            steps += 1
            keep = np.float32(min(settings.average, steps / (steps + 10)))
            for average, parameter in zip(averages, network.parameters, strict=True):
                average += (1 - keep) * (parameter - average)
        entry = {"epoch": epoch, "loss": round(float(np.mean(losses)), 5)}
        if check is not None:
            entry["accuracy"] = round(_accuracy_of(network, averages, check), 5)
        entry["seconds"] = round(time.perf_counter() - started, 1)
        log.append(entry)
        print(json.dumps(entry), flush=True)
    epochs.close()
    _swap(network, averages)
    return network, log


def scale(images: NDArray[np.uint8]) -> Array:
    """uint8 (n, 28, 28) to float32 (n, 28, 28, 1) in [0, 1]."""
    return (images.astype(np.float32) / np.float32(255))[..., None]


def accuracy(network: Network, digits: Digits) -> float:
    """Share of prepared images whose most probable class is the right one."""
    logits = np.concatenate(
        [network.forward(scale(digits.images[s : s + 200])) for s in range(0, len(digits), 200)]
    )
    return float((logits.argmax(axis=1) == digits.labels).mean())


def _rate(epoch: float, settings: Settings) -> float:
    if epoch < 1:
        return settings.rate * (0.05 + 0.95 * epoch)
    return float(settings.rate * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / (settings.epochs - 1))))


def _step(network: Network, optimizer: Adam, images: Array, labels: NDArray[np.int64], rate: float) -> float:
    loss, gradient = cross_entropy(network.forward(images, training=True), labels)
    network.backward(gradient)
    optimizer.step(network.gradients, rate)
    return loss


def _swap(network: Network, values: list[Array]) -> None:
    for parameter, value in zip(network.parameters, values, strict=True):
        kept = parameter.copy()
        parameter[...] = value
        value[...] = kept


def _accuracy_of(network: Network, averages: list[Array], digits: Digits) -> float:
    _swap(network, averages)
    result = accuracy(network, digits)
    _swap(network, averages)
    return result


def _record(settings: Settings, images: int, log: list[dict[str, float]]) -> str:
    """What was done, as JSON, one line an epoch."""
    about = {
        "command": f"python build.py train digits --epochs {settings.epochs} --seed {settings.seed}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pillow": PIL.__version__,
        "data": f"{mnist_data.SOURCE.label}, {mnist_data.MEMBER}, sha256 {mnist_data.SHA256}",
        "images": images,
        "settings": asdict(settings),
    }
    epochs = ",\n".join("  " + json.dumps(entry) for entry in log)
    return json.dumps(about, indent=1)[:-2] + f',\n "epochs": [\n{epochs}\n ]\n}}\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train digits`."""
    parser = argparse.ArgumentParser(prog="build.py train digits", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--data", type=Path, help=f"{mnist_data.MEMBER} of {mnist_data.SOURCE.label}; fetched by default"
    )
    parser.add_argument(
        "--out", type=Path, default=MODEL_FOLDER, help="model folder to write (default: %(default)s)"
    )
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument(
        "--validate", action="store_true", help="hold back 600 training images; write no model"
    )
    options = parser.parse_args(arguments)
    settings = Settings(epochs=options.epochs, seed=options.seed)
    training, _ = mnist_data.split_digits(mnist_data.load_digits(options.data))
    if options.validate:
        fitting, validation = mnist_data.split_validation(training)
        train(fitting, settings, validation)
        return 0
    network, log = train(training, settings)
    path = options.out / "onnx" / "model.onnx"
    cache.write(path, export_digit_model(network))
    cache.write(options.out / "training.json", _record(settings, len(training), log).encode())
    print(f"{path}: {path.stat().st_size} bytes; put its sha256 and its new figures on the card beside it")
    return 0
