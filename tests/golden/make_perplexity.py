"""Write `perplexity.json`: how likely `transformers` finds each token of real text with SmolLM2's GGUF file.

`transformers` reads the file itself, with the blocks unpacked to float32 by the `gguf` package. The tokens
are those of the model's tokenizer.json: `transformers` does not cut digits apart where it reads GGUF.

    python tests/golden/make_perplexity.py SmolLM2-135M-Instruct.Q4_1.gguf [.build/models]

It needs torch, transformers, gguf and accelerate (`make_llama.py --venv FOLDER` makes such an environment),
and the built models SmolLM2-135M-Instruct and vital-articles.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from make_llama import encode, load
from perplexity_texts import COUNT, GOLDEN, LENGTH, digest, windows

#: Windows whose tokens are all recorded; of the others the mean.
WHOLE = 4


def main() -> None:
    parser = argparse.ArgumentParser(description="Write tests/golden/perplexity.json.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("models", type=Path, nargs="?", default=Path(".build/models"))
    options = parser.parse_args()
    import numpy as np
    import torch
    import transformers

    from tokenizers import Tokenizer

    path, model = options.gguf, load(options.gguf)
    tokenizer = Tokenizer.from_file(str(options.models / "SmolLM2-135M-Instruct" / "tokenizer.json"))
    items = options.models / "vital-articles" / "items.json"
    texts = windows(items, lambda text: tokenizer.encode(text, add_special_tokens=False).ids)
    scores = []
    for ids in texts:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, :-1]
        every = torch.log_softmax(logits.double(), dim=-1)
        scores.append(every[range(LENGTH - 1), ids[1:]].numpy())
    made = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
        "command": "python tests/golden/make_perplexity.py SmolLM2-135M-Instruct.Q4_1.gguf",
        "gguf": hashlib.sha256(path.read_bytes()).hexdigest(),
        "tokens": digest(texts),
        "perplexity": float(np.exp(-np.mean(scores))),
        "means": [float(row.mean()) for row in scores],
        "logprobs": encode(np.concatenate(scores[:WHOLE])),
    }
    GOLDEN.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{COUNT} windows of {LENGTH}: perplexity {made['perplexity']:.4f}")


if __name__ == "__main__":
    main()
