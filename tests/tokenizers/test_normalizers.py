"""Normalizers: cases worked by hand, in any interpreter."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from differential_charsmap import RULES, charsmap

from wardian.errors import ModelError
from wardian.tokenizers.aligned import AlignedText, places_of
from wardian.tokenizers.normalizers import (
    NFC,
    NFD,
    NFKC,
    BertNormalizer,
    ByteLevel,
    Lowercase,
    Precompiled,
    Replace,
    Sequence,
    Strip,
    load_normalizer,
)


def spans(text: AlignedText) -> list[tuple[int, int]]:
    return [text.original_span(place, place + 1) for place in range(len(text.text))]


def test_what_does_not_change_is_passed_on() -> None:
    plain = AlignedText("plain text", base=3)
    for normalizer in (BertNormalizer(), Lowercase(), NFC(), NFKC(), Strip(), Precompiled(charsmap(RULES))):
        assert normalizer.normalize(plain) is plain


def test_lower_case_has_no_final_sigma() -> None:
    assert Lowercase().normalize(AlignedText("ΟΔΟΣ İ")).text == "οδοσ i̇"


def test_composition_takes_the_places_of_both() -> None:
    """The reference gives a composed character the place of the first alone."""
    composed = NFC().normalize(AlignedText("e\u0301e", base=10))
    assert composed.text == "ée" and spans(composed) == [(10, 11), (12, 13)]


def test_marks_in_canonical_order_take_the_places_they_move_to() -> None:
    ordered = NFD().normalize(AlignedText("a\u0301\u0323"))
    assert ordered.text == "a\u0323\u0301" and spans(ordered) == [(0, 1), (1, 2), (2, 3)]


def test_hangul_is_computed() -> None:
    assert NFD().normalize(AlignedText("각")).text == "\u1100\u1161\u11a8"
    assert NFC().normalize(AlignedText("\u1100\u1161\u11a8")).text == "각"


def test_steps_keep_their_places() -> None:
    row = Sequence([Strip(), NFD(), Replace({"Regex": r"\p{M}"}, ""), ByteLevel()])
    done = row.normalize(AlignedText("  é中 "))
    assert done.text == "eä¸Ń" and spans(done) == [(2, 3), (3, 4), (3, 4), (3, 4)]


def test_a_charsmap_is_applied_to_clusters_then_characters() -> None:
    normalizer = Precompiled(charsmap({"e\u0301": "é", "①": "1", "㎏": "kg", "\x01": ""}))
    done = normalizer.normalize(AlignedText("e\u0301①㎏\x01!"))
    assert done.text == "é1kg!" and spans(done) == [(0, 1), (2, 3), (3, 4), (4, 5), (5, 6)]


def test_a_mark_joins_a_letter_but_no_carriage_return() -> None:
    """What has a spelling loses the mark that joins it: the reference takes the shortest known beginning."""
    normalizer = Precompiled(charsmap({"\r": " ", "ﬁ": "fi"}))
    assert normalizer.normalize(AlignedText("\r\u0301ﬁ\u0301\r\u0301\r\r\u0301")).text == (
        " \u0301fi \u0301  \u0301"
    )


def test_what_a_list_of_changes_means() -> None:
    assert places_of([]) == []
    assert places_of([1, 0]) == [-1, 0]
    assert AlignedText("a", base=4).moved("xa", [-1, 0]).original_span(0, 1) == (4, 4)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"type": "Tea"},
        {"type": "Prepend"},
        {"type": "Strip", "strip_left": 1, "strip_right": True},
        {"type": "Replace", "pattern": "a", "content": "b"},
        {"type": "Replace", "pattern": {"Regex": "("}, "content": "b"},
        {"type": "Sequence"},
        {"type": "Sequence", "normalizers": [{"type": "Tea"}]},
        {"type": "Precompiled", "precompiled_charsmap": "!"},
        {"type": "Precompiled", "precompiled_charsmap": ""},
        {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(b"\xff\xff\x00\x00abcd").decode()},
    ],
)
def test_a_broken_one_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        load_normalizer(config)


def test_a_charsmap_that_leads_nowhere_is_an_error_and_not_a_crash() -> None:
    content = (8).to_bytes(4, "little") + (1 << 30).to_bytes(4, "little") * 2 + b"x\0"
    with pytest.raises(ModelError, match="Precompiled"):
        Precompiled(base64.b64encode(content).decode()).normalize(AlignedText("é"))
