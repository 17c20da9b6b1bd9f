"""Small models for every pipeline over texts, and the texts that they are asked about.

`make_hf_pipelines.py` runs transformers' pipelines on them and writes `hf_pipelines.json`; the tests make the
same model folders again (the weights follow from the tensors' names, see `hf_models.py`) and compare.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from golden import hf_models

__all__ = ["GOLDEN", "MODELS", "TEXTS", "folder_files", "packed", "read_golden", "tokenizer", "unpacked"]

GOLDEN = Path(__file__).with_name("hf_pipelines.json")

MAX_LENGTH = 40
"""Tokens: some of the texts are longer."""
QUESTION_LENGTH = 64
"""The same where a question is in every window, too."""

_SIZES = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
}  # fmt: skip
#: Architecture → (prefix of transformers' classes, tokenizer, what its configuration has besides).
FAMILIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bert": ("Bert", "wordpiece", {**_SIZES, "type_vocab_size": 2}),
    # MiniLM is BERT, thinner and deeper.
    "minilm": (
        "Bert", "wordpiece",
        {**_SIZES, "type_vocab_size": 2, "num_hidden_layers": 3, "num_attention_heads": 8,
         "intermediate_size": 64},
    ),
    "distilbert": (
        "DistilBert", "wordpiece", {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
    ),
    "roberta": ("Roberta", "byte_level", {**_SIZES, "type_vocab_size": 1}),
    "xlm-roberta": ("XLMRoberta", "unigram", {**_SIZES, "type_vocab_size": 1}),
    # The settings of DeBERTa-v3, with distances that fall into buckets early.
    "deberta-v2": (
        "DebertaV2", "sentencepiece",
        {**_SIZES, "type_vocab_size": 0, "relative_attention": True, "position_buckets": 8,
         "max_relative_positions": -1, "norm_rel_ebd": "layer_norm", "share_att_key": True,
         "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
    ),
}  # fmt: skip

HEADS = {
    "feature-extraction": "Model",
    "text-classification": "ForSequenceClassification",
    "zero-shot-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "fill-mask": "ForMaskedLM",
}
ENTITIES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC")
_MOODS = ("anger", "joy", "fear", "平静")
#: What the classifiers are for, so that every function from logits to scores occurs.
_PROBLEMS: dict[str, dict[str, Any]] = {
    "bert": {"labels": _MOODS},
    "minilm": {"labels": ("toxic",)},
    "distilbert": {"labels": _MOODS, "problem_type": "multi_label_classification"},
    "roberta": {"labels": _MOODS[:3], "problem_type": "single_label_classification"},
    "xlm-roberta": {"labels": ("stars",), "problem_type": "regression"},
    "deberta-v2": {"labels": _MOODS[:2]},
}
#: Names and order of the labels of inference, which differ between models.
_INFERENCE: dict[str, tuple[str, ...]] = {
    "bert": ("contradiction", "neutral", "entailment"),
    "minilm": ("ENTAILMENT", "NEUTRAL", "CONTRADICTION"),
    "distilbert": ("not_entailment", "entailment"),
    "roberta": ("contradiction", "entailment", "neutral"),
    "xlm-roberta": ("LABEL_0", "LABEL_1", "LABEL_2"),
    "deberta-v2": ("entailment", "neutral", "contradiction"),
}
MODELS: dict[str, tuple[str, str]] = {
    f"{family}-{kind}": (family, kind) for family in FAMILIES for kind in HEADS
}

_SENTENCES = (
    "All human beings are born free and equal in dignity and rights.",
    "Everyone has the right to life, liberty and security of person.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "人人生而自由，在尊严和权利上一律平等。",
    "すべての人間は、生まれながらにして自由である。",
    "Все люди рождаются свободными и равными.",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "כל בני אדם נולדו בני חורין ושווים בערכם.",
    "Mr. O'Brien paid $1,234.56 (in Oslo) on 3/4/2024; didn't he?",
    "They are endowed with reason and conscience.",
    "No one shall be held in slavery or servitude",
)
TEXTS: tuple[str, ...] = (
    *_SENTENCES,
    *("free", "a", ".", "Wolfgang", "New York", "I", "Zürich", "naïve café", "don't", "x" * 120),
    *("", " ", "\n\t ", "\x00", "a\x00b\x01c", "\u200bzero\u200dwidth\u200b", "\ufeffmark", "e\u0301 \u212b"),
    *("😀", "👩\u200d👩\u200d👧\u200d👦 🇨🇭", "😀 is free 😀", "ﬁne ① Ⅷ ½", "İstanbul ǅ ß ﬀ"),
    *("[CLS] human [SEP]", "<s> human </s>", "[MASK] and <mask>", "[UNK] <unk> [PAD] <pad>"),
    *(f"{first} {second}" for first, second in zip(_SENTENCES[:8], _SENTENCES[4:], strict=True)),
    *(" ".join(_SENTENCES[start : start + 4]) for start in range(6)),
    "free " * 100, "人权" * 60, "right, " * 20 + "equal", "\u202eevil\u202c right-to-left אבג abc",
)  # fmt: skip


def tokenizer(kind: str) -> dict[str, Any]:
    """`tokenizer.json` with a mask token; "sentencepiece" is a Unigram with DeBERTa-v3's special tokens."""
    found = hf_models.tokenizer("unigram" if kind == "sentencepiece" else kind)
    if kind == "sentencepiece":
        names = {"<pad>": "[PAD]", "<s>": "[CLS]", "</s>": "[SEP]", "<unk>": "[UNK]"}
        text = json.dumps(found, ensure_ascii=False)
        for old, new in names.items():
            text = text.replace(json.dumps(old), json.dumps(new))
        found = json.loads(text)
        # One separator between two texts, and the second is of type 1.
        pair = found["post_processor"]["pair"]
        found["post_processor"]["pair"] = [
            *pair[:3], *({key: {**value, "type_id": 1} for key, value in part.items()} for part in pair[4:]),
        ]  # fmt: skip
    if kind != "wordpiece":
        mask = "[MASK]" if kind == "sentencepiece" else "<mask>"
        index = max(token["id"] for token in found["added_tokens"]) + 1
        vocabulary = found["model"]["vocab"]
        index = max(index, len(vocabulary))
        flags = {"single_word": False, "lstrip": kind != "sentencepiece", "rstrip": False,
                 "normalized": False, "special": True}  # fmt: skip
        found["added_tokens"].append({"id": index, "content": mask, **flags})
    return found


def special_tokens(kind: str) -> dict[str, str]:
    """The special tokens by role, as `tokenizer_config.json` has them."""
    if kind in ("wordpiece", "sentencepiece"):
        return {f"{role}_token": f"[{role.upper()}]" for role in ("pad", "unk", "cls", "sep", "mask")}
    names = {"pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    names |= {"cls": "<s>", "bos": "<s>", "sep": "</s>", "eos": "</s>"}
    return {f"{role}_token": token for role, token in names.items()}


def max_length(name: str) -> int:
    return QUESTION_LENGTH if MODELS[name][1] == "question-answering" else MAX_LENGTH


def tokenizer_config(name: str) -> dict[str, Any]:
    family = MODELS[name][0]
    typed = family in ("bert", "minilm", "deberta-v2")
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_length(name),
        "clean_up_tokenization_spaces": family in ("bert", "roberta"),
        "model_input_names": ["input_ids", *["token_type_ids"] * typed, "attention_mask"],
        **special_tokens(FAMILIES[family][1]),
    }


def settings(name: str) -> dict[str, Any]:
    """What the configuration of a model is made of."""
    family, kind = MODELS[name]
    _, words, sizes = FAMILIES[family]
    content = tokenizer(words)
    ids = {token["content"]: token["id"] for token in content["added_tokens"]}
    pad = ids[special_tokens(words)["pad_token"]]
    highest = max(len(content["model"]["vocab"]) - 1, *ids.values())
    found = {**sizes, "vocab_size": highest + 1, "pad_token_id": pad}
    # RoBERTa counts positions from the pad id on.
    found["max_position_embeddings"] = max_length(name) + (pad + 1 if "roberta" in family else 0)
    problem = dict(_PROBLEMS[family]) if kind == "text-classification" else {}
    labels = problem.pop("labels", ())
    labels = {"token-classification": ENTITIES, "zero-shot-classification": _INFERENCE[family]}.get(
        kind, labels
    )
    if labels:
        found |= {"id2label": dict(enumerate(labels)), "label2id": {one: n for n, one in enumerate(labels)}}
    return found | problem


def packed(value: Any) -> str:
    """JSON, compressed, as base64: the answers are many."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8", "surrogatepass"), 9)).decode("ascii")


def unpacked(value: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(value)))


def read_golden() -> dict[str, Any]:
    """`provenance`, and by model `config`, `tensors` (name to shape) and `calls`."""
    found = json.loads(GOLDEN.read_text("utf-8"))
    return {**found, "models": {name: unpacked(value) for name, value in found["models"].items()}}


def folder_files(name: str, entry: dict[str, Any]) -> dict[str, bytes]:
    """The Hugging Face folder of a model of the golden: path to content."""
    family, kind = MODELS[name]
    header = {tensor: ["F32", shape] for tensor, shape in entry["tensors"].items()}
    files: dict[str, Any] = {
        "config.json": entry["config"],
        "tokenizer.json": tokenizer(FAMILIES[family][1]),
        "tokenizer_config.json": tokenizer_config(name),
    }
    if kind == "feature-extraction":
        files["1_Pooling/config.json"] = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    made = {path: json.dumps(content, ensure_ascii=False).encode() for path, content in files.items()}
    return {**made, "model.safetensors": hf_models.safetensors(header)}
