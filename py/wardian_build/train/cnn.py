"""A convolutional network in NumPy: layers with their gradients written out, softmax loss, Adam.

Images are float32 (image, height, width, channel). A layer's `forward` keeps what its `backward` needs;
`backward` takes the loss's gradient by the layer's output, stores the gradients by its parameters in
`gradients`, in the order of `parameters`, and returns the gradient by its input. tests/build/test_cnn.py
compares every gradient with finite differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]


class Layer(Protocol):
    parameters: list[Array]
    gradients: list[Array]

    def forward(self, x: Array, training: bool) -> Array: ...
    def backward(self, gradient: Array) -> Array: ...


def _he(generator: np.random.Generator, shape: tuple[int, ...], fan_in: int) -> Array:
    """He initialisation: keeps the variance of activations through ReLU layers (arXiv:1502.01852)."""
    weights: Array = (generator.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32)
    return weights


class Convolution:
    """Valid convolution, stride 1: (n, h, w, inputs) to (n, h − k + 1, w − k + 1, outputs), by im2col."""

    def __init__(self, generator: np.random.Generator, inputs: int, outputs: int, kernel: int) -> None:
        self.kernel = kernel
        weight = _he(generator, (kernel, kernel, inputs, outputs), kernel * kernel * inputs)
        self.parameters = [weight, np.zeros(outputs, np.float32)]
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x: Array, training: bool) -> Array:
        weight, bias = self.parameters
        k = self.kernel
        windows = sliding_window_view(x, (1, k, k, x.shape[3]))
        n, height, width = windows.shape[:3]
        self._columns = np.ascontiguousarray(windows).reshape(n * height * width, -1)
        self._shape = x.shape
        product = self._columns @ weight.reshape(-1, weight.shape[3]) + bias
        result: Array = product.reshape(n, height, width, -1)
        return result

    def backward(self, gradient: Array) -> Array:
        weight, _ = self.parameters
        k = self.kernel
        n, height, width, outputs = gradient.shape
        flat = gradient.reshape(-1, outputs)
        self.gradients = [(self._columns.T @ flat).reshape(weight.shape), flat.sum(axis=0)]
        columns = (flat @ weight.reshape(-1, outputs).T).reshape(n, height, width, k, k, -1)
        result = np.zeros(self._shape, np.float32)
        for row in range(k):
            for column in range(k):
                result[:, row : row + height, column : column + width] += columns[:, :, :, row, column]
        return result


class ReLU:
    def __init__(self) -> None:
        self.parameters: list[Array] = []
        self.gradients: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        self._positive = x > 0
        return np.where(self._positive, x, np.float32(0))

    def backward(self, gradient: Array) -> Array:
        return gradient * self._positive


class MaxPool:
    """2 × 2 maximum, stride 2. Equal maxima share the gradient."""

    def __init__(self) -> None:
        self.parameters: list[Array] = []
        self.gradients: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        n, height, width, channels = x.shape
        cells = x.reshape(n, height // 2, 2, width // 2, 2, channels)
        highest = cells.max(axis=(2, 4), keepdims=True)
        if training:
            self._mask = (cells == highest).astype(np.float32)
            self._mask /= self._mask.sum(axis=(2, 4), keepdims=True)
        pooled: Array = highest.reshape(n, height // 2, width // 2, channels)
        return pooled

    def backward(self, gradient: Array) -> Array:
        n, height, width, channels = gradient.shape
        spread = self._mask * gradient.reshape(n, height, 1, width, 1, channels)
        result: Array = spread.reshape(n, 2 * height, 2 * width, channels)
        return result


class Dropout:
    """Zero a share of the activations and scale up the rest, in training only (JMLR 15:1929)."""

    def __init__(self, generator: np.random.Generator, rate: float) -> None:
        self.parameters: list[Array] = []
        self.gradients: list[Array] = []
        self._generator, self._rate = generator, rate

    def forward(self, x: Array, training: bool) -> Array:
        if not training or self._rate == 0:
            return x
        kept = self._generator.random(x.shape, np.float32) >= self._rate
        self._mask = kept.astype(np.float32) / np.float32(1 - self._rate)
        return x * self._mask

    def backward(self, gradient: Array) -> Array:
        return gradient * self._mask if self._rate else gradient


class Flatten:
    """(n, height, width, channel) to (n, height · width · channel), in row-major order."""

    def __init__(self) -> None:
        self.parameters: list[Array] = []
        self.gradients: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        self._shape = x.shape
        flat: Array = x.reshape(len(x), -1)
        return flat

    def backward(self, gradient: Array) -> Array:
        x: Array = gradient.reshape(self._shape)
        return x


class Dense:
    """x @ weight + bias: (n, inputs) to (n, outputs)."""

    def __init__(self, generator: np.random.Generator, inputs: int, outputs: int) -> None:
        self.parameters = [_he(generator, (inputs, outputs), inputs), np.zeros(outputs, np.float32)]
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x: Array, training: bool) -> Array:
        self._x = x
        result: Array = x @ self.parameters[0] + self.parameters[1]
        return result

    def backward(self, gradient: Array) -> Array:
        self.gradients = [self._x.T @ gradient, gradient.sum(axis=0)]
        by_input: Array = gradient @ self.parameters[0].T
        return by_input


class Network:
    """Layers one after the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    def forward(self, x: Array, training: bool = False) -> Array:
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, gradient: Array) -> Array:
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return gradient

    @property
    def parameters(self) -> list[Array]:
        return [parameter for layer in self.layers for parameter in layer.parameters]

    @property
    def gradients(self) -> list[Array]:
        return [gradient for layer in self.layers for gradient in layer.gradients]


def cross_entropy(logits: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Mean −log softmax(logits)[label] over the batch, and its gradient by the logits.

    >>> loss, gradient = cross_entropy(np.zeros((1, 4), np.float32), np.array([2]))
    >>> round(loss, 4), gradient.tolist()
    (1.3863, [[0.25, 0.25, -0.75, 0.25]])
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
    gradient = exponentials / total
    gradient[rows, labels] -= 1
    return loss, (gradient / len(labels)).astype(np.float32)


class Adam:
    """Adam (arXiv:1412.6980) with decoupled weight decay (arXiv:1711.05101) on matrices and kernels."""

    def __init__(self, parameters: Sequence[Array], decay: float = 0.0) -> None:
        self._parameters, self._decay = list(parameters), decay
        self._first = [np.zeros_like(p) for p in parameters]
        self._second = [np.zeros_like(p) for p in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Array], rate: float) -> None:
        self._steps += 1
        first_bias, second_bias = 1 - 0.9**self._steps, 1 - 0.999**self._steps
        for p, g, m, v in zip(self._parameters, gradients, self._first, self._second, strict=True):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            if p.ndim > 1:
                p -= np.float32(rate * self._decay) * p
            p -= np.float32(rate / first_bias) * m / (np.sqrt(v / np.float32(second_bias)) + np.float32(1e-8))
