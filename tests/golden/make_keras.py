"""Write `keras.json`: small Keras models as `keras_read.py` reads their files, and what Keras computes.

    .venv/bin/python tests/golden/make_keras.py [PYTHON]

PYTHON is an interpreter that has keras, a backend of it and h5py; without it an environment is made for them
(Keras 3.15.1 on JAX 0.10.2, about 0.7 GB, thrown away afterwards).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import venv
import zlib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT / "tests")]

from golden.keras_attention import MASKED, attention_networks  # noqa: E402
from golden.keras_recurrent import GIVEN, recurrent_networks  # noqa: E402

TARGET = ROOT / "tests" / "golden" / "keras.json"
PACKAGES = ("keras==3.15.1", "jax==0.10.2", "h5py==3.16.0", "numpy==2.4.3")
#: Kept as they are, so that the extras' tests read real files.
WHOLE = ("vectors",)


def networks() -> dict[str, Any]:
    import keras
    from keras import layers as kl

    def model(inputs: Any, outputs: Any) -> Any:
        return keras.Model(inputs, outputs)

    made: dict[str, Any] = {}
    picture = keras.Input((9, 8, 3), name="picture")
    value = kl.Rescaling(2.0, offset=-1)(picture)
    value = kl.Conv2D(4, 3, strides=2, padding="same", activation="relu")(value)
    value = kl.BatchNormalization()(value)
    kept = value
    value = kl.LeakyReLU(negative_slope=0.2)(kl.DepthwiseConv2D(3, padding="same", use_bias=False)(value))
    value = kl.Add()([kl.SeparableConv2D(4, 3, padding="same")(value), kept])
    value = kl.GlobalAveragePooling2D()(kl.ReLU(max_value=6)(value))
    made["picture"] = model(picture, kl.Dense(3, activation="softmax", name="label")(value))
    small = keras.Input((4, 5, 3), name="small")
    up = kl.UpSampling2D(2, interpolation="bilinear")(small)
    up = kl.Conv2DTranspose(2, 3, strides=2, padding="same", activation="silu")(up)
    pooled = kl.AveragePooling2D(3, strides=2, padding="same")(up)
    made["upscaled"] = model(small, [kl.ZeroPadding2D(((1, 0), (2, 1)))(pooled), kl.Cropping2D(1)(up)])
    steps = keras.Input((7,), name="ids")
    words = kl.Embedding(11, 6)(steps)
    words = kl.LayerNormalization()(kl.Conv1D(6, 3, padding="same", activation="gelu")(words))
    words = kl.MaxPooling1D(2, padding="same")(words)
    joined = kl.Concatenate()([kl.GlobalMaxPooling1D()(words), kl.GlobalAveragePooling1D()(words)])
    made["sequence"] = model(steps, kl.Dense(2, activation="sigmoid")(joined))
    inside = keras.Input((8, 7, 3))
    adapted = kl.Normalization()
    adapted.adapt(np.sin(np.arange(96.0)).reshape(2, 4, 4, 3))
    given = kl.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 4.0])
    base = model(inside, kl.ReLU()(kl.Conv2D(4, 3, name="conv")(inside)))
    outside = keras.Input((8, 7, 3), name="outside")
    value = base(keras.Sequential([adapted, given, kl.Activation("hard_silu")], name="before")(outside))
    head = keras.Sequential([kl.Dense(3, activation="tanh"), kl.Dense(2)], name="head")
    value = kl.Add()(
        [kl.GlobalAveragePooling2D()(value), kl.GlobalMaxPooling2D()(kl.Conv2D(4, 1, name="conv")(value))]
    )
    made["nested"] = model(outside, head(value))
    deep = keras.Sequential(
        [keras.Input((5,)), kl.Dense(4), keras.Sequential([kl.Dense(3), kl.LayerNormalization()])]
    )
    made["chain"] = keras.Sequential([keras.Input((5,)), deep, kl.Dense(2)])
    shared = kl.Dense(4, activation="tanh")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    made["shared"] = model([left, right], kl.Subtract()([shared(left), shared(shared(right))]))
    made["vectors"] = keras.Sequential(
        [
            keras.Input((6,), name="rows"),
            kl.Dense(5, activation="hard_sigmoid"),
            kl.PReLU(),
            kl.Dropout(0.5),
            kl.Dense(2, name="last"),
        ]
    )
    return {**made, **recurrent_networks(), **attention_networks()}


def fill(model: Any) -> None:
    """Weights that follow from their order; variances are positive."""
    for number, variable in enumerate(model.variables):
        # Normalization has its own copy of what it adapted to.
        if "seed" in variable.path or variable.path.rpartition("/")[2] in ("mean", "variance", "count"):
            continue
        count = np.arange(int(np.prod(variable.shape)))
        wave = np.sin(count * 0.7 + number).reshape(variable.shape) * 0.5
        variable.assign(wave + 1.0 if "variance" in variable.path or "gamma" in variable.path else wave)


def encoded(array: Any) -> dict[str, Any]:
    array = np.ascontiguousarray(array)
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "data": base64.b64encode(array.tobytes()).decode(),
    }


def read(path: Path, folder: Path) -> dict[str, Any]:
    """What the converter gets to see of a file."""
    import zipfile

    from wardian_build.convert.elsewhere.keras_read import read as read_file

    members = {}
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            (folder / "weights.h5").write_bytes(archive.read("model.weights.h5"))
            members = {name: archive.read(name).decode() for name in ("config.json", "metadata.json")}
    table = read_file({"source": str(path)}, folder)
    (folder / "weights.h5").unlink(missing_ok=True)
    arrays = base64.b64encode(zlib.compress((folder / "arrays.npz").read_bytes(), 9)).decode()
    text = json.dumps({**table, "members": members})
    return {"table": base64.b64encode(zlib.compress(text.encode(), 9)).decode(), "arrays": arrays}


def make() -> None:
    import keras

    cases = {}
    for name, model in networks().items():
        fill(model)
        feeds = {}
        for number, one in enumerate(model.inputs):
            shape = [2, *one.shape[1:]]
            wave = np.sin(np.arange(int(np.prod(shape))) * (0.31 + number)).reshape(shape)
            feeds[one.name] = np.float32(np.round(np.abs(wave) * 10) if one.name == "ids" else wave)
            if one.name == "noisy":
                feeds[one.name][0, 4:] = feeds[one.name][1, :2] = feeds[one.name][1, 4] = 0.5
            feeds[one.name] = {**GIVEN, **MASKED}.get(one.name, feeds[one.name])
        values = list(feeds.values())
        found = model(values if len(values) > 1 else values[0], training=False)
        outputs = found if isinstance(found, (list, tuple)) else [found]
        case: dict[str, Any] = {
            "feeds": {key: encoded(value) for key, value in feeds.items()},
            "outputs": [encoded(keras.ops.convert_to_numpy(one)) for one in outputs],
            "files": {},
        }
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("keras", "h5"):
                path = Path(folder) / f"net.{ending}"
                model.save(path)
                case[ending] = read(path, Path(folder))
                if name in WHOLE:
                    case["files"][ending] = base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()
        cases[name] = case
    versions = f"keras {keras.__version__} on {keras.backend.backend()}, numpy {np.__version__}"
    golden = {"provenance": {"made_by": "tests/golden/make_keras.py", "versions": versions}, "cases": cases}
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n", "utf-8")


def main() -> None:
    try:
        import keras  # noqa: F401
    except ImportError:
        with tempfile.TemporaryDirectory() as folder:
            python = sys.argv[1] if sys.argv[1:] else f"{folder}/bin/python"
            if not sys.argv[1:]:
                venv.create(folder, with_pip=True)
                subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
            subprocess.run([python, __file__], check=True, env={**os.environ, "KERAS_BACKEND": "jax"})
    else:
        make()


if __name__ == "__main__":
    main()
