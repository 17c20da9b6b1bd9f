"""Write `smollm2.json`: what `transformers` generates with SmolLM2's GGUF file, greedily and with four beams.

`transformers` reads the file itself, with the blocks unpacked to float32 by the `gguf` package.

    python tests/golden/make_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf [--compare]

It needs torch, transformers, gguf and accelerate (`make_llama.py --venv FOLDER` makes such an environment).
`--compare` writes nothing and says where what is recorded differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from make_llama import load
from prompts import CONTINUATIONS, QUESTIONS, chat

TARGET = Path(__file__).with_name("smollm2.json")
GREEDY, BEAMS, BEAM_TOKENS = 32, 4, 16


def cases(path: Path) -> list[dict[str, Any]]:
    import torch
    from transformers import AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name), load(path)
    texts = [
        tokenizer.apply_chat_template(chat(q), tokenize=False, add_generation_prompt=True) for q in QUESTIONS
    ]
    found = []
    for text in [*texts, *CONTINUATIONS]:
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
        options: dict[str, Any] = {"do_sample": False, "eos_token_id": 2, "pad_token_id": 2}
        with torch.no_grad():
            greedy = model.generate(ids, max_new_tokens=GREEDY, **options)[0]
            beams = model.generate(ids, max_new_tokens=BEAM_TOKENS, num_beams=BEAMS, **options)[0]
        size = ids.shape[1]
        found.append(
            {"ids": ids[0].tolist(), "greedy": greedy[size:].tolist(), "beams": beams[size:].tolist()}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Write tests/golden/smollm2.json.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--compare", action="store_true", help="write nothing; compare with what is recorded")
    options = parser.parse_args()
    import torch
    import transformers

    made = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
        "command": "python tests/golden/make_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf",
        "sha256": hashlib.sha256(options.gguf.read_bytes()).hexdigest(),
        "num_beams": BEAMS,
        "cases": cases(options.gguf),
    }
    if options.compare:
        old = json.loads(TARGET.read_text())
        different = [i for i, (a, b) in enumerate(zip(old["cases"], made["cases"], strict=True)) if a != b]
        raise SystemExit(
            f"{len(different)} of {len(made['cases'])} cases differ: {different}" if different else 0
        )
    rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in made.pop("cases"))
    head = json.dumps(made, indent=1).removesuffix("\n}")
    TARGET.write_text(f'{head},\n "cases": [\n{rows}\n]\n}}\n')


if __name__ == "__main__":
    main()
