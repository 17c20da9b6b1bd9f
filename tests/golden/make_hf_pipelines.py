"""Make hf_pipelines.json: what the pipelines of Hugging Face transformers answer with the small models of
`hf_pipelines.py`, and what sentence-transformers finds similar.

Not part of the tests, which read the file only. It makes environments of its own (about 1.3 GB):

    python tests/golden/make_hf_pipelines.py

transformers 5 has no pipeline `question-answering` any more, so that one is asked of the last 4.x.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from golden import hf_pipelines
from golden.hf_pipelines import FAMILIES, HEADS, MODELS, TEXTS

#: Stage → what it needs, and the kinds of tasks that it answers.
STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "--inside": (
        ("torch==2.13.0", "transformers==5.23.0", "numpy==2.4.6", "sentence-transformers==6.2.0"),
        tuple(kind for kind in HEADS if kind != "question-answering"),
    ),
    "--inside-4": (
        ("torch==2.13.0", "transformers==4.57.6", "tokenizers==0.22.2", "numpy==2.4.6"),
        ("question-answering",),
    ),
}
_DIGITS = 6

LABELS = (["politics", "free time"], "human rights, law ,sport", ["科学", "life", "x", "economy"], ["one"])
TEMPLATES = ("This example is {}.", "{}", "It is about {} and {{law}}.")
QUESTIONS = ("Who is born free?", "What?", "Where did Mr. O'Brien pay?", "谁生而自由？", "free", "¿Quién? 😀")


def make(stage: str, target: Path) -> None:
    """Answer the kinds of one stage, and put them beside those of the other."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)  # the models are tiny
    kinds = STAGES[stage][1]
    found = json.loads(target.read_text("utf-8")) if target.is_file() else {"provenance": {}, "models": {}}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    if stage == "--inside":
        import sentence_transformers

        versions["sentence-transformers"] = sentence_transformers.__version__
    found["provenance"]["script"] = "tests/golden/make_hf_pipelines.py"
    found["provenance"][", ".join(kinds)] = {"python": platform.python_version(), **versions}
    if stage == "--inside":
        found["deberta"] = hf_pipelines.packed(deberta())
    found["models"] = {name: entry for name, entry in found["models"].items() if name in MODELS}
    for name, (_, kind) in MODELS.items():
        if kind in kinds:
            found["models"][name] = hf_pipelines.packed(answered(name))
            print(name, len(found["models"][name]), flush=True)
            target.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", "utf-8")
    print(target.name, target.stat().st_size, "bytes,", len(found["models"]), "models")


def answered(name: str) -> dict[str, Any]:
    """A model's configuration, the shapes of its tensors, and calls with their answers."""
    import transformers
    from make_hf_models import filled

    family, kind = MODELS[name]
    prefix = FAMILIES[family][0]
    config = getattr(transformers, f"{prefix}Config")(**hf_pipelines.settings(name))
    config.attn_implementation = "eager"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model, shapes = filled(getattr(transformers, prefix + HEADS[kind]), config, folder)
        entry = {"config": json.loads((folder / "config.json").read_text()), "tensors": shapes}
        for path, content in hf_pipelines.folder_files(name, entry).items():
            if path != "model.safetensors":
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(content)
        fast = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        if kind == "feature-extraction":
            return entry | features(model, fast, folder)
        pipe = transformers.pipeline(kind, model=model, tokenizer=fast, device="cpu")
        return entry | {"calls": [asked(pipe, given, options) for given, options in CALLS[kind](fast)]}


def asked(pipe: Any, given: Any, options: dict[str, Any]) -> dict[str, Any]:
    """One call. Questions and contexts are keyword arguments of transformers' pipeline."""
    answer = pipe(**given, **options) if "question" in pipe.task else pipe(given, **options)
    return {"inputs": given, "options": options, "answer": rounded(answer)}


def rounded(value: Any) -> Any:
    """Scores to six digits, NumPy's numbers as Python's."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return round(value, _DIGITS) if isinstance(value, float) else value


def classifications(fast: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Every text, in turns with other options; pairs; a few lists."""
    turns: list[dict[str, Any]] = [
        {}, {"top_k": None}, {"top_k": 2}, {"function_to_apply": "sigmoid", "top_k": None},
        {"function_to_apply": "none"}, {"top_k": 1, "function_to_apply": "softmax"},
        {"max_length": 9, "top_k": None},
    ]  # fmt: skip
    calls: list[tuple[Any, dict[str, Any]]] = [
        (text, {"truncation": True, **turns[n % len(turns)]}) for n, text in enumerate(TEXTS)
    ]
    pairs = [{"text": one, "text_pair": other} for one, other in zip(TEXTS, TEXTS[5:], strict=False)]
    calls += [(pair, {"truncation": True, **turns[n % len(turns)]}) for n, pair in enumerate(pairs[::2])]
    return [*calls, (list(TEXTS[:9]), {"truncation": True}), (pairs[:4], {"truncation": True, "top_k": None})]


def zero_shots(fast: Any) -> list[tuple[Any, dict[str, Any]]]:
    calls: list[tuple[Any, dict[str, Any]]] = []
    for number, text in enumerate(text for text in TEXTS if text):
        options: dict[str, Any] = {"candidate_labels": LABELS[number % len(LABELS)]}
        if number % 3:
            options["hypothesis_template"] = TEMPLATES[number % len(TEMPLATES)]
        calls.append((text, options | ({"multi_label": True} if number % 2 else {})))
    return [*calls, (list(TEXTS[:5]), {"candidate_labels": LABELS[0]})]


def tokens(fast: Any) -> list[tuple[Any, dict[str, Any]]]:
    turns: list[dict[str, Any]] = [
        {"aggregation_strategy": name} for name in ("simple", "first", "average", "max", "none")
    ]
    turns += [{**turns[n], "stride": stride} for n, stride in enumerate((0, 8, 3, 20))]
    turns += [{"ignore_labels": []}, {"aggregation_strategy": "simple", "ignore_labels": ["PER", "O"]}]
    long = [text for text in TEXTS if len(text) > 200]
    calls = [(text, turns[n % len(turns)]) for n, text in enumerate([*TEXTS, *long])]
    words = ["Mr.", "O'Brien", "lives", "in", "New York", "😀"]
    return [
        *calls,
        (list(TEXTS[:6]), {"aggregation_strategy": "simple"}),
        (words, {"is_split_into_words": True, "aggregation_strategy": "simple"}),
        (words, {"is_split_into_words": True, "aggregation_strategy": "max", "delimiter": " _ "}),
    ]


def questions(fast: Any) -> list[tuple[Any, dict[str, Any]]]:
    turns: list[dict[str, Any]] = [
        {}, {"top_k": 3}, {"handle_impossible_answer": True}, {"max_answer_len": 3, "top_k": 2},
        {"align_to_words": False}, {"doc_stride": 5, "top_k": 4}, {"max_seq_len": 30, "doc_stride": 2},
        {"align_to_words": False, "top_k": 5, "handle_impossible_answer": True}, {"max_answer_len": 40},
    ]  # fmt: skip
    few = [text for text in TEXTS if len(fast(text, add_special_tokens=False)["input_ids"]) < 6]
    calls: list[tuple[Any, dict[str, Any]]] = []
    for number, text in enumerate(text for text in TEXTS if text):
        # Of fewer tokens than spans asked for transformers also gives spans that end before they begin.
        options = turns[number % len(turns)] if text not in few else {"max_answer_len": 1 + number % 5}
        calls.append(({"question": QUESTIONS[number % len(QUESTIONS)], "context": text}, options))
    long = " ".join(TEXTS[:12])
    calls += [({"question": one, "context": long}, turns[n]) for n, one in enumerate(QUESTIONS)]
    # Two in one call, over one context.
    return [*calls, ({"question": list(QUESTIONS[:3]), "context": TEXTS[40]}, {"top_k": 2})]


def masks(fast: Any) -> list[tuple[Any, dict[str, Any]]]:
    """A mask in place of a word, or two; in turns with other options."""
    mask = fast.mask_token
    turns: list[dict[str, Any]] = [
        {}, {"top_k": 2}, {"targets": ["free", "equal", "human"]}, {"top_k": 8},
        {"targets": "rights", "top_k": 3}, {"targets": ["免", "freedoms", "a"], "top_k": 2},
    ]  # fmt: skip
    calls: list[tuple[Any, dict[str, Any]]] = []
    for number, text in enumerate(text for text in TEXTS if "mask" not in text.lower()):
        words = text[:150].split(" ")
        words[number % min(len(words), 6)] = mask
        if number % 5 == 4:
            words.append(f"{mask}.")
        long = {"tokenizer_kwargs": {"truncation": True, "max_length": 38}}
        given = " ".join(words)
        cut = fast(given, truncation=True, max_length=38)["input_ids"]
        if fast.mask_token_id in cut:
            calls.append((given, turns[number % len(turns)] | long))
    one = f"All {mask} are free."
    return [*calls, ([one], {"top_k": 1}), ([one, f"{mask} is free. 😀"], {"top_k": 3})]


CALLS = {
    "text-classification": classifications,
    "zero-shot-classification": zero_shots,
    "token-classification": tokens,
    "question-answering": questions,
    "fill-mask": masks,
}


#: What DeBERTa-v2's configurations may have that the models above do not, with a head each.
DEBERTA: dict[str, tuple[str, dict[str, Any]]] = {
    "c2p": ("Model", {"pos_att_type": "c2p", "share_att_key": False}),
    "p2c": ("ForTokenClassification", {"pos_att_type": ["p2c"], "norm_rel_ebd": "none"}),
    "own-keys": ("ForSequenceClassification", {"share_att_key": False, "pooler_hidden_act": "relu"}),
    "no-buckets": ("ForQuestionAnswering", {"position_buckets": -1, "max_relative_positions": 5}),
    "positions": ("Model", {"position_biased_input": True, "type_vocab_size": 2}),
    "authors-head": ("ForMaskedLM", {"legacy": False}),
}


def deberta() -> dict[str, Any]:
    """Outputs of small models with other settings; and the rows of distances."""
    import torch
    import transformers
    from hf_models import packed
    from make_hf_models import filled
    from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

    made = {}
    mask = torch.tensor([[1] * 30, [1] * 11 + [0] * 19])
    ids = torch.where(mask == 1, 3 + (torch.arange(60).reshape(2, 30) * 11) % 29, 0)
    for name, (head, changes) in DEBERTA.items():
        base = {**FAMILIES["deberta-v2"][2], "vocab_size": 33, "max_position_embeddings": 30}
        config = transformers.DebertaV2Config(**base | changes, num_labels=2)
        feeds = {"input_ids": ids, "attention_mask": mask}
        if config.type_vocab_size:
            feeds["token_type_ids"] = mask * (torch.arange(30) > 7)
        with tempfile.TemporaryDirectory() as place:
            model, shapes = filled(getattr(transformers, f"DebertaV2{head}"), config, Path(place))
            saved = json.loads((Path(place) / "config.json").read_text())
        with torch.inference_mode():
            outputs = model(**feeds)
        wanted = {key: value.numpy() for key, value in outputs.items() if value is not None}
        made[name] = {
            "config": saved, "tensors": shapes, "outputs": packed(wanted),
            "inputs": packed({key: value.numpy() for key, value in feeds.items()}),
        }  # fmt: skip
    rows = {
        f"{buckets} {longest}": make_log_bucket_position(
            torch.arange(-longest, longest + 1), buckets, longest
        ).tolist()
        for buckets, longest in ((256, 512), (8, 40), (32, 128), (64, 512))
    }
    return {"models": made, "distances": rows}


def features(model: Any, fast: Any, folder: Path) -> dict[str, Any]:
    """Of each text the mean of its tokens, of two all tokens; and similarities by sentence-transformers."""
    import numpy as np
    import transformers
    from sentence_transformers import SentenceTransformer, util
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    pipe = transformers.pipeline("feature-extraction", model=model, tokenizer=fast, device="cpu")
    rows = [np.array(pipe(text, truncation=True)[0]) for text in TEXTS]
    word = Transformer(str(folder), max_seq_length=hf_pipelines.MAX_LENGTH)
    sentences = SentenceTransformer(modules=[word, Pooling(model.config.hidden_size)])
    with_one = [(text, list(TEXTS[n + 1 : n + 1 + n % 4]) or [text]) for n, text in enumerate(TEXTS)]
    scores = [util.cos_sim(sentences.encode(one), sentences.encode(others))[0] for one, others in with_one]
    return {
        "lengths": [len(row) for row in rows],
        "means": rounded([row.mean(axis=0).tolist() for row in rows]),
        "tokens": {str(n): rounded(rows[n].tolist()) for n in (0, 9)},
        "similar": [
            {"inputs": {"source_sentence": one, "sentences": others}, "answer": rounded(found.tolist())}
            for (one, others), found in zip(with_one, scores, strict=True)
        ],
    }


def main() -> None:
    target = hf_pipelines.GOLDEN
    for stage in STAGES:
        if stage in sys.argv:
            make(stage, target)
            return
    from make_hf_models import run_inside

    for stage, (packages, _) in STAGES.items():
        run_inside(Path(__file__), packages, stage)


if __name__ == "__main__":
    main()
