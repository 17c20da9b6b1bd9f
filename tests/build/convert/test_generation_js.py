"""Encoder-decoders where they are to run: in onnxruntime-web (WASM), and in transformers.js."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tiny_whisper
from numpy.typing import NDArray

from golden import hf_models
from wardian_build import process
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import converted

from .test_ctranslate2 import GOLDEN, folder, greedy, tiny
from .test_generation_models import Generation

#: The folder of npm's @huggingface/transformers 4.3.1, installed with what it depends on.
TRANSFORMERS_JS = os.environ.get("WARDIAN_TRANSFORMERS_JS")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small Whisper with all its dtypes."""
    place = tmp_path_factory.mktemp("models")
    with converted(folder(place / "source", tiny()), place / "whisper", Options()):
        pass
    return place / "whisper"


@pytest.mark.parametrize("ending", ["", "_quantized"])
def test_the_merged_decoder_in_wasm(ending: str, whisper: Path, runtime: Path) -> None:
    """Caches without length and the encoder's tokens without any are nothing special there."""
    golden = GOLDEN["tiny"]["int8"]
    features = tiny_whisper.features()[:1]
    steps = hf_models.arrays(golden["outputs"])["logits"].shape[1]
    request = {
        "folder": str(whisper / "onnx"),
        "ending": ending,
        "features": {"data": features.reshape(-1).tolist(), "dims": features.shape},
        "prompt": golden["prompt"],
        "steps": steps,
    }
    script = HERE / "generation_wasm.mjs"
    command: list[str | Path] = [process.node(), script, runtime, json.dumps(request)]
    found = np.array(json.loads(process.run(command, "onnxruntime-web"))).reshape(steps, -1)
    if ending:
        expected = natively(whisper / "onnx", features, golden["prompt"], steps, ending)
        # Activations are rounded to 8 bits: where sums differ in the last place, a step of 1/255 may flip.
        assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()
    else:
        expected = hf_models.arrays(golden["outputs"])["logits"][0]
        assert np.abs(found - expected).max() < 1e-5 * max(1, np.abs(expected).max())
    assert found.argmax(axis=1).tolist() == expected.argmax(axis=1).tolist()


def natively(onnx: Path, features: Any, prompt: list[int], steps: int, ending: str) -> NDArray[Any]:
    """Logits (steps, words) of files whose names end so, in native onnxruntime."""
    here = onnx.parent / f"named{ending}"
    here.mkdir(exist_ok=True)
    for part in ("encoder_model", "decoder_model_merged"):
        (here / f"{part}.onnx").write_bytes((onnx / f"{part}{ending}.onnx").read_bytes())
    logits: NDArray[Any] = greedy(here, features, prompt, steps)[2][0]
    return logits


def tensor(value: NDArray[Any]) -> dict[str, Any]:
    kind = "int64" if value.dtype.kind == "i" else "float32"
    return {"type": kind, "data": value.reshape(-1).tolist(), "dims": value.shape}


def continued(path: Path, ids: list[int], steps: int, end: int) -> list[int]:
    """The tokens and what a decoder adds to them up to `end`, each time from the beginning."""
    session = onnxruntime.InferenceSession(str(path))
    for _ in range(steps):
        row = np.array([ids])
        feeds = {"input_ids": row, "attention_mask": np.ones_like(row), "num_logits_to_keep": np.array(1),
                 "position_ids": np.arange(len(ids))[None]}  # fmt: skip
        for value in session.get_inputs():
            if value.name.startswith("past_"):
                feeds[value.name] = np.zeros((1, value.shape[1], 0, value.shape[3]), np.float32)
        ids = [*ids, int(session.run(["logits"], feeds)[0][0, -1].argmax())]
        if ids[-1] == end:
            break
    return ids


@pytest.mark.skipif(not TRANSFORMERS_JS, reason="WARDIAN_TRANSFORMERS_JS names npm's package, installed")
def test_folders_load_in_transformers_js(whisper: Path, tmp_path: Path) -> None:
    """Every family: transformers.js generates the tokens that greedy decoding in native onnxruntime gives."""
    names = {
        "marian": "AutoModelForSeq2SeqLM", "m2m_100": "AutoModelForSeq2SeqLM",
        "bart": "AutoModelForSeq2SeqLM", "t5": "AutoModelForSeq2SeqLM",
        "whisper": "WhisperForConditionalGeneration",
    }  # fmt: skip
    requests, expected = [], {}
    for name, kind in names.items():
        entry = hf_models.write_folder(name, tmp_path / "source" / name)
        with converted(tmp_path / "source" / name, tmp_path / "made" / name, Options(dtypes=("fp32",))):
            pass
        inputs = hf_models.arrays(entry["inputs"])
        del inputs["decoder_input_ids"]
        given = {key: value[:1] for key, value in inputs.items()}
        start = entry["config"]["decoder_start_token_id"] if name != "t5" else 0
        onnx = tmp_path / "made" / name / "onnx"
        encoder = onnxruntime.InferenceSession(str(onnx / "encoder_model.onnx"))
        (hidden,) = encoder.run(["last_hidden_state"], given)
        session = onnxruntime.InferenceSession(str(onnx / "decoder_model_merged.onnx"))
        encoded = {"encoder_hidden_states": hidden, "encoder_attention_mask": given.get("attention_mask")}
        decoder, row = Generation(session, encoded), [start]
        end = entry["config"]["eos_token_id"]
        while len(row) < 7 and (len(row) == 1 or row[-1] != end):
            row.append(int(decoder.run(np.array([row[-1:]]))["logits"][0, -1].argmax()))
        if len(row) == 7 and entry["config"].get("forced_eos_token_id") is not None:
            row[-1] = entry["config"]["forced_eos_token_id"]
        expected[name] = {"fp32": [row]}
        given_json = {key: tensor(value) for key, value in given.items()}
        requests.append({"name": name, "dtype": "fp32", "kind": kind, "inputs": given_json, "tokens": 6})
    for name in ("llama", "qwen2"):
        entry = hf_models.write_folder(name, tmp_path / "source" / name)
        with converted(tmp_path / "source" / name, tmp_path / "made" / name, Options(dtypes=("fp32",))):
            pass
        inputs = hf_models.arrays(entry["inputs"])
        given = {key: inputs[key][:1] for key in ("input_ids", "attention_mask")}
        path = tmp_path / "made" / name / "onnx" / "model.onnx"
        row = given["input_ids"][0].tolist()
        expected[name] = {"fp32": [continued(path, row, 6, entry["config"]["eos_token_id"])]}
        given_json = {key: tensor(value) for key, value in given.items()}
        kind = "AutoModelForCausalLM"
        requests.append({"name": name, "dtype": "fp32", "kind": kind, "inputs": given_json, "tokens": 6})
    command: list[str | Path] = [
        process.node(), HERE / "transformers_js.mjs", str(TRANSFORMERS_JS), tmp_path / "made",
        json.dumps(requests),
    ]  # fmt: skip
    found = json.loads(process.run(command, "transformers.js").strip().splitlines()[-1])
    assert found == expected
