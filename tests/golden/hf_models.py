"""Small models of Hugging Face's architectures, made again from names: the weights of a tensor follow from
its name and shape, so `hf_models.json` holds only which tensors `transformers` saves and what it computes.

`make_hf_models.py` and the tests both use this file: the script puts the weights into transformers' modules,
the tests into safetensors files.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = Path(__file__).with_name("hf_models.json")
GENERATION = Path(__file__).with_name("hf_generation.json")
VOCABULARIES = Path(__file__).with_name("tokenizers_models.json")

#: Bytes per element and how a float32 array is stored, by dtype of safetensors.
STORED = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8"}


def weights(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Values in [-0.5, 0.5) with 8 significant bits, so that float16 and bfloat16 hold them exactly too.

    Scales of normalizations are in [0.5, 1.5).
    """
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    mixed = (index * np.uint64(2654435761) + np.uint64(zlib.crc32(name.encode()))) & np.uint64(0xFFFFFFFF)
    mixed ^= mixed >> np.uint64(16)
    mixed = (mixed * np.uint64(0x45D9F3B)) & np.uint64(0xFFFFFFFF)
    mixed ^= mixed >> np.uint64(13)
    values = ((mixed >> np.uint64(8)) & np.uint64(0x7F)).astype(np.float32) / 128 - np.float32(0.5)
    norm = name.endswith(".weight") and "norm" in name.rsplit(".", 2)[-2].lower()
    return (values + np.float32(1) if norm else values).reshape(shape)


def safetensors(header: dict[str, list[Any]], changes: dict[str, NDArray[Any]] | None = None) -> bytes:
    """A safetensors file of name → [dtype, shape], with the weights of `weights`, or those in `changes`."""
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, (dtype, shape) in header.items():
        values = (changes or {}).get(name, weights(name, tuple(shape)))
        # bfloat16 is the upper half of float32.
        stored = values.view("<u4") >> 16 if dtype == "BF16" else values
        data = stored.astype(STORED[dtype]).tobytes()
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def pixels(batch: int, height: int, width: int) -> NDArray[np.float32]:
    """Images of three channels."""
    count = batch * 3 * height * width
    return np.sin(np.arange(count, dtype=np.float32)).reshape(batch, 3, height, width)


def _models(golden: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden.read_text("utf-8"))["models"]
    return found


def model_names() -> list[str]:
    return list(_models(GOLDEN))


def write_folder(name: str, folder: Path, dtype: str = "F32") -> dict[str, Any]:
    """The Hugging Face folder of one of the golden's models; returns its entry."""
    entry: dict[str, Any] = (_models(GOLDEN) | _models(GENERATION))[name]
    folder.mkdir(parents=True, exist_ok=True)
    header = {tensor: [dtype, shape] for tensor, shape in entry["tensors"].items()}
    (folder / "model.safetensors").write_bytes(safetensors(header))
    (folder / "config.json").write_text(json.dumps(entry["config"]))
    if "tokenizer" in entry:
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer(entry["tokenizer"])))
        (folder / "tokenizer_config.json").write_text(json.dumps(entry["tokenizer_config"]))
    return entry


def arrays(packed: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Arrays as the golden holds them: `{name: {"dtype", "shape", "data": base64}}`."""
    return {
        name: np.frombuffer(base64.b64decode(one["data"]), one["dtype"]).reshape(one["shape"])
        for name, one in packed.items()
    }


def packed(values: dict[str, Any]) -> dict[str, Any]:
    """The other way round; integers as int64, everything else as float32."""
    result = {}
    for name, value in values.items():
        array = np.asarray(value)
        stored = np.ascontiguousarray(array, "<i8" if array.dtype.kind == "i" else "<f4")
        data = base64.b64encode(stored.tobytes()).decode("ascii")
        result[name] = {"dtype": stored.dtype.str, "shape": list(stored.shape), "data": data}
    return result


def tokenizer(kind: str) -> dict[str, Any]:
    """`tokenizer.json` with one of the vocabularies of `tokenizers_models.json`."""
    known = json.loads(VOCABULARIES.read_text("utf-8"))
    return {"wordpiece": _wordpiece, "byte_level": _byte_level, "unigram": _unigram}[kind](known[kind])


def _wordpiece(vocab: list[str]) -> dict[str, Any]:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return {
        **_frame({token: vocab.index(token) for token in special}),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": _template(("[CLS]", vocab.index("[CLS]")), ("[SEP]", vocab.index("[SEP]")), False),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": {token: index for index, token in enumerate(vocab)},
        },
    }  # fmt: skip


def _byte_level(model: dict[str, Any]) -> dict[str, Any]:
    vocab = {token: index for index, token in enumerate(model["vocab"])}
    start, pad, end = len(vocab), len(vocab) + 1, len(vocab) + 2
    return {
        **_frame({"<unk>": 0, "<s>": start, "<pad>": pad, "</s>": end}),
        "normalizer": None,
        "pre_tokenizer": {
            "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True,
        },
        "post_processor": {
            "type": "RobertaProcessing", "sep": ["</s>", end], "cls": ["<s>", start],
            "trim_offsets": True, "add_prefix_space": False,
        },
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True,
        },
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": vocab, "merges": model["merges"],
        },
    }  # fmt: skip


def _unigram(vocab: list[list[Any]]) -> dict[str, Any]:
    names = [token for token, _ in vocab]
    special = {token: names.index(token) for token in ("<pad>", "<s>", "</s>", "<unk>")}
    return {
        **_frame(special),
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {
            "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True,
        },
        "post_processor": _template(("<s>", special["<s>"]), ("</s>", special["</s>"]), True),
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": names.index("<unk>"), "vocab": vocab, "byte_fallback": False},
    }  # fmt: skip


def _frame(special: dict[str, int]) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": index, "content": token, **flags} for token, index in special.items()]
    added.sort(key=lambda token: token["id"])
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added}


def _template(start: tuple[str, int], end: tuple[str, int], doubled: bool) -> dict[str, Any]:
    """`[CLS] A [SEP] B [SEP]`, or with the separator twice between, as XLM-RoBERTa has it."""

    def token(one: tuple[str, int], type_id: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": one[0], "type_id": type_id}}

    def text(letter: str, type_id: int) -> dict[str, Any]:
        return {"Sequence": {"id": letter, "type_id": type_id}}

    second = 0 if doubled else 1
    between = [token(end, 0)] * (2 if doubled else 1)
    return {
        "type": "TemplateProcessing",
        "single": [token(start, 0), text("A", 0), token(end, 0)],
        "pair": [token(start, 0), text("A", 0), *between, text("B", second), token(end, second)],
        "special_tokens": {
            name: {"id": name, "ids": [index], "tokens": [name]} for name, index in (start, end)
        },
    }
