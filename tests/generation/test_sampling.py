"""What is drawn: by a seed the same, and as often as its probability says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.generation.tables import GenerationConfig, generated

from golden import generation_cases as cases
from wardian.generation.probabilities import log_softmax
from wardian.generation.processors import build_processors
from wardian.generation.sampling import Sampler


def chi_square_tail(statistic: float, freedom: int) -> float:
    """How likely a chi-square is at least this (Wilson and Hilferty's cube root, good to three digits)."""
    cubed = (statistic / freedom) ** (1 / 3)
    z = (cubed - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return math.erfc(z / math.sqrt(2)) / 2


def test_the_tail_itself() -> None:
    """Critical values of any table of the distribution."""
    for statistic, freedom, tail in ((18.307, 10, 0.05), (50.892, 30, 0.01), (124.342, 100, 0.05)):
        assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=0.03)


@pytest.mark.parametrize(
    "settings",
    [
        {"top_k": 0},
        {"top_k": 0, "temperature": 2.5},
        {"top_k": 12},
        {"top_k": 0, "top_p": 0.9},
        {"top_k": 0, "min_p": 0.02, "temperature": 2.0},
        {"top_k": 0, "typical_p": 0.8, "temperature": 3.0},
        {"top_k": 30, "top_p": 0.95, "temperature": 1.5, "repetition_penalty": 1.2},
    ],
    ids=str,
)
def test_draws_follow_the_distribution(settings: dict[str, float]) -> None:
    """Pearson's chi-square over tokens expected five times at least; a fair sampler fails in one of 1000."""
    config = GenerationConfig(do_sample=True, **settings)  # type: ignore[arg-type]
    vocabulary, draws = 200, 4000
    process = build_processors(config, vocabulary=vocabulary, prompt=3, limit=9)
    scores = process(cases.ids(1, 1, 5, vocabulary), cases.logits(9, 1, vocabulary))
    shares = np.exp(log_softmax(scores))[0].astype(np.float64)
    sampler = Sampler(11)
    drawn = np.array([sampler.draw(scores, [0])[0] for _ in range(draws)])
    counts = np.bincount(drawn, minlength=vocabulary)
    assert not counts[shares == 0].any()
    # Rare tokens count together.
    often = shares * draws >= 5
    expected = np.append(shares[often], shares[~often].sum()) * draws
    seen = np.append(counts[often], counts[~often].sum())
    expected, seen = expected[expected > 0], seen[expected > 0]
    statistic = float(((seen - expected) ** 2 / expected).sum())
    assert chi_square_tail(statistic, len(expected) - 1) > 1e-3
    # And the test would notice: another temperature fails it.
    other = np.append(shares[often] ** 0.8, shares[~often].sum())
    other *= draws / other.sum()
    other, noticed = other[other > 0], np.append(counts[often], counts[~often].sum())
    wrong = float(((noticed[: len(other)] - other) ** 2 / other).sum())
    assert chi_square_tail(wrong, len(other) - 1) < 1e-3


def test_a_seed_reproduces() -> None:
    """Recorded once; CPython and Pyodide both draw these."""
    found, again, other = (
        generated([3], do_sample=True, seed=seed, max_new_tokens=30, temperature=2.0) for seed in (7, 7, 8)
    )
    assert found[0].ids.tolist() == again[0].ids.tolist() != other[0].ids.tolist()
    assert cases.spelled(found[0].ids) == RECORDED


RECORDED = "N2DQ=63J4<EL>N>CBMH2DK550KRN8C"


def test_a_sequence_does_not_depend_on_how_many_there_are() -> None:
    settings = {"do_sample": True, "seed": 5, "max_new_tokens": 10, "eos_token_id": 2, "temperature": 1.5}
    few = generated([3], num_return_sequences=2, **settings)
    many = generated([3], num_return_sequences=6, **settings)
    assert [one.ids.tolist() for one in few] == [one.ids.tolist() for one in many[:2]]
    assert len({tuple(one.ids) for one in many}) > 3
    # They end at lengths of their own.
    assert len({len(one.ids) for one in many}) > 1


def test_without_a_seed_each_time_differs() -> None:
    runs = {
        tuple(generated([3], do_sample=True, max_new_tokens=20, temperature=3.0)[0].ids) for _ in range(3)
    }
    assert len(runs) == 3


def test_the_most_likely_alone_is_greedy() -> None:
    for prompt in cases.prompts(5):
        settings = {"max_new_tokens": 8, "eos_token_id": 2}
        (greedy,) = generated(prompt, **settings)
        (drawn,) = generated(prompt, do_sample=True, top_k=1, **settings)
        assert drawn.ids.tolist() == greedy.ids.tolist()


def test_what_is_impossible_is_never_drawn() -> None:
    """Not even when the random number is the largest there is."""

    class Most:
        def random(self) -> float:
            return float(np.nextafter(1, 0))

    sampler = Sampler(0)
    sampler._streams = [Most()]  # type: ignore[list-item]
    scores = np.full((1, 50), -np.inf, np.float32)
    scores[0, 10:20] = np.linspace(-30, 30, 10)
    assert sampler.draw(scores, [0]).tolist() == [19]
