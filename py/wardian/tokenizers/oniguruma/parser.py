"""From a pattern of Oniguruma to a tree. What is not known here is refused by its name."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma.escapes import read_escape, refuse
from wardian.tokenizers.oniguruma.sets import fold, folds_to_several, read_set
from wardian.tokenizers.oniguruma.tree import (
    Alternation,
    Anchor,
    Atomic,
    Characters,
    Look,
    Node,
    Place,
    Repeat,
    Row,
    width,
)

__all__ = ["parse"]

_ANCHORS: dict[str, Place] = {
    "A": "text_start",
    "z": "text_end",
    "Z": "text_end_newline",
    "b": "word_boundary",
    "B": "no_word_boundary",
}
_LOOKS = {"?=": (True, False), "?!": (True, True), "?<=": (False, False), "?<!": (False, True)}
_NEWLINE = CodePoints.of("\n")
_ANY = CodePoints().complement()
_INTERVAL = re.compile(r"\{(\d*)(,?)(\d*)\}")
_FLAGS = re.compile(r"\?([im]*)(?:-([im]*))?([:)])")
_OPENINGS = re.compile(r"\?(?:<[^=!>)]+>|:|=|!|>|<=|<!)")
_DEEPEST = 100


@cache
def parse(pattern: str) -> Node:
    """The tree of a pattern.

    Raises ModelError, naming the construct, for what is not supported: back references, `\\G`, `\\K`,
    `\\R`, `\\X`, absent operators, extended syntax, look-behind of no fixed length, loops over what may be
    empty, and folding one character to several.

    >>> parse("a+?b")
    Row(items=(Repeat(item=Characters(points=CodePoints('61')), least=1, most=None, mode='lazy'), \
Characters(points=CodePoints('62'))))
    """
    parser = _Parser(pattern)
    tree = parser.alternation()
    if parser.at < len(pattern):
        raise refuse(pattern, parser.at, "a closing parenthesis without its opening one")
    return tree


class _Parser:
    """Reads from `at` on; `ignore_case` and `dot_all` hold until the group ends."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.ignore_case = False
        self.dot_all = False
        self.depth = 0

    def next_is(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternation(self) -> Node:
        branches = [self.row()]
        while self.next_is("|"):
            branches.append(self.row())
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def row(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            item = self.quantified()
            items += item.items if isinstance(item, Row) else [item]
        self.check_folds(items)
        return items[0] if len(items) == 1 else Row(tuple(items))

    def check_folds(self, items: list[Node]) -> None:
        """Under (?i:), letters in a row may be one character of the text: `ss` matches `ß`."""
        written = "".join(item.folded or "\n" if isinstance(item, Characters) else "\n" for item in items)
        if found := folds_to_several(written):
            raise refuse(self.pattern, self.at, f"{found!r} under (?i:), which is also a single character")

    def quantified(self) -> Node:
        start = self.at
        item = self.atom()
        repeated = False
        while (found := self.quantifier()) is not None:
            least, most, mode, interval = found
            if item == Row(()) and not repeated and self.pattern[start] != "(":
                raise refuse(self.pattern, start, "a quantifier without anything to repeat")
            if (most is None or most > 1) and width(item)[0] == 0:
                # When to leave such a loop is decided differently in every engine.
                raise refuse(self.pattern, start, "a repetition of what may be empty")
            # A quantified quantifier repeats the whole; `{n}?` is `(?:…{n})?` and `{n}+` is `(?:…{n})+`.
            if interval and mode == "possessive":
                item = Repeat(Repeat(item, least, most), 1, None)
            elif interval == "fixed" and mode == "lazy":
                item = Repeat(Repeat(item, least, most), 0, 1)
            else:
                item = Repeat(item, least, most, mode)
            repeated = True
        return item

    def quantifier(self) -> tuple[int, int | None, Literal["greedy", "lazy", "possessive"], str] | None:
        sign = self.pattern[self.at : self.at + 1]
        interval = ""
        if sign in ("*", "+", "?") and sign:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            self.at += 1
        else:
            match = _INTERVAL.match(self.pattern, self.at)
            if match is None or not (match[1] or match[3]):
                return None
            interval = "open" if match[2] else "fixed"
            least = int(match[1] or 0)
            most = int(match[3]) if match[3] else (None if match[2] else least)
            if most is not None and most < least:
                raise refuse(self.pattern, self.at, "an interval with its ends swapped")
            if max(least, most or 0) > 1000:
                raise refuse(self.pattern, self.at, "an interval of more than 1000")
            self.at = match.end()
        mode: Literal["greedy", "lazy", "possessive"] = (
            "lazy" if self.next_is("?") else "possessive" if self.next_is("+") else "greedy"
        )
        return least, most, mode, interval

    def atom(self) -> Node:
        sign = self.pattern[self.at]
        if sign == "(":
            return self.group()
        if sign == "[":
            points, self.at = read_set(self.pattern, self.at + 1, self.ignore_case)
            return Characters(points)
        if sign == "\\":
            return self.escape()
        if sign in "*+?":
            raise refuse(self.pattern, self.at, "a quantifier without anything to repeat")
        self.at += 1
        if sign == ".":
            return Characters(_ANY if self.dot_all else _ANY - _NEWLINE)
        if sign in "^$":
            return Anchor("line_start" if sign == "^" else "line_end")
        return self.literal(sign)

    def literal(self, character: str) -> Node:
        if self.ignore_case:
            return Characters(fold(CodePoints.of(character)), folded=character)
        return Characters(CodePoints.of(character))

    def escape(self) -> Node:
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter in _ANCHORS:
            self.at += 2
            return Anchor(_ANCHORS[letter])
        if letter in ("N", "O"):
            self.at += 2
            return Characters(_ANY if letter == "O" else _ANY - _NEWLINE)
        found, self.at = read_escape(self.pattern, self.at)
        return self.literal(found) if isinstance(found, str) else Characters(found)

    def group(self) -> Node:
        start = self.at
        self.at += 1
        if self.next_is("?#"):
            self.at = self.pattern.find(")", self.at) + 1
            if not self.at:
                raise refuse(self.pattern, start, "a comment without an end")
            return Row(())
        self.depth += 1
        if self.depth > _DEEPEST:
            raise refuse(self.pattern, start, f"groups in one another more than {_DEEPEST} deep")
        before = self.ignore_case, self.dot_all
        kind = self.opening(start)
        content = self.alternation()
        self.ignore_case, self.dot_all = before
        if kind != "rest" and not self.next_is(")"):
            raise refuse(self.pattern, start, "a group without an end")
        self.depth -= 1
        if kind in _LOOKS:
            ahead, negative = _LOOKS[kind]
            return Look(content, ahead, negative) if ahead else self.look_behind(content, negative, start)
        return Atomic(content) if kind == "?>" else content

    def opening(self, start: int) -> str:
        """Read `?:` and the like; "rest" for flags that hold to the end of the group around."""
        if self.pattern[self.at : self.at + 1] != "?":
            if self.pattern[self.at : self.at + 1] == "*":
                raise refuse(self.pattern, start, "a callout")
            return "group"
        if flags := _FLAGS.match(self.pattern, self.at):
            on, off, end = flags[1], flags[2] or "", flags[3]
            self.ignore_case = ("i" in on or self.ignore_case) and "i" not in off
            self.dot_all = ("m" in on or self.dot_all) and "m" not in off
            self.at = flags.end()
            return "group" if end == ":" else "rest"
        opening = _OPENINGS.match(self.pattern, self.at)
        if opening is None:
            raise refuse(self.pattern, start, f"the group ({self.pattern[self.at : self.at + 2]}")
        self.at = opening.end()
        return "group" if opening[0].endswith(">") and opening[0] != "?>" else opening[0]

    def look_behind(self, content: Node, negative: bool, start: int) -> Node:
        """Branches of different lengths become looks of one length each."""
        branches = content.branches if isinstance(content, Alternation) else (content,)
        looks: list[Node] = []
        for branch in branches:
            least, most = width(branch)
            if least != most:
                raise refuse(self.pattern, start, "look-behind of no fixed length")
            looks.append(Look(branch, ahead=False, negative=negative))
        if len(looks) == 1:
            return looks[0]
        return Row(tuple(looks)) if negative else Alternation(tuple(looks))
