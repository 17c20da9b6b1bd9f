"""Whole searches against transformers' `generate`, with a model of tables (generation.json)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from tests.generation.tables import TableDecoder, generated, run, steps_of

from golden import generation_cases as cases
from wardian.errors import InputError, ModelError
from wardian.generation import GenerationConfig, generate
from wardian.generation.processors import build_processors

GOLDEN = json.loads(cases.GOLDEN.read_text("utf-8"))["searches"]
#: Of beams' scores: sums of a dozen log-probabilities in float32, written with six digits.
TOLERANCE = 3e-6


@pytest.mark.parametrize("name", cases.SEARCHES)
def test_the_sequences_of_transformers(name: str) -> None:
    settings, count = cases.SEARCHES[name]
    assert len(GOLDEN[name]) == count
    for prompt, (sequences, *scores) in zip(cases.prompts(), GOLDEN[name], strict=False):
        found = generated(prompt, **settings)
        assert " ".join(cases.spelled(one.ids) for one in found) == sequences, prompt
        if scores:
            assert [one.score for one in found] == pytest.approx(scores, abs=TOLERANCE)
        else:
            assert [one.score for one in found] == [None]


def test_the_cases_differ() -> None:
    """Settings that changed nothing would prove nothing."""
    for kind, plain in (("greedy-", "greedy"), ("beams-", "beams")):
        for name, rows in GOLDEN.items():
            if name.startswith(kind):
                both = zip(rows, GOLDEN[plain], strict=False)
                assert any(row[0] != other[0] for row, other in both), name


def test_why_sequences_end() -> None:
    for prompt in cases.prompts(10):
        for settings in (
            {"max_new_tokens": 6, "eos_token_id": [2, 5]},
            {"max_new_tokens": 6, "eos_token_id": [2, 5], "num_beams": 3, "num_return_sequences": 3},
        ):
            for one in generated(prompt, **settings):
                ended = one.ids[-1] in (2, 5)
                assert one.finish_reason == ("eos" if ended else "length")
                assert ended or len(one.ids) == 6
                assert not np.isin(one.ids[:-1], (2, 5)).any()


def test_steps_of_greedy_search_are_its_sequence() -> None:
    for prompt in cases.prompts(5):
        steps = steps_of(prompt, max_new_tokens=9, eos_token_id=2)
        tokens = [int(step.tokens[0]) for step in steps]
        assert all(step.rows.tolist() == [0] and step.tokens.shape == (1,) for step in steps)
        assert [bool(step.results) for step in steps] == [False] * (len(steps) - 1) + [True]
        assert steps[-1].results[0].ids.tolist() == tokens


def test_steps_of_beams_tell_where_each_goes_on_from() -> None:
    prompt = cases.prompts()[3]
    steps = steps_of(prompt, max_new_tokens=7, num_beams=4, num_return_sequences=2)
    beams: list[list[int]] = [[]]
    for step in steps:
        beams = [[*beams[row], int(token)] for row, token in zip(step.rows, step.tokens, strict=True)]
    # Without EOS all of them end at the same length, the candidates of the last step.
    assert len(beams[0]) == 7
    assert steps[-1].results[0].ids[:6].tolist() in [beam[:6] for beam in beams]


def test_the_prompt_is_run_once_for_all_beams() -> None:
    decoder = TableDecoder()
    generated([5, 6, 7], decoder, num_beams=4, max_new_tokens=3)
    assert decoder.calls == [(1, 3), (4, 4), (4, 5)]
    decoder = TableDecoder()
    generated([5, 6, 7], decoder, do_sample=True, num_return_sequences=3, seed=0, max_new_tokens=3)
    assert decoder.calls == [(1, 3), (3, 4), (3, 5)]


@pytest.mark.parametrize("beams", [1, 3])
def test_log_probabilities_are_those_of_the_tokens(beams: int) -> None:
    """By hand: softmax over all that came before, of the model's scores and of what the processors made."""
    tables, prompt = cases.Tables(), cases.prompts()[4]
    settings: dict[str, Any] = {"repetition_penalty": 1.5, "max_new_tokens": 6, "eos_token_id": 2}
    config = GenerationConfig(**settings, num_beams=beams)
    process = build_processors(config, vocabulary=cases.VOCABULARY, prompt=len(prompt), limit=99)
    (one,) = generated(prompt, **settings, num_beams=beams, output_logprobs=True, output_raw_logprobs=True)
    assert one.logprobs is not None and one.raw_logprobs is not None
    assert one.logprobs.dtype == one.raw_logprobs.dtype == np.float32
    ids = np.array([prompt])
    for place, token in enumerate(one.ids):
        raw = tables(ids).astype(np.float64)
        raw -= np.log(np.exp(raw).sum())
        given = raw if beams > 1 else tables(ids)
        made = process(ids, given.astype(np.float32)).astype(np.float64)[0]
        assert one.raw_logprobs[place] == pytest.approx(raw[0, token], abs=1e-5)
        assert one.logprobs[place] == pytest.approx(made[token] - np.log(np.exp(made).sum()), abs=1e-5)
        ids = np.append(ids, [[token]], axis=1)
    (plain,) = generated(prompt, **settings, num_beams=beams)
    assert plain.logprobs is None and plain.raw_logprobs is None


def test_the_score_of_a_beam_is_the_mean_of_its_log_probabilities() -> None:
    settings = {"num_beams": 4, "num_return_sequences": 4, "max_new_tokens": 8, "eos_token_id": 2}
    for one in generated(cases.prompts()[7], **settings, output_raw_logprobs=True):
        assert one.raw_logprobs is not None
        assert one.score == pytest.approx(float(one.raw_logprobs.mean()), abs=1e-5)


def test_own_processors_come_before_the_distribution_is_cut() -> None:
    class Only:
        def __call__(self, ids: Any, scores: Any) -> Any:
            changed = np.full_like(scores, -np.inf)
            changed[:, [8, 9]] = scores[:, [8, 9]]
            return changed

    for settings in ({}, {"num_beams": 3}, {"do_sample": True, "top_k": 1, "seed": 3}):
        config = GenerationConfig(max_new_tokens=5, **settings)  # type: ignore[arg-type]
        steps = generate(TableDecoder(), [1], config, processors=[Only()])
        tokens = run(_tokens(steps))
        assert len(tokens) == 5 and set(tokens) <= {8, 9}


async def _tokens(steps: Any) -> list[int]:
    last = [step async for step in steps][-1]
    return [int(token) for token in last.results[0].ids]


@pytest.mark.parametrize("settings", [{}, {"num_beams": 3}, {"do_sample": True}])
def test_a_generation_can_be_closed_between_steps(settings: dict[str, Any]) -> None:
    async def two_steps() -> int:
        decoder = TableDecoder()
        steps = generate(decoder, [1, 3], GenerationConfig(max_new_tokens=9, **settings))
        await anext(steps)
        await anext(steps)
        await steps.aclose()
        assert [step async for step in steps] == []
        return len(decoder.calls)

    assert run(two_steps()) == 2


class Wrong(TableDecoder):
    """Scores with a value that is none, from the second token on."""

    def __init__(self, value: float, everywhere: bool = False) -> None:
        super().__init__()
        self.value, self.everywhere = value, everywhere

    def scores(self, ids: Any) -> Any:
        scores = super().scores(ids)
        if ids.shape[1] > 2:
            scores[0, slice(None) if self.everywhere else 5] = self.value
        return scores


@pytest.mark.parametrize("settings", [{}, {"num_beams": 3}, {"do_sample": True, "seed": 1}])
@pytest.mark.parametrize(
    ("decoder", "reason"),
    [
        (Wrong(np.nan), "NaN or infinite"),
        (Wrong(np.inf), "NaN or infinite"),
        (Wrong(-np.inf, True), "allowed"),
    ],
)
def test_scores_that_are_no_numbers_are_an_error(
    decoder: Wrong, reason: str, settings: dict[str, Any]
) -> None:
    if reason == "allowed" and "num_beams" in settings:
        settings = {**settings, "suppress_tokens": list(range(cases.VOCABULARY))}
        decoder = Wrong(0.0)
    with pytest.raises(ModelError, match=reason):
        generated([1, 3], decoder.__class__(decoder.value, decoder.everywhere), max_new_tokens=4, **settings)


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ([], "The prompt is wrong"),
        ([[1, 2]], "The prompt is wrong"),
        ([[1], [2, 3]], "The prompt is wrong"),
        ([0.5], "The prompt is wrong"),
        (["a"], "The prompt is wrong"),
        ([1, cases.VOCABULARY], "tokens that the model does not know(?s:.*)0 to 39"),
        ([-1], "tokens that the model does not know"),
        ([1] * 12, "too long(?s:.*)at most 11 tokens(?s:.*)Shorten"),
    ],
)
def test_prompts_that_are_none(prompt: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        generate(TableDecoder(), prompt, context=12)


def test_the_context_ends_a_sequence() -> None:
    steps = generate(TableDecoder(), [1, 2, 3], GenerationConfig(max_new_tokens=90), context=9)
    assert len(run(_tokens(steps))) == 6
