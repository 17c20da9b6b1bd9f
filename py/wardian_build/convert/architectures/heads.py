"""What stands on an encoder: classifiers of texts, tokens and images, question answering, masked language.

A head takes an encoder and returns the graph's outputs. Names of tensors are those of `transformers`' classes
`…ForSequenceClassification`, `…ForTokenClassification`, `…ForQuestionAnswering`, `…ForMaskedLM` and
`…ForImageClassification`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wardian_build.convert.architectures.encoder import Encoder, Specs

__all__ = ["CLASS_ENDINGS", "HEAD", "HEADS", "features", "mean_classes"]

HEAD = "classifier.weight"
"""The matrix of `mean_classes`: (labels, features)."""

_FLOAT = 1
"""ONNX's number for float32."""

#: Ending of a class in `architectures` of config.json → kind of task (Hugging Face's task id).
CLASS_ENDINGS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForPreTraining": "fill-mask",
    "ForImageClassification": "image-classification",
    "ForImageClassificationWithTeacher": "image-classification",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "MTModel": "translation",
    "Model": "feature-extraction",
}


def features(encoder: Encoder) -> Specs:
    hidden = encoder.hidden_states("last_hidden_state")
    return {hidden: ("float32", ["batch_size", "sequence_length", encoder.features])}


def _token_classes(encoder: Encoder) -> Specs:
    labels = encoder.config.labels
    logits = encoder.dense("classifier", encoder.hidden_states(), encoder.features, labels, "logits")
    return {logits: ("float32", ["batch_size", "sequence_length", labels])}


def _answers(encoder: Encoder) -> Specs:
    """Scores of every token to be the first, and the last, of the answer."""
    g = encoder.graph
    both = encoder.dense("qa_outputs", encoder.hidden_states(), encoder.features, 2)
    dims: list[int | str] = ["batch_size", "sequence_length"]
    last = g.constant("last_axis", np.array([2], np.int64))
    halves = g.ops("Split", both, names=["start_column", "end_column"], axis=-1)
    names = ("start_logits", "end_logits")
    for half, name in zip(halves, names, strict=True):
        g.op("Squeeze", half, last, name=name)
    return dict.fromkeys(names, ("float32", dims))


def _first_token(encoder: Encoder) -> str:
    """The hidden state of the first token: (batch, features)."""
    first = encoder.graph.constant("first", np.int64(0))
    return encoder.graph.op("Gather", encoder.hidden_states(), first, name="first_token", axis=1)


def _bert_classes(encoder: Encoder) -> Specs:
    """The pooler (dense and tanh over the first token), then a dense layer."""
    size, labels = encoder.features, encoder.config.labels
    pooled = encoder.dense("pooler.dense", _first_token(encoder), size, size)
    active = encoder.graph.op("Tanh", pooled, name="pooler.tanh")
    return _classes(encoder.dense("classifier", active, size, labels, "logits"), labels)


def _distilbert_classes(encoder: Encoder) -> Specs:
    size, labels = encoder.features, encoder.config.labels
    inner = encoder.dense("pre_classifier", _first_token(encoder), size, size)
    active = encoder.activate("pre_classifier", inner, "relu")
    return _classes(encoder.dense("classifier", active, size, labels, "logits"), labels)


def _roberta_classes(encoder: Encoder) -> Specs:
    size, labels = encoder.features, encoder.config.labels
    inner = encoder.dense("classifier.dense", _first_token(encoder), size, size)
    active = encoder.graph.op("Tanh", inner, name="classifier.tanh")
    return _classes(encoder.dense("classifier.out_proj", active, size, labels, "logits"), labels)


def _deberta_classes(encoder: Encoder) -> Specs:
    """A dense layer over the first token with an activation of its own, then another."""
    size, labels = encoder.features, encoder.config.labels
    pooled = encoder.dense("pooler.dense", _first_token(encoder), size, size)
    active = encoder.activate("pooler", pooled, str(encoder.config.table.get("pooler_hidden_act", "gelu")))
    return _classes(encoder.dense("classifier", active, size, labels, "logits"), labels)


def _deberta_words(encoder: Encoder) -> Specs:
    """With `legacy`, transformers' default, BERT's head; else that of DeBERTa's authors."""
    head = _BERT_WORDS if encoder.config.table.get("legacy", True) else _DEBERTA_WORDS
    return head(encoder)


def mean_classes(encoder: Encoder) -> Specs:
    """A dense layer over the mean of a text's tokens, for encoders that were trained for embeddings."""
    g, size, labels = encoder.graph, encoder.features, encoder.config.labels
    mask = g.op("Cast", "attention_mask", name="tokens", to=_FLOAT)
    column = g.op("Unsqueeze", mask, g.constant("last", np.array([-1], np.int64)), name="tokens.column")
    axis = g.constant("token_axis", np.array([1], np.int64))
    kept = g.op("Mul", encoder.hidden_states(), column, name="tokens.kept")
    total = g.op("ReduceSum", kept, axis, name="tokens.sum", keepdims=0)
    count = g.op("ReduceSum", mask, axis, name="tokens.count")
    mean = g.op("Div", total, count, name="tokens.mean")
    matrix = g.constant(HEAD, encoder.weights.get(HEAD, (labels, size)))
    bias = g.constant("classifier.bias", encoder.weights.get("classifier.bias", (labels,)))
    # Gemm: two columns are not worth int8, which takes the place of MatMul.
    return _classes(g.op("Gemm", mean, matrix, bias, name="logits", transB=1), labels)


def _classes(logits: str, labels: int) -> Specs:
    return {logits: ("float32", ["batch_size", labels])}


def _masked_words(
    dense: str, norm: str, bias: str, decoder: str, activation: str | None = None
) -> Callable[[Encoder], Specs]:
    """Dense, activation and normalization, then the scores of all words.

    The last matrix is that of the word embeddings, transposed, unless the file has one of its own.
    """

    def head(encoder: Encoder) -> Specs:
        g, size = encoder.graph, encoder.features
        inner = encoder.dense(dense, encoder.hidden_states(), size, size)
        normal = encoder.normalize(norm, encoder.activate(f"{dense}.active", inner, activation))
        rows = encoder.config.positive("vocab_size")
        tied = not encoder.weights.has(decoder)
        name = "embeddings.word_embeddings.weight" if tied else decoder
        table = encoder.store(name, encoder.weights.get(name, (rows, size)))
        # onnxruntime transposes a constant once, when it opens the model; so the file holds the table once.
        turned = g.op("Transpose", table, name="decoder.transposed", perm=[1, 0])
        offset = g.constant(bias, encoder.weights.get(bias, (rows,)))
        logits = g.op("Add", g.op("MatMul", normal, turned, name="decoder.product"), offset, name="logits")
        return {logits: ("float32", ["batch_size", "sequence_length", rows])}

    return head


def _image_features(encoder: Encoder) -> Specs:
    """Hidden states of all tokens and, where the file has a pooler, what it makes of the first."""
    size = encoder.features
    hidden = encoder.hidden_states("last_hidden_state")
    dims: list[int | str] = ["batch_size", "sequence_length", size]
    outputs: dict[str, tuple[str, list[int | str]]] = {hidden: ("float32", dims)}
    if encoder.weights.has("pooler.dense.weight"):
        encoder.config.refuse({"pooler_act": ("tanh", None), "pooler_output_size": (size, None)})
        pooled = encoder.dense("pooler.dense", _token(encoder, hidden, 0), size, size)
        outputs[encoder.graph.op("Tanh", pooled, name="pooler_output")] = ("float32", ["batch_size", size])
    return outputs


def _image_classes(encoder: Encoder) -> Specs:
    """A dense layer over the first token."""
    size, labels = encoder.features, encoder.config.labels
    first = _token(encoder, encoder.hidden_states(), 0)
    return _classes(encoder.dense("classifier", first, size, labels, "logits"), labels)


def _distilled_classes(encoder: Encoder) -> Specs:
    """DeiT: the mean of two dense layers, over the first token and over the one that had a teacher."""
    if not encoder.weights.has("distillation_classifier.weight"):
        return _image_classes(encoder)
    g, size, labels = encoder.graph, encoder.features, encoder.config.labels
    hidden = encoder.hidden_states()
    names = ("cls_classifier", "distillation_classifier")
    both = [
        encoder.dense(name, _token(encoder, hidden, place), size, labels) for place, name in enumerate(names)
    ]
    half = g.constant("half", np.float32(0.5))
    return _classes(g.op("Mul", g.op("Add", *both, name="both"), half, name="logits"), labels)


def _token(encoder: Encoder, hidden: str, place: int) -> str:
    """The hidden state of one token: (batch, features)."""
    index = encoder.graph.constant(f"place_{place}", np.int64(place))
    return encoder.graph.op("Gather", hidden, index, name=f"token_{place}", axis=1)


_BERT_WORDS = _masked_words(
    "cls.predictions.transform.dense",
    "cls.predictions.transform.LayerNorm",
    "cls.predictions.bias",
    "cls.predictions.decoder.weight",
)
_DEBERTA_WORDS = _masked_words(
    "lm_predictions.lm_head.dense",
    "lm_predictions.lm_head.LayerNorm",
    "lm_predictions.lm_head.bias",
    "lm_predictions.lm_head.decoder.weight",
)

_COMMON: dict[str, Callable[[Encoder], Specs]] = {
    "feature-extraction": features,
    "token-classification": _token_classes,
    "question-answering": _answers,
}

_ROBERTA = {
    **_COMMON,
    "text-classification": _roberta_classes,
    # RoBERTa's head has erf GELU whatever `hidden_act` is.
    "fill-mask": _masked_words(
        "lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder.weight", "gelu"
    ),
}

#: Architecture (`model_type` of config.json) → kind of task → head.
HEADS: dict[str, dict[str, Callable[[Encoder], Specs]]] = {
    "bert": {
        **_COMMON,
        "text-classification": _bert_classes,
        "fill-mask": _BERT_WORDS,
    },
    "distilbert": {
        **_COMMON,
        "text-classification": _distilbert_classes,
        "fill-mask": _masked_words(
            "vocab_transform", "vocab_layer_norm", "vocab_projector.bias", "vocab_projector.weight"
        ),
    },
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "deberta-v2": {**_COMMON, "text-classification": _deberta_classes, "fill-mask": _deberta_words},
    "vit": {
        "image-feature-extraction": _image_features,
        "feature-extraction": _image_features,
        "image-classification": _image_classes,
    },
    "deit": {
        "image-feature-extraction": _image_features,
        "feature-extraction": _image_features,
        "image-classification": _distilled_classes,
    },
}
