"""Models worked by hand: small vocabularies on which each rule can be seen."""

from __future__ import annotations

import random
from typing import Any

import pytest

from wardian.errors import ModelError
from wardian.tokenizers.models import BPE, Unigram, WordLevel, WordPiece, load_model
from wardian.tokenizers.models.merging import merge_blocks, merge_long, merge_short


def numbered(text: str) -> dict[str, int]:
    return {token: index for index, token in enumerate(text.split())}


def tokens(pieces: list[tuple[int, str, int, int]]) -> list[str]:
    return [token for _, token, _, _ in pieces]


def test_the_first_learned_merge_comes_first() -> None:
    vocab = numbered("a b c ab bc abc")
    assert tokens(BPE(vocab, [("a", "b"), ("b", "c")]).tokenize("abc")) == ["ab", "c"]
    assert tokens(BPE(vocab, [("b", "c"), ("a", "b")]).tokenize("abc")) == ["a", "bc"]
    assert tokens(BPE(vocab, [("a", "b"), ("b", "c"), ("ab", "c")]).tokenize("abc")) == ["abc"]


def test_of_equal_merges_the_left_one_comes_first() -> None:
    model = BPE(numbered("a aa"), [("a", "a")])
    assert tokens(model.tokenize("aaaaa")) == ["aa", "aa", "a"]
    assert model.tokenize("a" * 301)[-1] == (0, "a", 300, 301)  # the long way


def test_unknown_characters() -> None:
    vocab = numbered("<unk> a <0xC3> <0xA9>")
    assert BPE(vocab, [], unk_token="<unk>").tokenize("xya") == [
        (0, "<unk>", 0, 1), (0, "<unk>", 1, 2), (1, "a", 2, 3),
    ]  # fmt: skip
    assert BPE(vocab, [], unk_token="<unk>", fuse_unk=True).tokenize("xya")[0] == (0, "<unk>", 0, 2)
    fallback = BPE(vocab, [], unk_token="<unk>", byte_fallback=True)
    assert fallback.tokenize("aé") == [(1, "a", 0, 1), (2, "<0xC3>", 1, 2), (3, "<0xA9>", 1, 2)]
    # The reference keeps the unknown token back while bytes go by.
    assert tokens(fallback.tokenize("xéa")) == ["<0xC3>", "<0xA9>", "<unk>", "a"]
    with pytest.raises(ModelError, match="nowhere"):
        BPE(vocab, [], unk_token="nowhere").tokenize("x")


def test_affixes_of_words() -> None:
    vocab = numbered("a ##b ##c c</w> ##c</w> a##b ab abc</w>")
    model = BPE(
        vocab, [("a", "##b"), ("ab", "##c</w>")], continuing_subword_prefix="##", end_of_word_suffix="</w>"
    )
    assert model.tokenize("abc") == [(7, "abc</w>", 0, 3)]
    assert model.tokenize("c") == [(3, "c</w>", 0, 1)]


def test_ignore_merges_takes_whole_words() -> None:
    vocab = numbered("a b ab")
    assert tokens(BPE(vocab, [], ignore_merges=True).tokenize("ab")) == ["ab"]
    assert tokens(BPE(vocab, []).tokenize("ab")) == ["a", "b"]


def test_where_words_can_be_broken() -> None:
    vocab = numbered("▁ a b ▁a ▁▁ a▁")
    plain = {"byte_fallback": False, "unk_token": "a"}
    free = BPE(vocab, [("▁", "a"), ("▁", "▁")], unk_token="b").break_before
    assert free is not None and free.split("▁a▁▁ba▁b") == ["▁a", "▁▁ba", "▁b"]
    tied = BPE(vocab, [("▁", "a"), ("a", "▁")], unk_token="b").break_before
    assert tied is not None and tied.split("▁a▁b▁") == ["▁a▁b", "▁"]
    assert BPE(vocab, []).break_before is None  # dropped characters shift what follows
    assert BPE(vocab, [("▁", "a")], **plain).break_before is None  # type: ignore[arg-type]  # merges know it
    assert BPE(vocab, [], unk_token="b", ignore_merges=True).break_before is None


def test_a_very_long_word_costs_in_proportion() -> None:
    """Four times the word, at most some times four times the steps: quadratic would be sixteen."""

    class Counted(dict[tuple[int, int], int]):
        looked_up = 0

        def get(self, key: Any, default: Any = None) -> Any:
            Counted.looked_up += 1
            return super().get(key, default)

    ranks = Counted({(0, 1): 0, (2, 2): 1, (3, 3): 2, (4, 4): 3})
    steps = []
    for size in (2_000, 8_000):
        Counted.looked_up = 0
        symbols, lengths = merge_long([0, 1] * (size // 2), [1] * size, ranks, [2, 3, 4, 5])
        assert sum(lengths) == size and symbols == [5] * (size // 16)
        steps.append(Counted.looked_up)
    assert steps[1] <= 4.1 * steps[0] <= 8 * 4.1 * 2_000


def test_both_ways_of_merging_agree() -> None:
    source = random.Random(5)
    ranks = {(a, b): a * 4 + b for a in range(4) for b in range(4) if (a + b) % 3}
    results = [source.randrange(4) for _ in range(16)]
    for size in (0, 1, 2, 3, 50, 500):
        row = source.choices(range(4), k=size)
        assert merge_short(list(row), [1] * size, ranks, results) == merge_long(
            row, [1] * size, ranks, results
        )


def test_blocks_are_merged_as_the_whole() -> None:
    """Words of trained merges, in blocks: nearly always that goes well, and then it is the same."""
    source, done = random.Random(3), 0
    ranks, results = {}, []
    for _ in range(60):
        pair = source.randrange(8 + len(results) // 2), source.randrange(8 + len(results) // 2)
        if pair not in ranks:
            ranks[pair] = len(results)
            results.append(8 + len(results))
    for size in (41, 100, 317, 1000):
        for _ in range(10):
            row = source.choices(range(8), k=size)
            lengths = source.choices(range(1, 4), k=size)
            found = merge_blocks(row, lengths, ranks, results)
            assert found in (merge_long(list(row), list(lengths), ranks, results), None)
            done += found is not None
    assert done > 30


def test_blocks_that_depend_on_all_that_follows_are_given_up() -> None:
    """Every two neighbours merge, the later ones first: how many follow decides each token."""
    count = 401
    ranks = {(i, i + 1): count - i for i in range(count)}
    results = [0] * (count + 1)
    for (left, _), rank in ranks.items():
        results[rank] = 1000 + left
    row, lengths = list(range(count)), [1] * count
    assert merge_blocks(row, lengths, ranks, results) is None
    assert merge_long(row, lengths, ranks, results)[1] == [1] + [2] * (count // 2)


def test_unigram_takes_the_highest_sum() -> None:
    model = Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -1.0), ("ab", -2.5), ("bb", -1.5)], unk_id=0)
    assert tokens(model.tokenize("ab")) == ["a", "b"]
    assert tokens(model.tokenize("abb")) == ["a", "bb"]
    # Lowest score -2.5, so an unknown character costs 12.5; neighbours become one piece.
    assert model.tokenize("axyb") == [(1, "a", 0, 1), (0, "xy", 1, 3), (2, "b", 3, 4)]


def test_of_equal_sums_the_first_found_stays() -> None:
    """Found first means: ended by the piece that starts earliest."""
    model = Unigram([("<unk>", 0.0), ("a", -1.0), ("aa", -2.0)], unk_id=0)
    assert tokens(model.tokenize("aa")) == ["aa"]
    assert tokens(model.tokenize("aaa")) == ["a", "aa"]


def test_unigram_without_the_unknown_token() -> None:
    pieces = [("a", -1.0), ("<0xC3>", 0.0), ("<0xA9>", 0.0)]
    with pytest.raises(ModelError, match="unk_id"):
        Unigram(pieces).tokenize("é")
    model = Unigram([*pieces, ("<unk>", 0.0)], unk_id=3, byte_fallback=True)
    assert model.tokenize("aé") == [(0, "a", 0, 1), (1, "<0xC3>", 1, 2), (2, "<0xA9>", 1, 2)]
    assert model.tokenize("中")[0][:2] == (3, "中")


def test_words_as_wholes_and_in_pieces() -> None:
    with pytest.raises(ModelError, match="nowhere"):
        WordLevel({"a": 0}, unk_token="nowhere").tokenize("b")
    with pytest.raises(ModelError, match="nowhere"):
        WordPiece({"a": 0}, unk_token="nowhere").tokenize("ab")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}, "random"),
        ({"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}, "merge 0"),
        ({"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "a"]]}, "'aa'"),
        ({"type": "BPE", "vocab": {"a": 0}, "merges": [], "future": 1}, "'future'"),
        ({"type": "BPE", "vocab": {"a": 0.5}, "merges": []}, "vocabulary"),
        ({"type": "BPE", "vocab": {"a": 0}, "merges": [], "fuse_unk": 3}, "fuse_unk"),
        (
            {"type": "BPE", "vocab": {}, "merges": [], "byte_fallback": True, "end_of_word_suffix": "x"},
            "byte_fallback",
        ),
        ({"type": "Unigram", "vocab": [], "unk_id": 0}, "unk_id=0"),
        ({"type": "Unigram", "vocab": [["a", "b"]], "unk_id": 0}, "vocabulary"),
        ({"type": "Unigram", "vocab": [["a", 0]], "unk_id": -1}, "negative"),
        ({"type": "WordLevel", "vocab": {"a": 0}}, "unk_token"),
        ({"type": "Hidden", "vocab": {"a": 0}}, "'Hidden'"),
    ],
)
def test_what_is_refused_is_named(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_model(config)
