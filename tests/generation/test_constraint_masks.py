"""Which tokens a constraint allows, against its definition: one after which some row of tokens is a text."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from tests.generation.constrained import EOS, PIECES, RandomDecoder, answers, vocabulary_of
from tests.generation.tables import TableDecoder
from tests.support import assert_grows_linearly, run

from wardian.errors import InputError, ModelError
from wardian.generation import GenerationConfig, collect, generate
from wardian.generation.constraints import Constraint, automaton_of, parse_regex

#: Small, so that all rows of tokens can be tried: some texts have no tokens, some several rows of them.
SMALL = {
    "every byte": ([b"a", b"b", b"c", b"ab", b"bc", b"abc", b""], None),
    "no byte b": ([b"a", b"c", b"ab", b"bc", b"cab", b""], None),
    "other first": ([b" a", b"b", b" ab", b"c", b""], [b"a", b"b", b"ab", b"c", b""]),
}
PATTERNS = [
    "abc",
    "a*b",
    "(ab|abc)+",
    "a(b|c){2}",
    "a?b?c?",
    "[ac]+b",
    "( a)*b",
    "ab( a| ab)*c",
    "cab|bca",
    "a{3}",
]
LONGEST = 4


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_masks_are_what_the_definition_says(name: str, pattern: str) -> None:
    tokens, first = SMALL[name]
    vocabulary, eos = vocabulary_of(tokens, first), len(tokens) - 1
    wanted: set[tuple[int, ...]] = set()
    for length in range(LONGEST + 2):
        for row in product(range(eos), repeat=length):
            head = b"".join((first or tokens)[token] for token in row[:1])
            if re.fullmatch(pattern, (head + b"".join(tokens[token] for token in row[1:])).decode()):
                wanted.add(row)
    prefixes = {row[:end] for row in wanted for end in range(len(row) + 1)}
    if not wanted:
        with pytest.raises(InputError, match="has no tokens"):
            Constraint(automaton_of(parse_regex(pattern)), vocabulary, [eos])
        return
    constraint = Constraint(automaton_of(parse_regex(pattern)), vocabulary, [eos])
    checked = 0
    for row in (row for length in range(LONGEST) for row in product(range(eos), repeat=length)):
        state = constraint.start
        for token in row:
            state = constraint.after(state, token)
        assert (state != -1) >= (row in prefixes)
        if row in prefixes:
            expected = [(*row, token) in prefixes for token in range(eos)] + [row in wanted]
            # Texts that need more tokens than were tried are the only ones that may be allowed besides.
            allowed = constraint.allowed(state, LONGEST + 2 - len(row)).tolist()
            assert allowed[-1] == expected[-1]
            assert all(a <= e for a, e in zip(allowed, expected, strict=True)), (row, allowed, expected)
            free = constraint.allowed(state).tolist()
            assert all(f >= e for f, e in zip(free, expected, strict=True)), (row, free, expected)
            for token in np.flatnonzero(free[:-1]).tolist():
                assert ends(constraint, constraint.after(state, token))
            checked += 1
    assert checked > 1


def ends(constraint: Constraint, state: int) -> bool:
    """Whether some row of allowed tokens leads to the EOS token."""
    seen, stack = {state}, [state]
    while stack:
        allowed = constraint.allowed(stack.pop())
        if allowed[constraint.eos].any():
            return True
        for token in np.flatnonzero(allowed).tolist():
            following = constraint.after(state, token)
            if following not in seen:
                seen.add(following)
                stack.append(following)
        state = stack[-1] if stack else state
    return False


@pytest.mark.parametrize(
    "pattern", ['"[^"]*"', "(ab|ba)*", "-?[0-9]{1,9}", "true|false|null", "[^a]{3}", ".{0,40}"]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"do_sample": True, "seed": 1, "num_return_sequences": 3},
        {"num_beams": 3, "num_return_sequences": 2},
    ],
    ids=["greedy", "drawn", "beams"],
)
@pytest.mark.parametrize("most", [9, 12, 30])
def test_every_answer_is_whole_however_few_tokens_there_are(pattern: str, settings: dict, most: int) -> None:
    for seed in range(4):
        for text, reason in answers(
            automaton_of(parse_regex(pattern)), seed, max_new_tokens=most, **settings
        ):
            assert re.fullmatch(pattern, text.decode(), re.ASCII), (pattern, text)
            assert reason == "eos"


def test_too_few_tokens_are_refused_before_the_first() -> None:
    automaton = automaton_of(parse_regex("[0-9]{5}z"))
    assert answers(automaton, max_new_tokens=4)[0][1] == "eos"  # 202, 00 or 12, z, and the end
    with pytest.raises(InputError, match="does not fit") as error:
        answers(automaton, max_new_tokens=3)
    assert "room for 4 tokens" in str(error.value)


def test_settings_that_leave_no_token_are_an_error() -> None:
    automaton = automaton_of(parse_regex("a+"))
    with pytest.raises(InputError, match="leave no token"):
        answers(automaton, suppress_tokens=[i for i, piece in enumerate(PIECES) if piece[:1] == b"a"])
    # A least length holds where there are longer texts, and is an error where there are none.
    [(text, _)] = answers(automaton, min_new_tokens=20, max_new_tokens=40)
    assert len(text) >= 20
    with pytest.raises(InputError, match="leave no token"):
        answers(automaton_of(parse_regex("aa")), min_new_tokens=20, max_new_tokens=40)


def test_scores_that_are_no_numbers_are_an_error() -> None:
    class Broken(RandomDecoder):
        async def logits(self, ids):
            return np.full((len(ids), self.vocabulary), np.nan, np.float32)

    constraint = Constraint(automaton_of(parse_regex("a+")), vocabulary_of(PIECES), [EOS])
    config = GenerationConfig(eos_token_id=EOS, max_new_tokens=9)
    with pytest.raises(ModelError, match="no numbers"):
        run(collect(generate(Broken(len(PIECES)), [EOS], config, constraint=constraint)))


def test_a_constraint_needs_tokens_and_an_end() -> None:
    with pytest.raises(InputError, match="ends the answer"):
        Constraint(automaton_of(parse_regex("a")), vocabulary_of([b"a"]), [7])
    with pytest.raises(InputError, match="the text of tokens"):
        run(collect(generate(TableDecoder(), [1], GenerationConfig(choices=["a"], eos_token_id=2))))


def test_what_a_configuration_refuses() -> None:
    for settings, said in (
        ({"choices": []}, "choices is empty"),
        ({"choices": [""]}, "choices is wrong"),
        ({"regex": 7}, "regex is wrong"),
        ({"json_schema": "{"}, "no JSON"),
        ({"json_schema": "[1]"}, "no JSON schema"),
        ({"json_schema": '{"const": NaN}'}, "no JSON"),
        ({"json_schema": "[" * 100_000}, "too large"),
        ({"json_schema": " " * 1_000_000}, "too long"),
        ({"json_schema": {"const": {1, 2}}}, "no JSON"),
        ({"choices": ["a"], "regex": "a"}, "one constraint"),
        ({"regex": "a", "stop_strings": "b"}, "one constraint"),
    ):
        with pytest.raises(InputError, match=said):
            GenerationConfig(**settings)  # type: ignore[arg-type]


def test_a_walk_costs_as_much_as_the_vocabulary_is_large() -> None:
    automaton = automaton_of(parse_regex("[a-z]*"))
    letters = np.random.default_rng(0).integers(97, 123, (40_000, 6), np.uint8)
    tokens = [row.tobytes() for row in letters]
    tries = {size: vocabulary_of(tokens[:size]).rest for size in (5_000, 40_000)}
    assert (tries[40_000].walk(automaton, 0) >= 0).all()
    assert_grows_linearly(lambda size: [tries[size].walk(automaton, 0) for _ in range(5)], 40_000)
