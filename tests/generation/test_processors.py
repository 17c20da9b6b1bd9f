"""Each processor against transformers' own class on random logits (generation.json)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from golden import generation_cases as cases
from golden import hf_models
from wardian.errors import InputError, ModelError
from wardian.generation import GenerationConfig
from wardian.generation.probabilities import log_softmax, require_choice, require_scores
from wardian.generation.processors import Processors, build_processors
from wardian.generation.processors.penalties import PresenceFrequencyPenalty

GOLDEN = json.loads(cases.GOLDEN.read_text("utf-8"))["processors"]
#: Relative to 1 or to the value: float32 both, exponentials of other libraries.
TOLERANCE = 1e-6

CLASSES = {
    "RepetitionPenaltyLogitsProcessor": "RepetitionPenalty",
    "NoRepeatNGramLogitsProcessor": "NoRepeatNGram",
    "NoBadWordsLogitsProcessor": "NoBadWords",
    "MinLengthLogitsProcessor": "MinLength",
    "MinNewTokensLengthLogitsProcessor": "MinLength",
    "ForcedBOSTokenLogitsProcessor": "ForcedToken",
    "ForcedEOSTokenLogitsProcessor": "ForcedToken",
    "SuppressTokensLogitsProcessor": "SuppressTokens",
    "SuppressTokensAtBeginLogitsProcessor": "SuppressTokensAtBegin",
    "TemperatureLogitsWarper": "Temperature",
    "TopKLogitsWarper": "TopK",
    "TopPLogitsWarper": "TopP",
    "MinPLogitsWarper": "MinP",
    "TypicalLogitsWarper": "TypicalP",
    "EpsilonLogitsWarper": "EpsilonCutoff",
    "EtaLogitsWarper": "EtaCutoff",
    "LogitNormalization": "function",
}


def built(settings: dict[str, Any], prompt: int, vocabulary: int) -> Processors:
    limit = settings.get("max_length", 100)
    return build_processors(GenerationConfig(**settings), vocabulary=vocabulary, prompt=prompt, limit=limit)


@pytest.mark.parametrize("name", cases.PROCESSORS)
def test_equal_to_transformers(name: str) -> None:
    settings, rows, length, prompt, vocabulary = cases.PROCESSORS[name]
    given = cases.logits(len(name) + rows, rows, vocabulary)
    before = given.copy()
    found = built(settings, prompt, vocabulary)(cases.ids(len(name), rows, length, vocabulary), given)
    assert found.dtype == np.float32 and found.shape == given.shape
    assert np.array_equal(given, before), "what is given stays as it is"
    forbidden, changed = (cases.mask(GOLDEN[name][key], given.shape) for key in ("forbidden", "changed"))
    expected = np.where(forbidden, -np.inf, given)
    expected[changed] = hf_models.arrays({"values": GOLDEN[name]["values"]})["values"]
    assert np.array_equal(found == -np.inf, forbidden)
    finite = ~forbidden
    error = np.abs(found[finite] - expected[finite]) / np.maximum(1, np.abs(expected[finite]))
    assert error.max() <= TOLERANCE


@pytest.mark.parametrize("name", cases.PROCESSORS)
def test_the_same_processors_in_the_same_order(name: str) -> None:
    settings, _, _, prompt, vocabulary = cases.PROCESSORS[name]
    names = [type(one).__name__ for one in built(settings, prompt, vocabulary).steps]
    assert names == [CLASSES[one] for one in GOLDEN[name]["classes"]]


def test_every_class_has_a_case_that_changes_something() -> None:
    seen = {one for name in cases.PROCESSORS for one in GOLDEN[name]["classes"]}
    assert seen == set(CLASSES)
    for name in cases.PROCESSORS:
        idle = ("-later", "-reached", "-before", "-longer", "top-k-all")
        _, rows, _, _, vocabulary = cases.PROCESSORS[name]
        both = [cases.mask(GOLDEN[name][key], (rows, vocabulary)) for key in ("forbidden", "changed")]
        assert bool(np.any(both)) == (not name.endswith(idle)), name


def test_top_p_of_equal_scores_keeps_as_many_as_it_needs() -> None:
    scores = np.zeros((1, 300), np.float32)
    top_p = built({"do_sample": True, "top_k": 0, "top_p": 0.5}, 1, 300)
    kept = np.flatnonzero(top_p(np.zeros((1, 1), np.int64), scores)[0] == 0)
    assert kept.tolist() == list(range(150))


def test_presence_and_frequency_by_hand() -> None:
    """OpenAI: μ[j] → μ[j] - c[j] · frequency - (c[j] > 0) · presence, c counting what was generated."""
    ids = np.array([[3, 3, 0, 1, 1, 1], [3, 2, 2, 2, 0, 1]])
    scores = np.float32([[1, 1, 1, 1], [-1, 0, 5, 7]])
    found = PresenceFrequencyPenalty(0.5, 0.25, prompt=2)(ids, scores)
    assert found.tolist() == [[0.25, -0.25, 1, 1], [-1.75, -0.75, 4, 7]]
    # Negative ones reward; and before anything is generated nothing changes.
    assert PresenceFrequencyPenalty(-1, 0, prompt=5)(ids, scores).tolist() == [[1, 2, 1, 1], [-1, 1, 5, 7]]
    assert PresenceFrequencyPenalty(-1, 2, prompt=6)(ids, scores).tolist() == scores.tolist()
    order = built({"presence_penalty": 0.5, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2}, 2, 4)
    names = [type(one).__name__ for one in order.steps]
    assert names == ["RepetitionPenalty", "PresenceFrequencyPenalty", "NoRepeatNGram"]


def test_words_beyond_the_vocabulary_are_refused() -> None:
    with pytest.raises(InputError, match=r"bad_words_ids is wrong(?s:.*)\[3, 9\](?s:.*)below 9"):
        built({"bad_words_ids": [[1], [3, 9]]}, 1, 9)
    with pytest.raises(InputError, match="forced_bos_token_id is wrong"):
        built({"forced_bos_token_id": 9}, 1, 9)
    # These name tokens that never come anyway.
    suppressed = built({"suppress_tokens": [9, 1], "min_length": 8, "eos_token_id": [9]}, 1, 9)
    assert suppressed(np.array([[0]]), np.zeros((1, 9), np.float32)).tolist()[0].count(-np.inf) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers(bad: float) -> None:
    scores = np.zeros((2, 5), np.float32)
    scores[1, 3] = bad
    with pytest.raises(ModelError, match="1 of 10 are NaN or infinite"):
        require_scores(scores, 2, 5)
    with pytest.raises(ModelError, match=r"Expected scores of shape \(2, 4\)"):
        require_scores(scores, 2, 4)
    require_scores(np.where(scores == 0, scores, -np.inf).astype(np.float32), 2, 5)


def test_nothing_allowed() -> None:
    scores = np.full((2, 5), -np.inf, np.float32)
    scores[0, 0] = 0
    with pytest.raises(ModelError, match="No token is allowed"):
        require_choice(scores)
    require_choice(scores[:1])


def test_log_softmax_of_large_and_impossible_scores() -> None:
    found = log_softmax(np.float32([[1e30, 1e30, -np.inf], [-1000, -1001, -np.inf]]))
    expected = [
        [-np.log(2), -np.log(2), -np.inf],
        [-np.log1p(np.exp(-1)), -1 - np.log1p(np.exp(-1)), -np.inf],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
