"""Regular expressions of constraints against Python's `re.fullmatch`, on patterns and texts of hypothesis.

WARDIAN_EXAMPLES=5000 looks longer.
"""

from __future__ import annotations

import os
import re
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardian.errors import InputError
from wardian.generation.constraints import automaton_of, parse_regex

looking = settings(
    max_examples=int(os.environ.get("WARDIAN_EXAMPLES", "150")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

#: Few characters, so that texts match; of one to four bytes, and what classes and `.` are about.
LETTERS = [
    "a",
    "b",
    "0",
    "9",
    " ",
    "_",
    "-",
    "\n",
    "é",
    "中",
    "\ud7ff",
    "\uffff",
    "🙂",
    "\U0010ffff",
    ".",
    "Z",
]
texts = st.text(st.sampled_from(LETTERS), max_size=8)
atoms = st.sampled_from(
    ["a", "b", "é", "中", "🙂", ".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "[ab]", "[^ab]", r"[\d_-]",
     "[^é]", "[a-z0-9]", "[中-🙂]", "[]a]", "[^]a]", r"\.", r"\n", r"\x61", r"\u4e2d", "[^\n]", "[-a]",
     r"[\W]", "()"]
)  # fmt: skip
quantifiers = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}", "*?", "{1,2}?", "{0}"])


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.tuples(inner, quantifiers).map(lambda pair: f"({pair[0]}){pair[1]}"),
    )


patterns = st.recursive(st.tuples(atoms, quantifiers).map("".join), combined, max_leaves=8)


@looking
@given(patterns, st.lists(texts, min_size=8, max_size=8))
def test_a_text_matches_where_it_does_for_re(pattern: str, some: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        reference = re.compile(pattern, re.ASCII)
    try:
        automaton = automaton_of(parse_regex(pattern))
    except InputError as error:
        assert error.message.startswith("No text can satisfy")
        assert not any(reference.fullmatch(text) for text in some)
        return
    for text in some:
        assert automaton.matches(text.encode()) == (reference.fullmatch(text) is not None), (pattern, text)


@looking
@given(patterns)
def test_the_shortest_way_leads_to_a_text_that_matches(pattern: str) -> None:
    """Each state's next byte on the shortest way, to the end: a text of the length that is said."""
    try:
        automaton = automaton_of(parse_regex(pattern))
    except InputError:
        return
    found, state = bytearray(), 0
    while not automaton.accepting[state]:
        found.append(int(automaton.onward[state]))
        state = automaton.step(state, bytes(found[-1:]))
    assert len(found) == automaton.least[0]
    assert re.fullmatch(pattern, found.decode(), re.ASCII)


#: What `re` knows and a constraint cannot be, and what neither knows: where the refusal points.
REFUSED = {
    r"a(?=b)": 2, r"a(?!b)": 2, r"(?<=a)b": 1, r"(a)\1": 4, r"\bword": 1, r"a++": 3, r"(?i)a": 1, r"a$b": 2,
    r"a^": 2, r"(a": 1, r"a)": 2, r"[a": 1, r"*a": 1, r"a**": 3, r"[b-a]": 2, r"\p{L}": 1, r"a{3,2}": 2,
    r"\ud800": 1, "a\ud800": 2, r"\x1": 1, r"[\d-z]": 2, r"(?P=name)": 1, "a{9999999999}": 2, "\\": 1,
    "(" * 51 + ")" * 51: 51,
}  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_is_refused_is_named_with_its_place(pattern: str) -> None:
    with pytest.raises(InputError) as error:
        parse_regex(pattern)
    assert f"at character {REFUSED[pattern]} of regex" in str(error.value), error.value


@pytest.mark.parametrize("pattern", [r"[^\x00-\U0010ffff]", r"a[^\s\S]", r"(a|b)[^\w\W]+"])
def test_a_pattern_without_any_text_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="No text can satisfy"):
        automaton_of(parse_regex(pattern))


@pytest.mark.parametrize("pattern", ["(a{1000}){1000}", "(a|b)*a(a|b){20}", "((a?){999}){999}", "a" * 10_001])
def test_what_is_too_large_is_refused_before_it_takes_memory(pattern: str) -> None:
    with pytest.raises(InputError, match=r"too (large|long)"):
        automaton_of(parse_regex(pattern))
