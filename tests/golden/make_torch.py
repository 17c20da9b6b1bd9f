"""Write `torch.json`: what torch.onnx exports of the modules of `torch_nets.py`, and what torch computes.

    .venv/bin/python tests/golden/make_torch.py [PYTHON]

PYTHON is an interpreter that has torch, onnx and onnxscript; without it the extra `torch` is installed.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py")]

from wardian_build.convert import extras  # noqa: E402
from wardian_build.convert.conversion import Options  # noqa: E402
from wardian_build.convert.interface import parse_input  # noqa: E402

NETS = Path(__file__).with_name("torch_nets.py")
TARGET = NETS.with_name("torch.json")
INPUTS = {
    "picture": ["pixel_values:float32:batch_size,3,height,width"],
    "text": ["input_ids:int64:batch_size,sequence_length", "attention_mask:int64:batch_size,sequence_length"],
}


def main() -> None:
    options = Options(extras=("torch",), python=Path(sys.argv[1]) if sys.argv[1:] else None)
    python = extras.interpreter(extras.EXTRAS["torch"], NETS, options)
    cases = {}
    for name, inputs in INPUTS.items():
        specs = [parse_input(one) for one in inputs]
        listed = [{"source": source, "dtype": spec.dtype, "dims": list(spec.dims)} for source, spec in specs]
        request = {"function": name, "opset": 18, "inputs": listed}
        with extras.run_script(python, "torch_export", NETS, request) as answer:
            files = {
                file: base64.b64encode((answer.folder / file).read_bytes()).decode()
                for file in ("model.onnx", "reference.npz")
            }
            cases[name] = {"inputs": inputs, "answer": answer.table, "files": files}
    golden = {"provenance": {"made_by": "tests/golden/make_torch.py"}, "cases": cases}
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
