"""Small models of each architecture, converted by our converters: the sequences of transformers' `generate`.

Each model runs twice: through a decoder that computes everything anew at each step, so that only the search
is looked at, and through the decoders of this package with their caches. Some run once more as Optimum
exports them for transformers.js.
"""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from golden import generation_cases as cases
from golden import hf_models
from golden.merged import merged
from wardian.generation import Decoder, Generated, GenerationConfig, collect, generate
from wardian.generation.causal import CausalDecoder
from wardian.generation.seq2seq import Seq2SeqDecoder
from wardian.session import open_session
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder

GOLDEN = json.loads(cases.GOLDEN.read_text("utf-8"))["models"]
MODELS = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
#: Of beams' scores: logits differ by 1e-6, and nine of them add up.
TOLERANCE = 3e-5

#: `WARDIAN_GENERATION_LONG=1` asks every model every prompt, both ways.
LONG = os.environ.get("WARDIAN_GENERATION_LONG") == "1"
#: One of each family gets all prompts with its caches; the others a share, and so do searches without caches.
ALL = ("llama", "gemma3", "gpt2", "marian", "m2m_100", "bart", "t5")
SHARE = 8


class Recomputing:
    """All tokens at each step, with an empty cache."""

    def __init__(self, session: onnxruntime.InferenceSession, encoded: dict[str, NDArray[Any]]) -> None:
        self._session, self._encoded = session, encoded
        self._inputs = {value.name: value for value in session.get_inputs()}
        self.vocabulary = int(session.get_outputs()[0].shape[-1])

    async def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        rows, length = ids.shape
        places = np.broadcast_to(np.arange(length), ids.shape)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "position_ids": places.astype(np.int64),
            "num_logits_to_keep": np.array(1),
            **{name: np.repeat(value, rows, axis=0) for name, value in self._encoded.items()},
        }
        for name, value in self._inputs.items():
            if name.startswith("past_key_values"):
                heads, width = value.shape[1], value.shape[3]
                feeds[name] = np.zeros((rows, heads, 0, width), np.float32)
        fed = {name: value for name, value in feeds.items() if name in self._inputs}
        scores: NDArray[np.float32] = self._session.run(["logits"], fed)[0]
        return scores[:, -1]

    def reorder(self, rows: NDArray[np.int64]) -> None:
        pass


class Model:
    """A converted model: decoders of it, and the prompts and limits of its searches."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.config = name, MODELS[name]["config"]
        tensors = {
            tensor: hf_models.weights(tensor, tuple(shape))
            for tensor, shape in MODELS[name]["tensors"].items()
        }
        config = Config(self.config)
        built = build(config, tensors, head_kind(config, None), "model.safetensors", external=None)
        write_folder(built.files, folder)
        self.folder = folder / "onnx"
        self.generation = GOLDEN[name]["generation_config"]
        self.encodes = (self.folder / "encoder_model.onnx").exists()
        self.decoder_file = self.folder / ("decoder_model_merged.onnx" if self.encodes else "model.onnx")
        self._encoder = (
            onnxruntime.InferenceSession(str(self.folder / "encoder_model.onnx")) if self.encodes else None
        )

    def prompt(self, text: list[int]) -> list[int]:
        return [self.generation["decoder_start_token_id"]] if self.encodes else text

    def encoded(self, text: list[int]) -> dict[str, NDArray[Any]]:
        if self._encoder is None:
            return {}
        ids = np.array([text])
        mask = np.ones_like(ids)
        feeds = {"input_ids": ids, "attention_mask": mask}
        wanted = [value.name for value in self._encoder.get_inputs()]
        (hidden,) = self._encoder.run(["last_hidden_state"], {name: feeds[name] for name in wanted})
        return {"encoder_hidden_states": hidden, "encoder_attention_mask": mask}


@pytest.fixture(scope="module", params=cases.ARCHITECTURES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(request.param, tmp_path_factory.mktemp(request.param))


def compare(name: str, found: list[tuple[Generated, ...]], golden: list[Any]) -> None:
    for row, (sequences, *scores) in zip(found, golden, strict=True):
        assert " ".join(cases.spelled(one.ids) for one in row) == sequences, name
        if scores:
            assert [one.score for one in row] == pytest.approx(scores, abs=TOLERANCE)


async def searched(model: Model, decoder: Decoder, text: list[int], settings: dict[str, Any]) -> Any:
    config = GenerationConfig.from_dict(model.generation, **settings)
    return await collect(generate(decoder, model.prompt(text), config))


def asked(model: Model, name: str, everything: bool) -> tuple[dict[str, Any], list[list[int]], list[Any]]:
    """Settings of a search, its prompts, and what transformers made of them."""
    settings, count = cases.ARCHITECTURE_SEARCHES[name]
    count = count if everything or LONG else min(count, SHARE)
    golden = GOLDEN[model.name]["searches"][name]
    assert len(golden) >= count
    return settings, cases.architecture_prompts(count, model.encodes), golden[:count]


@pytest.mark.parametrize("name", cases.ARCHITECTURE_SEARCHES)
def test_the_sequences_of_transformers(model: Model, name: str) -> None:
    settings, texts, golden = asked(model, name, everything=False)
    session = onnxruntime.InferenceSession(str(model.decoder_file))

    async def all_of() -> list[tuple[Generated, ...]]:
        return [
            await searched(model, Recomputing(session, model.encoded(text)), text, settings) for text in texts
        ]

    compare(name, asyncio.run(all_of()), golden)


@pytest.mark.parametrize("name", cases.ARCHITECTURE_SEARCHES)
def test_the_same_with_caches(model: Model, name: str) -> None:
    settings, texts, golden = asked(model, name, everything=model.name in ALL)

    async def all_of() -> list[tuple[Generated, ...]]:
        session = await open_session(model.decoder_file, threads=1)
        alone = CausalDecoder(session, model.config)
        found = []
        for text in texts:
            decoder: Decoder = alone
            if model.encodes:
                encoded = model.encoded(text)
                states, mask = encoded["encoder_hidden_states"], encoded["encoder_attention_mask"]
                decoder = Seq2SeqDecoder(session, model.config, states, mask)
            found.append(await searched(model, decoder, text, settings))
        await session.close()
        return found

    compare(name, asyncio.run(all_of()), golden)


EXPORTS = zipfile.ZipFile(Path(hf_models.__file__).with_name("optimum_exports.zip"))
EXPORTED = [member.split("/")[0] for member in EXPORTS.namelist() if member.endswith(".onnx")]


@pytest.mark.parametrize("search", cases.ARCHITECTURE_SEARCHES)
@pytest.mark.parametrize(("name", "older"), [*((name, False) for name in EXPORTED), ("gpt2", True)])
def test_the_same_of_optimums_exports(name: str, older: bool, search: str) -> None:
    """Older ones have a branch for the first step and one for the others."""
    content = EXPORTS.read(f"{name}/onnx/model.onnx")
    settings, count = cases.ARCHITECTURE_SEARCHES[search]
    texts = cases.architecture_prompts(count if LONG else min(count, SHARE), encoder=False)
    defaults = GOLDEN[name]["generation_config"]

    async def all_of() -> list[tuple[Generated, ...]]:
        session = await open_session(merged(content) if older else content, threads=1)
        decoder = CausalDecoder(session, MODELS[name]["config"])
        config = GenerationConfig.from_dict(defaults, **settings)
        found = [await collect(generate(decoder, text, config)) for text in texts]
        await session.close()
        return found

    compare(name, asyncio.run(all_of()), GOLDEN[name]["searches"][search][: len(texts)])
