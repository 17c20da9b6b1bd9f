"""Decoders with caches against the same model without one: on both forms of a Llama, and on a Marian."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_llama
from gguf_writer import gguf_bytes
from numpy.typing import NDArray

from golden import hf_models
from wardian.errors import InputError, ModelError
from wardian.generation import incremental
from wardian.generation.causal import CausalDecoder
from wardian.generation.incremental import IncrementalDecoder
from wardian.generation.seq2seq import Seq2SeqDecoder
from wardian.session import Session, open_session
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.run import converted
from wardian_build.convert.sources import recognise

CONFIG = {"max_position_embeddings": 400, "vocab_size": tiny_llama.VOCABULARY}
FORMS = {"slices": "model_q4_fold", "whole": "model_q4"}
TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llama")
    metadata = {**tiny_llama.METADATA, "llama.context_length": CONFIG["max_position_embeddings"]}
    (folder / "tiny.gguf").write_bytes(gguf_bytes(metadata, tensors=tiny_llama.tensors("q4_1")))
    write_folder(convert(recognise(folder / "tiny.gguf"), Options()).files, folder / "made")
    return folder / "made"


@pytest.fixture(params=FORMS)
def decoder(llama: Path, request: pytest.FixtureRequest) -> CausalDecoder:
    session = asyncio.run(open_session(llama / "onnx" / f"{FORMS[request.param]}.onnx", threads=1))
    made = CausalDecoder(session, CONFIG)
    assert made._cache.slices == (request.param == "slices")
    assert made.bytes_per_token == 2 * 2 * tiny_llama.LAYERS * tiny_llama.WIDTH * 4
    return made


def tokens(*shape: int, seed: int = 0) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(2, tiny_llama.VOCABULARY, shape)


async def fresh(decoder: IncrementalDecoder, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """The same from the beginning."""
    decoder.forget()
    return await decoder.logits(ids)


class Counting:
    """A session that counts the tokens it is given."""

    def __init__(self, session: Session) -> None:
        self._session, self.given = session, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def run(self, feeds: Any, **options: Any) -> Any:
        self.given += feeds["input_ids"].size
        return await self._session.run(feeds, **options)


def counted(decoder: IncrementalDecoder) -> Counting:
    """Count from now on what the decoder runs."""
    counting = Counting(decoder._session)
    decoder._session = counting
    return counting


def check(decoder: CausalDecoder, steps: list[tuple[NDArray[np.int64], list[int] | None]]) -> int:
    """Each step's scores are those of a decoder that knows nothing; how many tokens the steps ran."""

    async def run() -> tuple[list[NDArray[np.float32]], int]:
        counting, found = counted(decoder), []
        for ids, order in steps:
            if order is not None:
                decoder.reorder(np.array(order))
            found.append(await decoder.logits(ids))
        given = counting.given
        for (ids, _), scores in zip(steps, found, strict=True):
            expected = await fresh(decoder, ids)
            assert scores.shape == (len(ids), decoder.vocabulary) and scores.dtype == np.float32
            assert np.abs(scores - expected).max() < TOLERANCE
            assert np.ptp(expected) > 0.1
        return found, given

    return asyncio.run(run())[1]


def test_a_token_at_a_time(decoder: CausalDecoder) -> None:
    ids = tokens(1, 90)
    assert check(decoder, [(ids[:, :end], None) for end in range(5, 91, 1)]) == 90


def test_a_second_turn_runs_only_what_is_new(decoder: CausalDecoder) -> None:
    ids = tokens(1, 80)
    other = np.concatenate([ids[:, :60], tokens(1, 25, seed=1)], axis=1)
    assert check(decoder, [(ids, None), (other, None)]) == 80 + 25


def test_the_same_again_costs_one_token(decoder: CausalDecoder) -> None:
    ids = tokens(1, 30)
    assert check(decoder, [(ids, None), (ids, None), (ids[:, :12], None)]) == 30 + 1 + (
        1 if decoder._cache.slices else 12 if decoder._cache.hidden + 18 > 64 else 1
    )


def test_a_new_conversation_begins_anew(decoder: CausalDecoder) -> None:
    ids, other = tokens(1, 30), tokens(1, 20, seed=5)
    other[0, 0] = ids[0, 0] % 40 + 3
    assert check(decoder, [(ids, None), (other, None)]) == 50


def test_beams_go_on_from_others(decoder: CausalDecoder) -> None:
    prompt = tokens(1, 10)
    beams = np.concatenate([np.repeat(prompt, 3, axis=0), tokens(3, 1, seed=2)], axis=1)
    moved = np.concatenate([beams[[1, 1, 0]], tokens(3, 1, seed=3)], axis=1)
    fewer = np.concatenate([moved[[2, 0]], tokens(2, 1, seed=4)], axis=1)
    steps = [(prompt, None), (beams, [0, 0, 0]), (moved, [1, 1, 0]), (fewer, [2, 0])]
    assert check(decoder, steps) == 10 + 3 + 3 + 2


def test_one_prompt_becomes_several_without_being_told(decoder: CausalDecoder) -> None:
    prompt = tokens(1, 10)
    beams = np.concatenate([np.repeat(prompt, 3, axis=0), tokens(3, 1, seed=2)], axis=1)
    assert check(decoder, [(prompt, None), (beams, None)]) == 13


@pytest.mark.parametrize(("long", "runs"), [(300, [256, 300]), (299, [128, 256, 300])])
def test_a_long_prompt_takes_several_runs_and_says_so(
    decoder: CausalDecoder, monkeypatch: pytest.MonkeyPatch, long: int, runs: list[int]
) -> None:
    """Smaller ones where attention would take much memory."""
    monkeypatch.setattr(incremental, "CHUNK", 256)
    monkeypatch.setattr(incremental, "LONG", long)
    ids, said = tokens(1, 300), []
    decoder.progress = lambda *progress: said.append(progress)
    asyncio.run(decoder.logits(ids))
    assert said == [("prompt", done, 300) for done in runs]
    decoder.progress = None
    assert check(decoder, [(ids, None)]) == 1


def test_too_long_is_refused_and_nothing_is_lost(decoder: CausalDecoder) -> None:
    ids = tokens(1, 401)
    with pytest.raises(InputError, match=r"1 to 400 tokens.*401 tokens"):
        asyncio.run(decoder.logits(ids))
    with pytest.raises(InputError, match="0 tokens"):
        asyncio.run(decoder.logits(ids[:, :0]))


def test_a_run_that_fails_leaves_a_decoder_that_works(decoder: CausalDecoder) -> None:
    ids = tokens(1, 12)
    asyncio.run(decoder.logits(ids))
    bad = ids.copy()
    bad[0, -1] = 10_000
    with pytest.raises(ModelError):
        asyncio.run(decoder.logits(bad))
    assert check(decoder, [(ids, None)]) == 12


def test_no_decoder_is_refused(llama: Path) -> None:
    models = Path(__file__).parents[1] / "session" / "models"
    session = asyncio.run(open_session(models / "identity_float32.onnx"))
    with pytest.raises(ModelError, match="no decoder"):
        CausalDecoder(session, {})


def test_a_decoder_of_an_encoder_keeps_what_it_saw_first(tmp_path: Path) -> None:
    hf_models.write_folder("marian", tmp_path / "source")
    with converted(tmp_path / "source", tmp_path / "made", Options(dtypes=("fp32",))):
        pass

    async def run() -> None:
        onnx = tmp_path / "made" / "onnx"
        encoder = await open_session(onnx / "encoder_model.onnx")
        source = tokens(1, 7) % 29 + 1
        mask = np.ones_like(source)
        encoded = await encoder.run({"input_ids": source, "attention_mask": mask})
        session = await open_session(onnx / "decoder_model_merged.onnx")
        decoder = Seq2SeqDecoder(session, {"vocab_size": 31}, np.asarray(next(iter(encoded.values()))), mask)
        ids = tokens(3, 9, seed=7) % 29 + 1
        ids[:, :2] = ids[0, :2]
        steps = [await decoder.logits(ids[:1, :2]), await decoder.logits(ids[:, :5])]
        decoder.reorder(np.array([2, 0, 0]))
        steps.append(await decoder.logits(ids[[2, 0, 0], :9]))
        expected = [await fresh(decoder, ids[:1, :2]), await fresh(decoder, ids[:, :5])]
        expected.append(await fresh(decoder, ids[[2, 0, 0], :9]))
        for found, wanted in zip(steps, expected, strict=True):
            assert np.abs(found - wanted).max() < TOLERANCE and np.ptp(wanted) > 0.01

    asyncio.run(run())
