"""Write `tensorflow.json`: SavedModels of `tensorflow_nets.py`, what tf2onnx exports and TensorFlow computes.

    .venv/bin/python tests/golden/make_tensorflow.py [PYTHON]

PYTHON is an interpreter that has TensorFlow and tf2onnx; without it the extra `tensorflow` is installed.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py")]

from wardian_build.convert import extras, from_tensorflow  # noqa: E402
from wardian_build.convert.conversion import Options  # noqa: E402
from wardian_build.convert.interface import parse_input  # noqa: E402
from wardian_build.convert.sources import recognise  # noqa: E402

NETS = Path(__file__).with_name("tensorflow_nets.py")
TARGET = NETS.with_name("tensorflow.json")
#: Case → the net and, after a colon, its signature; and what --input says.
CASES: dict[str, tuple[str, list[str]]] = {
    # Small pictures, so that this file is.
    "picture": ("picture", ["pixel_values:float32:batch_size,9,6,3"]),
    "text": ("text", []),
    "joined": ("several:joined", []),
    "scored": ("several:scored", ["rows=features:float32:count,4"]),
}


def main() -> None:
    options = Options(extras=("tensorflow",), python=Path(sys.argv[1]) if sys.argv[1:] else None, trust=True)
    python = extras.interpreter(extras.EXTRAS["tensorflow"], NETS, options)
    ask, answers = extras.run_script, list[dict[str, Any]]()

    @contextmanager
    def recording(*arguments: Any) -> Iterator[extras.Answer]:
        with ask(*arguments) as answer:
            files = {name: packed(answer.folder / name) for name in ("model.onnx", "reference.npz")}
            request: Mapping[str, Any] = arguments[3]
            answers.append({"request": request, "answer": answer.table, "files": files})
            yield answer

    extras.run_script = recording  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([str(python), str(NETS), str(folder)], check=True)
        for case, inputs in CASES.values():
            named = replace(options, inputs=[parse_input(one) for one in inputs])
            from_tensorflow.convert(recognise(folder / case), named)
        nets = {
            net.name: {
                one.relative_to(net).as_posix(): packed(one)
                for one in sorted(net.rglob("*"))
                if one.is_file()
            }
            for net in sorted(folder.iterdir())
            if net.name != "grouped"
        }
    cases = {
        case: {"source": source, "inputs": inputs, **found}
        for (case, (source, inputs)), found in zip(CASES.items(), answers, strict=True)
    }
    golden = {"provenance": {"made_by": "tests/golden/make_tensorflow.py"}, "nets": nets, "cases": cases}
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n", "utf-8")


def packed(path: Path) -> str:
    return base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()


if __name__ == "__main__":
    main()
