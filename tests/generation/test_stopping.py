"""Where generations end: strings in the text as it comes, and in the tokens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.generation.tables import TableDecoder, run

from golden import generation_cases as cases
from wardian.errors import InputError
from wardian.generation import GenerationConfig, collect, generate
from wardian.generation.stopping import StopStrings


def streamed(strings: list[str], pieces: list[str]) -> tuple[str, bool, list[str]]:
    stop = StopStrings(strings)
    shown = [stop.feed(piece) for piece in pieces]
    return "".join(shown) + stop.end(), stop.stopped, shown


def cuts(text: str) -> Iterator[list[str]]:
    """Every way in which up to eight characters may come."""
    for mask in range(2 ** (len(text) - 1)):
        pieces, start = [], 0
        for place in range(1, len(text)):
            if mask >> (place - 1) & 1:
                pieces.append(text[start:place])
                start = place
        yield [*pieces, text[start:]]


@pytest.mark.parametrize(
    ("strings", "text", "expected"),
    [
        (["END"], "abEND c", "ab"),
        (["END"], "abENENDx", "abEN"),
        (["END"], "abEN", "abEN"),
        (["aab"], "aaabaab", "a"),
        (["\n\n"], "a\nb\n\nc", "a\nb"),
        (["abc", "b"], "xabcb", "xa"),
        (["bc", "abc"], "xabc", "x"),
        (["停止"], "请停停止", "请停"),
        (["x"], "xxx", ""),
        ([], "abc", "abc"),
    ],
)
def test_text_is_cut_alike_however_it_comes(strings: list[str], text: str, expected: str) -> None:
    for pieces in cuts(text):
        found, stopped, shown = streamed(strings, pieces)
        assert found == expected, pieces
        assert stopped == (found != text)
        # Nothing was shown that had to be taken back.
        assert expected.startswith("".join(shown))


def test_only_what_may_be_a_beginning_is_held_back() -> None:
    assert streamed(["END"], ["Eve", "nE", "N", "x"])[2] == ["Eve", "n", "", "ENx"]


def letters(ids: object) -> str:
    return "".join(chr(ord("a") + int(index)) for index in ids)  # type: ignore[attr-defined]


@pytest.mark.parametrize("beams", [1, 3])
def test_stop_strings_end_sequences(beams: int) -> None:
    """A string over two tokens, of which the model would go on."""
    prompt = cases.prompts()[1]
    plain = GenerationConfig(max_new_tokens=10, num_beams=beams)
    (whole,) = run(collect(generate(TableDecoder(), prompt, plain)))
    string = letters(whole.ids[3:5])
    config = plain.updated(stop_strings=[string, "not there"])
    (one,) = run(collect(generate(TableDecoder(), prompt, config, decode=letters)))
    assert one.finish_reason == "stop_string"
    assert letters(one.ids).endswith(string) and string not in letters(one.ids[:-1])
    if beams == 1:
        assert one.ids.tolist() == whole.ids[: len(one.ids)].tolist()
    # What the prompt ends with does not count.
    config = plain.updated(stop_strings=[letters(np.array([prompt[-1]])) + letters(whole.ids[:1])])
    (again,) = run(collect(generate(TableDecoder(), prompt, config, decode=letters)))
    assert letters(again.ids[:2]).startswith(letters(whole.ids[:1])) and len(again.ids) > 1


def test_stop_strings_need_text() -> None:
    with pytest.raises(InputError, match="Stop strings need the text of tokens"):
        generate(TableDecoder(), [1], GenerationConfig(stop_strings=["a"]))
