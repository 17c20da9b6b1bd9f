"""Small models of each architecture in the page: the sequences of transformers' `generate`, as natively.

`WARDIAN_GENERATION_LONG=1` asks every model all 50 prompts, and not two.
"""

from __future__ import annotations

import base64
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from playwright.sync_api import Browser
from tests.browser.visiting import Harness, open_harness

from golden import generation_cases as cases
from golden import hf_models
from golden.merged import merged
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder

GOLDEN = json.loads(cases.GOLDEN.read_text("utf-8"))["models"]
MODELS = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
EXPORTS = zipfile.ZipFile(Path(hf_models.__file__).with_name("optimum_exports.zip"))
COUNT = 50 if os.environ.get("WARDIAN_GENERATION_LONG") == "1" else 2
SEARCHES = ("greedy", "beams")
#: As Optimum exports them: a cache that is whole, and positions that are given or not.
EXPORTED = ("gpt2", "gemma3") if COUNT == 2 else ("llama", "qwen2", "qwen3", "gemma", "gemma3", "gpt2")

RUN = """
import json
import numpy as np
from wardian.generation import GenerationConfig, collect, generate
from wardian.generation.causal import CausalDecoder
from wardian.generation.seq2seq import Seq2SeqDecoder
from wardian.session import open_session

async def opened(path):
    with open(path, "rb") as file:
        return await open_session(file.read(), device="wasm", owner="architectures")

async def answers(request):
    config, encoder = request["config"], None
    decoder = await opened("/given/decoder.onnx")
    if request["encodes"]:
        encoder = await opened("/given/encoder.onnx")
    alone, found = CausalDecoder(decoder, config), {}
    for name, settings in request["searches"].items():
        found[name] = []
        for text in request["texts"]:
            over, prompt = alone, text
            if encoder is not None:
                ids = np.array([text], np.int64)
                feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
                hidden = await encoder.run({spec.name: feeds[spec.name] for spec in encoder.inputs})
                over = Seq2SeqDecoder(decoder, config, hidden["last_hidden_state"], np.ones_like(ids))
                prompt = [request["generation"]["decoder_start_token_id"]]
            options = GenerationConfig.from_dict(request["generation"], **settings)
            results = await collect(generate(over, prompt, options))
            found[name].append([one.ids.tolist() for one in results])
    for session in (decoder, encoder):
        if session is not None:
            await session.close()
    return found

with open("/given/request.json") as file:
    request = json.load(file)
await answers(request)
"""


@pytest.fixture(scope="module")
def harness(browser: Browser, harness_url: str) -> Iterator[Harness]:
    opened = open_harness(browser.new_context(), harness_url)
    yield opened
    opened._page.context.close()


def converted(name: str, folder: Path) -> dict[str, bytes]:
    """The ONNX files that a page on WASM runs, each with its weights inside."""
    entry = MODELS[name]
    tensors = {key: hf_models.weights(key, tuple(shape)) for key, shape in entry["tensors"].items()}
    config = Config(entry["config"])
    built = build(config, tensors, head_kind(config, None), "model.safetensors")
    write_folder(built.files, folder)
    files = {"decoder": "decoder_model_merged", "encoder": "encoder_model"}
    if "model" in built.parts:
        files = {"decoder": "model_fold"}
    return {
        part: onnx.load(folder / "onnx" / f"{file}.onnx").SerializeToString() for part, file in files.items()
    }


def require_sequences(harness: Harness, name: str, files: dict[str, bytes]) -> None:
    request = {
        "config": MODELS[name]["config"],
        "generation": GOLDEN[name]["generation_config"],
        "encodes": "encoder" in files,
        "searches": {search: cases.ARCHITECTURE_SEARCHES[search][0] for search in SEARCHES},
        "texts": cases.architecture_prompts(COUNT, "encoder" in files),
    }
    given = {f"/given/{part}.onnx": base64.b64encode(data).decode() for part, data in files.items()}
    given["/given/request.json"] = base64.b64encode(json.dumps(request).encode()).decode()
    found = harness.run(RUN, given)
    for search in SEARCHES:
        expected = [sequences for sequences, *_ in GOLDEN[name]["searches"][search][:COUNT]]
        assert [" ".join(map(cases.spelled, row)) for row in found[search]] == expected, (name, search)


@pytest.mark.parametrize("name", cases.ARCHITECTURES)
def test_the_sequences_of_transformers(harness: Harness, name: str, tmp_path: Path) -> None:
    require_sequences(harness, name, converted(name, tmp_path))


@pytest.mark.parametrize(("name", "older"), [*((name, False) for name in EXPORTED), ("gpt2", True)])
def test_the_same_of_optimums_exports(harness: Harness, name: str, older: bool) -> None:
    content = EXPORTS.read(f"{name}/onnx/model.onnx")
    require_sequences(harness, name, {"decoder": merged(content) if older else content})
