"""Runs a TensorFlow Lite file on inputs, in its own interpreter. Runs where ai-edge-litert is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import answer


def main(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from importlib.metadata import version

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=request["source"])
    interpreter.allocate_tensors()
    with np.load(folder / "feeds.npz", allow_pickle=False) as file:
        feeds = {name: file[name] for name in file.files}
    found = {}
    for run in sorted({name.partition(":")[0] for name in feeds}):
        for place, detail in enumerate(interpreter.get_input_details()):
            interpreter.set_tensor(detail["index"], feeds[f"{run}:{place}"])
        interpreter.invoke()
        for place, detail in enumerate(interpreter.get_output_details()):
            found[f"{run}:{place}"] = interpreter.get_tensor(detail["index"])
    np.savez(folder / "outputs.npz", **found)
    return {"version": version("ai-edge-litert")}


if __name__ == "__main__":
    answer(main)
