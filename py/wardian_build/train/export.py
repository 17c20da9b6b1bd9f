"""Write the trained digit network as ONNX, with the interface of the ONNX model zoo's mnist-12."""

from __future__ import annotations

from wardian_build.convert.graph import GraphBuilder
from wardian_build.train.cnn import Array, Convolution, Dense, Dropout, Flatten, MaxPool, Network, ReLU

INPUT, OUTPUT = "Input3", "Plus214_Output_0"


def export_digit_model(network: Network) -> bytes:
    """ONNX bytes: Input3 float32 (1, 1, 28, 28) in [0, 1] → Plus214_Output_0 float32 (1, 10), logits.

    The same network gives the same bytes. Dropout is not part of inference.
    """
    graph = GraphBuilder("mnist-cnn")
    current = INPUT
    channels, side = 1, 28
    layers = [layer for layer in network.layers if not isinstance(layer, Dropout)]
    for index, layer in enumerate(layers):
        name = OUTPUT if index == len(layers) - 1 else f"{type(layer).__name__.lower()}_{index}"
        if isinstance(layer, Convolution):
            kernel = graph.constant(f"kernel_{index}", layer.parameters[0].transpose(3, 2, 0, 1))
            bias = graph.constant(f"bias_{index}", layer.parameters[1])
            current = graph.op("Conv", current, kernel, bias, name=name)
            channels, side = layer.parameters[1].size, side - layer.kernel + 1
        elif isinstance(layer, MaxPool):
            current = graph.op("MaxPool", current, name=name, kernel_shape=[2, 2], strides=[2, 2])
            side //= 2
        elif isinstance(layer, ReLU):
            current = graph.op("Relu", current, name=name)
        elif isinstance(layer, Flatten):
            current = graph.op("Flatten", current, name=name)
        elif isinstance(layer, Dense):
            matrix = layer.parameters[0]
            if isinstance(layers[index - 1], Flatten):
                matrix = channels_first(matrix, side, channels)
            kernel = graph.constant(f"kernel_{index}", matrix)
            bias = graph.constant(f"bias_{index}", layer.parameters[1])
            current = graph.op("Gemm", current, kernel, bias, name=name)
    return graph.build({INPUT: ("float32", [1, 1, 28, 28])}, {OUTPUT: ("float32", [1, 10])})


def channels_first(matrix: Array, side: int, channels: int) -> Array:
    """Reorder the rows of a dense layer after a flattened image: (row, column, channel) to ONNX's order.

    ONNX images are (channel, row, column), and so is what its Flatten makes of them.
    """
    return matrix.reshape(side, side, channels, -1).transpose(2, 0, 1, 3).reshape(matrix.shape)
