"""Finding added tokens: cases worked by hand, and thousands of tokens."""

from __future__ import annotations

from support import assert_grows_linearly, least_cost
from wardian.tokenizers.added_tokens import AddedToken, TokenFinder


def found(text: str, *tokens: AddedToken) -> list[tuple[str, int | None]]:
    finder = TokenFinder((token.content, token) for token in tokens)
    return [(text[place.start : place.end], place.token and place.token.id) for place in finder.split(text)]


def test_the_longest_wins() -> None:
    tokens = AddedToken("ab", 1), AddedToken("abc", 2), AddedToken("b", 3)
    assert found("xabcabb", *tokens) == [("x", None), ("abc", 2), ("ab", 1), ("b", 3)]
    assert found("", *tokens) == []


def test_white_space_is_taken_along() -> None:
    assert found("a \u2003<m> \n b", AddedToken("<m>", 1, lstrip=True)) == [
        ("a", None), (" \u2003<m>", 1), (" \n b", None),
    ]  # fmt: skip
    assert found("a <m> \n b", AddedToken("<m>", 1, rstrip=True)) == [
        ("a ", None),
        ("<m> \n ", 1),
        ("b", None),
    ]


def test_white_space_is_taken_once() -> None:
    """As in the reference: what begins in white space that is taken is found there all the same."""
    taker = AddedToken("x", 1, rstrip=True)
    assert found("x\n\nz", taker, AddedToken("\n", 2)) == [("x\n\n", 1), ("\n", 2), ("\n", 2), ("z", None)]
    assert found("x\nz", taker, AddedToken("\n", 2, lstrip=True, rstrip=True)) == [("x\n", 1), ("z", None)]


def test_single_words() -> None:
    token = AddedToken("x", 1, single_word=True)
    assert found("x ax xa x-_x", token) == [("x", 1), (" ax xa ", None), ("x", 1), ("-_x", None)]
    assert found("½x", token) == [("½", None), ("x", 1)]


def test_an_empty_spelling_is_never_found() -> None:
    assert not TokenFinder([("", AddedToken("\u0301", 1))])
    assert found("ab", AddedToken("", 1)) == [("ab", None)]


def test_thousands_of_tokens() -> None:
    """As many as Gemma has: the text is read once, not once a token."""

    def finder_of(count: int) -> TokenFinder:
        tokens = [AddedToken(f"<unused{index}>", index) for index in range(count)]
        tokens += [AddedToken("\n" * length, 7000 + length) for length in range(1, 32)]
        return TokenFinder((token.content, token) for token in tokens)

    finder, small = finder_of(6000), finder_of(20)
    places = finder.split("a<unused17>\n\n\n<b")
    assert [place.token and place.token.id for place in places] == [None, 17, 7003, None]
    text = "some <b>text</b> without any. " * 30_000
    assert len(finder.split(text)) == 1
    few, many = least_cost(lambda: small.split(text)), least_cost(lambda: finder.split(text))
    assert many <= 4 * max(few, 0.003), f"6,000 tokens cost {many:.3f} s, 20 tokens {few:.3f} s"
    assert_grows_linearly(finder_of, 6000)


def test_many_first_characters() -> None:
    tokens = [AddedToken(chr(0x4E00 + index) * (1 + index % 3), index) for index in range(3000)]
    assert found("x中丁丁", *tokens)[0] == ("x", None)
    assert found("丂丂丂", *tokens) == [("丂丂丂", 2)]
