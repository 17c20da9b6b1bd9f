"""Make sentiment_multilingual.json: what transformers and PEFT make of the adapter beside its model card.

Not part of the tests, which read the file only. It makes an environment of its own (about 5 GB, most of it
PyTorch), or takes a Python that has its packages; run it in the project's environment:

    .venv/bin/python tests/golden/make_sentiment.py [PYTHON]
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "static/models/sentiment-multilingual"
OUTPUT = Path(__file__).with_name("sentiment_multilingual.json")
PACKAGES = ("torch==2.13.0", "transformers==5.23.0", "peft==0.21.2", "numpy==2.4.3")
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
WORDS = "embeddings.word_embeddings.weight"


def texts() -> list[str]:
    """Sentences of this project in two languages; the model was not trained on them."""
    cases = json.loads((ROOT / "py/wardian_build/evaluate/sentiment_cases.json").read_text("utf-8"))
    task = json.loads((ROOT / "tests/golden/tasks/sentiment.json").read_text("utf-8"))
    return [*(case["text"] for case in cases), *(case["inputs"]["text"] for case in task["cases"])]


def lay_out(folder: Path) -> None:
    """The base model as transformers keeps it, with the rows of these texts alone, and the adapter."""
    from wardian_build.convert.read.safetensors import write_safetensors
    from wardian_build.train.sentiment_multilingual import encoder

    base = encoder()
    ids = [base.tokenizer.encode(text).ids for text in texts()]
    used = sorted({token for row in ids for token in row})
    weights = {**base.weights, WORDS: base.weights[WORDS][used]}
    config = json.loads((ROOT / "static/models/multilingual-e5-small/config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": len(used), "pad_token_id": 0}))
    (folder / "model.safetensors").write_bytes(
        write_safetensors({name: np.asarray(value, np.float32) for name, value in weights.items()})
    )
    (folder / "ids.json").write_text(json.dumps([[used.index(token) for token in row] for row in ids]))
    (folder / "adapter").mkdir()  # transformers would add what lies beside the weights by itself
    for file in ADAPTER:
        (folder / "adapter" / file).write_bytes((MODEL / file).read_bytes())


def compute(folder: Path) -> dict[str, Any]:
    import peft
    import torch
    import transformers
    from safetensors.torch import load_file

    model = transformers.BertModel.from_pretrained(folder, add_pooling_layer=False)
    config = peft.LoraConfig.from_pretrained(folder / "adapter")
    config.modules_to_save = None  # the head stands on the mean, which BertModel knows nothing of
    adapted = peft.PeftModel.from_pretrained(model, folder / "adapter", config=config).eval()
    head = load_file(folder / "adapter" / ADAPTER[1])
    matrix, bias = (head[f"base_model.model.classifier.{part}"].float() for part in ("weight", "bias"))
    logits = []
    with torch.no_grad():
        for row in json.loads((folder / "ids.json").read_text()):
            hidden = adapted(torch.tensor([row])).last_hidden_state
            logits.append((hidden.mean(1) @ matrix.T + bias)[0].tolist())
    return {
        "provenance": {
            "script": "tests/golden/make_sentiment.py",
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
            "python": platform.python_version(),
        },
        "logits": logits,
    }


def main(python: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder)
        if python is None:
            venv.create(folder / "venv", with_pip=True)
            python = folder / "venv/bin/python"
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        done = subprocess.run([python, __file__, "--compute", folder], check=True, stdout=subprocess.PIPE)
    made = json.loads(done.stdout)
    cases = [
        {"text": text, "logits": [round(value, 6) for value in row]}
        for text, row in zip(texts(), made["logits"], strict=True)
    ]
    table = {"provenance": made["provenance"], "cases": cases}
    OUTPUT.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(cases)} texts")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compute"]:
        print(json.dumps(compute(Path(sys.argv[2]))))
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
