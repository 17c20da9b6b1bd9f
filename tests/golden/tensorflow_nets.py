"""Small SavedModels for `make_tensorflow.py` and the extras' tests; runs where TensorFlow is.

    python tests/golden/tensorflow_nets.py FOLDER [NAME …]

writes FOLDER/NAME for each of NETS.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def picture(folder: Path) -> None:
    """Convolutions with batch norm whose statistics are no zeros and ones, as Keras exports them."""
    import keras
    import numpy as np

    layers, generator = keras.layers, np.random.default_rng(3)
    pixels = keras.Input((None, None, 3), name="pixel_values")
    x = layers.Conv2D(6, 3, padding="same", use_bias=False)(pixels)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D()(layers.DepthwiseConv2D(3, strides=2, padding="same")(x))
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(x))
    net = keras.Model(pixels, layers.Dense(4, activation="softmax")(x))
    for layer in net.layers:
        if isinstance(layer, layers.BatchNormalization):
            width = len(layer.get_weights()[0])
            layer.set_weights([generator.uniform(0.5, 2, width) for _ in range(4)])
    net.export(str(folder), verbose=False)


def text(folder: Path) -> None:
    """Ids through an embedding that masks zeros, and an LSTM: a loop in TensorFlow."""
    import keras

    layers = keras.layers
    ids = keras.Input((None,), dtype="int32", name="input_ids")
    # Fewer words than the ids that are made up for a model that does not say how many it has.
    x = layers.LSTM(6)(layers.Embedding(20, 5, mask_zero=True)(ids))
    keras.Model(ids, layers.Dense(3)(x)).export(str(folder), verbose=False)


def several(folder: Path) -> None:
    """Two signatures over one matrix; inputs that do not come by the alphabet; one that changes nothing."""
    import tensorflow as tf

    class Net(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.matrix = tf.Variable(tf.reshape(tf.linspace(-1.0, 1.0, 12), (4, 3)))

        def joined(self, rows: Any, bias: Any, idle: Any) -> dict[str, Any]:
            found = tf.matmul(rows, self.matrix)
            return {"total": found + bias, "largest": tf.reduce_max(found, -1), "bias_twice": 2 * bias}

        def scored(self, rows: Any) -> dict[str, Any]:
            return {"scores": tf.nn.softmax(tf.matmul(rows, self.matrix))}

    net, kind = Net(), tf.float32
    rows, bias = tf.TensorSpec((None, 4), kind, "rows"), tf.TensorSpec((3,), kind, "bias")
    joined = tf.function(net.joined, input_signature=[rows, bias, tf.TensorSpec((None, 2), kind, "idle")])
    scored = tf.function(net.scored, input_signature=[rows])
    tf.saved_model.save(net, str(folder), {"joined": joined, "scored": scored})


def refused(folder: Path) -> None:
    """Writes a file when it is asked; and has signatures of strings, and of any number of dimensions."""
    import tensorflow as tf

    def written(rows: Any) -> Any:
        tf.io.write_file(str(folder / "written.txt"), tf.strings.as_string(tf.reduce_sum(rows)))
        return 2 * rows

    function = tf.function(written, input_signature=[tf.TensorSpec((None, 4), tf.float32, "rows")])
    tf.saved_model.save(tf.Module(), str(folder), {"serving_default": function})


def without_form(folder: Path) -> None:
    """Operators that tf2onnx does not know, and signatures of what cannot be given."""
    import tensorflow as tf

    def factor(rows: Any) -> Any:
        return tf.linalg.cholesky(tf.matmul(rows, rows, transpose_b=True) + tf.eye(4))

    spec = tf.TensorSpec
    signatures = {
        "factor": tf.function(factor, input_signature=[spec((None, 4, 4), tf.float32, "rows")]),
        "words": tf.function(tf.strings.length, input_signature=[spec((None,), tf.string, "words")]),
        "anything": tf.function(tf.nn.relu, input_signature=[spec(None, tf.float32, "rows")]),
    }
    tf.saved_model.save(tf.Module(), str(folder), signatures)


def grouped(folder: Path) -> None:
    """What Keras wishes XLA to compile, convolutions in groups, and its exact GELU."""
    import keras

    layers = keras.layers
    pixels = keras.Input((8, 8, 4), name="pixel_values")
    x = layers.Conv2D(8, 3, groups=2, activation="gelu")(pixels)
    keras.Model(pixels, layers.Dense(3)(layers.Flatten()(x))).export(str(folder), verbose=False)


NETS: dict[str, Callable[[Path], None]] = {
    one.__name__: one for one in (picture, text, several, refused, without_form, grouped)
}


def main() -> None:
    import keras

    folder = Path(sys.argv[1])
    for name in sys.argv[2:] or NETS:
        keras.utils.set_random_seed(20261121)
        NETS[name](folder / name)


if __name__ == "__main__":
    main()
