"""Make hf_models.json: what Hugging Face transformers computes with the small models of `hf_models.py`.

Not part of the tests, which read the file only. It makes an environment of its own (about 1.2 GB):

    python tests/golden/make_hf_models.py
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

PACKAGES = ("torch==2.13.0", "transformers==5.23.0", "numpy==2.4.3")

sys.path.insert(0, str(Path(__file__).parent))

SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
HEADS = {
    "feature-extraction": "Model",
    "text-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "fill-mask": "ForMaskedLM",
}
#: Architecture → (prefix of transformers' classes, what its configuration has besides, pad id).
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", {"vocab_size": 31, "max_position_embeddings": 23, "type_vocab_size": 2, **SIZES}),
    "distilbert": (
        "DistilBert",
        {"vocab_size": 31, "max_position_embeddings": 23, "dim": 12, "n_layers": 2, "n_heads": 3,
         "hidden_dim": 20},
    ),
    "roberta": (
        "Roberta",
        {"vocab_size": 31, "max_position_embeddings": 25, "type_vocab_size": 1, "pad_token_id": 1, **SIZES},
    ),
}  # fmt: skip

#: Text classifiers with a tokenizer: (architecture, tokenizer, configuration).
CLASSIFIERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bert-classifier": ("bert", "wordpiece", {"num_labels": 4}),
    "distilbert-classifier": ("distilbert", "wordpiece", {"num_labels": 1}),
    "roberta-classifier": (
        "roberta", "byte_level", {"num_labels": 3, "problem_type": "multi_label_classification"},
    ),
    "xlm-roberta-classifier": ("xlm-roberta", "unigram", {"num_labels": 1, "problem_type": "regression"}),
}  # fmt: skip
LABELS = ("anger", "joy", "fear", "平静")
MAX_LENGTH = 24

TEXTS = [
    "All human beings are born free and equal in dignity and rights.",
    "free",
    "Tous les êtres humains naissent libres et égaux.",
    "人人生而自由，在尊严和权利上一律平等。",
    "<s> [SEP] </s> 😀 a\tb\n",
    "They are endowed with reason and conscience and should act in a spirit of brotherhood. " * 3,
]
PAIRS = [
    {"text": "All human beings", "text_pair": "are born free"},
    {"text": "人人生而自由", "text_pair": "equal in dignity"},
]


def make(target: Path) -> None:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    models: dict[str, Any] = {}
    for family, (prefix, settings) in FAMILIES.items():
        for kind, ending in HEADS.items():
            config = getattr(transformers, f"{prefix}Config")(
                **settings, num_labels=4 if "token" in kind else 2
            )
            models[f"{family}-{kind}"] = bare(getattr(transformers, prefix + ending), config)
    for activation in ("gelu_new", "gelu_fast", "relu", "silu"):
        config = transformers.BertConfig(**FAMILIES["bert"][1], hidden_act=activation)
        models[f"bert-{activation}"] = bare(transformers.BertModel, config)
    # RoBERTa under another name.
    config = transformers.CamembertConfig(**FAMILIES["roberta"][1], num_labels=3)
    models["camembert-text-classification"] = bare(transformers.CamembertForSequenceClassification, config)
    for name, (family, words, settings) in CLASSIFIERS.items():
        models[name] = classifier(family, words, settings)
    found = {
        "provenance": {
            "script": "tests/golden/make_hf_models.py",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "texts": TEXTS,
        "pairs": PAIRS,
        "models": models,
    }
    target.write_text(
        json.dumps(found, ensure_ascii=True, indent=None, separators=(",", ":")) + "\n", "utf-8"
    )
    print(target.name, target.stat().st_size, "bytes,", len(models), "models")


def filled(cls: Any, config: Any, folder: Path) -> tuple[Any, dict[str, Any]]:
    """A model with the weights of `hf_models.weights`, saved and opened again; and its file's tensors."""
    import torch
    from hf_models import safetensors, weights

    model = cls(config).eval()
    model.save_pretrained(folder)
    content = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    shapes = {name: entry["shape"] for name, entry in sorted(header.items())}
    data = safetensors({name: ["F32", shape] for name, shape in shapes.items()})
    (folder / "model.safetensors").write_bytes(data)
    model = cls.from_pretrained(folder, attn_implementation="eager").eval()
    # What transformers read is what the tests will write.
    state = model.state_dict()
    for name, shape in shapes.items():
        assert torch.equal(state[name], torch.tensor(weights(name, tuple(shape)))), name
    return model, shapes


def bare(cls: Any, config: Any) -> dict[str, Any]:
    """A model without a tokenizer: one batch of ids with padding."""
    import numpy as np
    import torch
    from hf_models import packed

    pad = config.pad_token_id
    lengths = np.array([7, 2, 5])
    mask = (np.arange(7) < lengths[:, None]).astype(np.int64)
    ids = np.where(mask == 1, 2 + (np.arange(21).reshape(3, 7) * 11) % 29, pad)
    feeds = {"input_ids": ids, "attention_mask": mask}
    if config.model_type == "bert":
        feeds["token_type_ids"] = (np.arange(7) >= 3).astype(np.int64) * mask
    with tempfile.TemporaryDirectory() as folder:
        model, shapes = filled(cls, config, Path(folder))
        saved = json.loads((Path(folder) / "config.json").read_text())
        with torch.inference_mode():
            outputs = model(**{name: torch.tensor(value) for name, value in feeds.items()})
    wanted = ("last_hidden_state", "logits", "start_logits", "end_logits")
    results = {name: outputs[name].numpy() for name in wanted if name in outputs}
    return {"config": saved, "tensors": shapes, "inputs": packed(feeds), "outputs": packed(results)}


def classifier(family: str, words: str, settings: dict[str, Any]) -> dict[str, Any]:
    """A text classifier with its tokenizer, and what `transformers.pipeline` answers."""
    import transformers
    from hf_models import tokenizer

    content = tokenizer(words)
    ids = {token["content"]: token["id"] for token in content["added_tokens"]}
    pad = ids.get("[PAD]", ids.get("<pad>"))
    prefix = {"bert": "Bert", "distilbert": "DistilBert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta"}[
        family
    ]
    sizes = {**FAMILIES.get(family, FAMILIES["roberta"])[1]}
    sizes |= {"vocab_size": max(len(content["model"]["vocab"]), max(ids.values()) + 1), "pad_token_id": pad}
    # RoBERTa counts positions from the pad id on.
    sizes["max_position_embeddings"] = MAX_LENGTH + (pad + 1 if "roberta" in family else 0)
    labels = dict(enumerate(LABELS[: settings["num_labels"]]))
    more = {**settings, "id2label": labels, "label2id": {label: index for index, label in labels.items()}}
    more.pop("num_labels")
    config = getattr(transformers, f"{prefix}Config")(**sizes, **more)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, shapes = filled(getattr(transformers, f"{prefix}ForSequenceClassification"), config, folder)
        (folder / "tokenizer.json").write_text(json.dumps(content))
        special = {"pad_token": next(token for token in ids if "pad" in token.lower())}
        names = ["input_ids", "attention_mask"] + ["token_type_ids"] * (family == "bert")
        table = {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_LENGTH,
            "model_input_names": names, **special,
        }  # fmt: skip
        (folder / "tokenizer_config.json").write_text(json.dumps(table))
        fast = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        pipe = transformers.pipeline("text-classification", model=model, tokenizer=fast, device="cpu")
        saved = json.loads((folder / "config.json").read_text())
        return {
            "config": saved, "tensors": shapes, "tokenizer": words, "tokenizer_config": table,
            "logits": logits(model, fast), "pipeline": answers(pipe),
        }  # fmt: skip


def logits(model: Any, fast: Any) -> list[dict[str, Any]]:
    """For each text and each pair, as `answers` asks for them, its ids and logits, alone."""
    import torch

    rows = []
    asked: list[tuple[Any, dict[str, Any]]] = [(text, {}) for text in [*TEXTS, *PAIRS]]
    for text, options in [*asked, (TEXTS[0], {"max_length": 7}), (PAIRS[1], {"max_length": 9})]:
        given = {"text": text} if isinstance(text, str) else text
        feeds = fast(**given, truncation=True, return_tensors="pt", **options)
        with torch.inference_mode():
            values = model(**feeds).logits[0].tolist()
        rows.append({**{name: value[0].tolist() for name, value in feeds.items()}, "logits": values})
    return rows


def answers(pipe: Any) -> list[dict[str, Any]]:
    """Calls of the pipeline with their options, and what came back."""
    calls: list[tuple[Any, dict[str, Any]]] = [
        (TEXTS[0], {}),
        (TEXTS[0], {"top_k": 1}),
        (TEXTS[0], {"top_k": None}),
        (TEXTS, {}),
        (TEXTS, {"top_k": None}),
        (TEXTS, {"top_k": 2, "batch_size": 4, "padding": True}),
        ([TEXTS[1]], {}),
        (PAIRS[0], {}),
        (PAIRS[0], {"top_k": None}),
        (PAIRS, {"top_k": None}),
        (TEXTS[1], {"function_to_apply": "none", "top_k": None}),
        (TEXTS[1], {"function_to_apply": "sigmoid", "top_k": None}),
        (TEXTS[1], {"function_to_apply": "softmax", "top_k": None}),
        (TEXTS[0], {"max_length": 7, "top_k": None}),
        (PAIRS[1], {"max_length": 9, "top_k": None}),
    ]
    return [
        {"inputs": given, "options": options, "answer": pipe(given, truncation=True, **options)}
        for given, options in calls
    ]


def main() -> None:
    if "--inside" in sys.argv:
        make(Path(__file__).with_name("hf_models.json"))
        return
    run_inside(Path(__file__))


def run_inside(script: Path, packages: tuple[str, ...] = PACKAGES, flag: str = "--inside") -> None:
    """Run a script with `--inside` in an environment with these packages, which is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        subprocess.run([python, script, flag], check=True)


if __name__ == "__main__":
    main()
