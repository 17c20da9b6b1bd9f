"""Write `tflite.json`: the files of `tflite_nets.py`, and what LiteRT computes with them.

With a folder of .tflite files (those of PyPI mediapipe 0.10.21) their part is written anew, otherwise kept:
16 values of each output at places drawn by chance.

    .venv/bin/python tests/golden/make_tflite.py [MEDIAPIPE] [--python PYTHON]

It runs itself in PYTHON, or in the extra `tflite`, which is installed when missing.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(Path(__file__).parent)]
TARGET = Path(__file__).with_name("tflite.json")
SAMPLES = 16


def encoded(array: Any) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def computed(path: Path, feeds: list[Any]) -> list[Any]:
    """LiteRT's outputs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), feeds, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]


def sampled(array: Any) -> dict[str, Any]:
    places = np.sort(np.random.default_rng(1).choice(array.size, min(SAMPLES, array.size), replace=False))
    values = [float(value) for value in array.reshape(-1)[places]]
    return {"largest": float(np.abs(array).max()), "places": places.tolist(), "values": values}


def pictures(shape: list[int]) -> list[Any]:
    """As `wardian_build.convert.tflite.made_up`, whose module is not to be had here."""
    found = [np.random.default_rng(0).random(shape)]
    for seed in (0, 3) if len(shape) == 4 else ():
        patches = np.random.default_rng(seed).random((4, 4, shape[3]))
        down, across = (
            np.stack([np.interp(np.linspace(0, 3, length), range(4), one) for one in np.eye(4)], axis=1)
            for length in shape[1:3]
        )
        found.append(np.broadcast_to(np.einsum("ha,wb,abc->hwc", down, across, patches), shape))
    return found


def make(folder: Path | None) -> None:
    from ai_edge_litert.interpreter import Interpreter
    from tflite_net import Net, wave
    from tflite_nets import CASES

    cases, real = {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        for name, build in CASES.items():
            path = Path(temporary) / f"{name}.tflite"
            path.write_bytes(build(Net()))
            shapes = [one["shape"] for one in Interpreter(model_path=str(path)).get_input_details()]
            feeds = [wave(*shape, step=0.37 + n) * 2 for n, shape in enumerate(shapes)]
            feeds = [np.int8(one * 60) for one in feeds] if name == "quantised" else feeds
            cases[name] = {
                "file": base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode(),
                "feeds": [encoded(one) for one in feeds],
                "outputs": [encoded(one) for one in computed(path, feeds)],
            }
    if folder is not None:
        for path in sorted(folder.glob("*.tflite")):
            try:
                shape = Interpreter(model_path=str(path)).get_input_details()[0]["shape"]
                runs = [[value.astype(np.float32)] for value in pictures([int(n) for n in shape])]
                real[path.stem] = [[sampled(one) for one in computed(path, run)] for run in runs]
            except (RuntimeError, ValueError) as error:
                print(f"{path.name}: LiteRT does not run it ({str(error)[:100]})")
    elif TARGET.exists():
        real = json.loads(TARGET.read_text("utf-8"))["mediapipe"]
    golden = {
        "provenance": {
            "made_by": "tests/golden/make_tflite.py",
            "versions": f"ai-edge-litert {version('ai-edge-litert')}, numpy {np.__version__}",
            "mediapipe": "PyPI mediapipe 0.10.21, the members that end in .tflite",
        },
        "cases": cases,
        "mediapipe": real,
    }
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n", "utf-8")


def main() -> None:
    arguments = sys.argv[1:]
    python = None
    if "--python" in arguments:
        at = arguments.index("--python")
        python = Path(arguments.pop(at + 1))
        arguments.pop(at)
    try:
        import ai_edge_litert  # noqa: F401
    except ImportError:
        from wardian_build.convert import extras
        from wardian_build.convert.conversion import Options

        python = python or extras.interpreter(extras.EXTRAS["tflite"], TARGET, Options(extras=("tflite",)))
        subprocess.run([str(python), __file__, *arguments], check=True)
    else:
        make(Path(arguments[0]) if arguments else None)


if __name__ == "__main__":
    main()
