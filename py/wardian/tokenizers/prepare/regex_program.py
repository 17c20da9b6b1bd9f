"""Patterns compiled to programs of the kernel's virtual machine (wasm/kernels/tokenizers/regex.h).

What makes them fast is decided here: a loop over one class that what follows can never use gives nothing back
(`RUN`), and an alternative is entered only if the next character can begin it (`ENTER`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma.tree import (
    Alternation,
    Anchor,
    Atomic,
    Characters,
    Look,
    Node,
    Repeat,
    Row,
    width,
)
from wardian.tokenizers.prepare.blob import ABSENT, BlobWriter, Section
from wardian.tokenizers.prepare.code_point_sets import ClassTable, intersects
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.unicode_data import code_points

__all__ = ["add_program"]


class Op(IntEnum):
    """`RegexOperation` of regex.h."""

    MATCH = 0
    CHAR = 1
    SET = 2
    LOOP = 3
    RUN = 4
    SPLIT = 5
    JUMP = 6
    ENTER = 7
    WHEN = 8
    AHEAD = 9
    BEHIND = 10
    LOOK = 11
    ATOMIC = 12
    AT = 13
    PROGRESS = 14
    MARK = 15


_PLACES = {"text_start": 0, "text_end": 1, "line_start": 2, "line_end": 3, "text_end_newline": 4}
_MOST_CODE = 1 << 15
_MARKS = 8


@dataclass(frozen=True)
class After:
    """What is known of the rest of the program: whether it always succeeds; else with what it must begin, if
    that is known."""

    always: bool
    first: CodePoints | None = None


_END = After(always=True)


def add_program(writer: BlobWriter, classes: ClassTable, node: Node) -> tuple[int, int]:
    """Compile a pattern: the number of its section, and the class that all matches begin with (or ABSENT).

    Raises NotPreparable where the kernel has no such operation, or the program grows too long.
    """
    compiler = _Compiler(classes)
    compiler.node(node, _END)
    compiler.put(Op.MATCH)
    first = ABSENT if _nullable(node) else classes.bit(_first(node).ranges())
    return writer.add(Section.OTHER, np.array(compiler.code, np.uint32)), first


class _Compiler:
    def __init__(self, classes: ClassTable) -> None:
        self.code: list[int] = []
        self._classes = classes
        self._marks = 0

    def put(self, *words: int) -> int:
        """Write an operation; returns its place."""
        if len(self.code) > _MOST_CODE:
            raise NotPreparable("pattern", f"its program has more than {_MOST_CODE:,} words")
        self.code += words
        return len(self.code) - len(words)

    def node(self, node: Node, after: After) -> None:
        match node:
            case Characters(points):
                self._characters(points)
            case Row(items):
                self._row(items, after)
            case Alternation(branches):
                self._alternation(branches, after)
            case Repeat():
                self._repeat(node, after)
            case Look():
                self._look(node)
            case Atomic(item):
                place = self.put(Op.ATOMIC, 0)
                self._inner(item)
                self.code[place + 1] = len(self.code)
            case Anchor(place_name):
                self._anchor(place_name)

    def _inner(self, body: Node) -> None:
        self.node(body, _END)
        self.put(Op.MATCH)

    def _characters(self, points: CodePoints) -> None:
        if len(points) == 1:
            self.put(Op.CHAR, next(iter(points)))
        else:
            self.put(Op.SET, self._classes.bit(points.ranges()))

    def _row(self, items: tuple[Node, ...], after: After) -> None:
        following = [after]
        for item in reversed(items[1:]):
            following.append(_before(item, following[-1]))
        for item, known in zip(items, reversed(following), strict=bool(items)):
            self.node(item, known)

    def _alternation(self, branches: tuple[Node, ...], after: After) -> None:
        exits = []
        for branch in branches[:-1]:
            if _nullable(branch):
                place = self.put(Op.SPLIT, 0, 0)
                self.code[place + 1] = len(self.code)
            else:
                place = self.put(Op.ENTER, self._classes.bit(_first(branch).ranges()), 0)
            self.node(branch, after)
            exits.append(self.put(Op.JUMP, 0))
            self.code[place + 2] = len(self.code)
        self.node(branches[-1], after)
        for place in exits:
            self.code[place + 1] = len(self.code)

    def _repeat(self, node: Repeat, after: After) -> None:
        item, least, most = node.item, node.least, node.most
        if isinstance(item, Characters) and node.mode != "lazy":
            disjoint = after.first is not None and not intersects(item.points.ranges(), after.first.ranges())
            op = Op.RUN if node.mode == "possessive" or after.always or disjoint else Op.LOOP
            self.put(op, self._classes.bit(item.points.ranges()), least, ABSENT if most is None else most)
            return
        if node.mode == "possessive":
            self.node(Atomic(Repeat(item, least, most)), after)
            return
        inside = After(False, None if _nullable(item) else _join(_first(item), after))
        for _ in range(least):
            self.node(item, inside)
        if most is None:
            self._star(item, node.mode == "greedy", inside)
        else:
            leaves = [self._optional(item, node.mode == "greedy", inside) for _ in range(most - least)]
            for leave in leaves:
                self.code[leave] = len(self.code)

    def _split(self, greedy: bool) -> int:
        """Go on here, or leave, in this order or the other; returns where the way out is to be written."""
        place = self.put(Op.SPLIT, 0, 0)
        enter, leave = (1, 2) if greedy else (2, 1)
        self.code[place + enter] = len(self.code)
        return place + leave

    def _optional(self, item: Node, greedy: bool, inside: After) -> int:
        leave = self._split(greedy)
        self.node(item, inside)
        return leave

    def _star(self, item: Node, greedy: bool, inside: After) -> None:
        again = len(self.code)
        leaves = [self._split(greedy)]
        # What may be empty must get on, or the loop ends.
        careful, mark = _nullable(item), self._marks
        if careful:
            if mark == _MARKS:
                raise NotPreparable("pattern", f"more than {_MARKS} loops over what may be empty")
            self._marks += 1
            self.put(Op.MARK, mark)
        self.node(item, inside)
        if careful:
            leaves.append(self.put(Op.PROGRESS, mark, 0) + 2)
        self.put(Op.JUMP, again)
        for leave in leaves:
            self.code[leave] = len(self.code)

    def _look(self, look: Look) -> None:
        if isinstance(look.item, Characters):
            self._beside(look.ahead, look.item.points, not look.negative)
            return
        least, most = (0, 0) if look.ahead else width(look.item)
        if least != most:
            raise NotPreparable("pattern", "looking back at what has no fixed length")
        place = self.put(Op.LOOK, int(not look.negative), least, 0)
        self._inner(look.item)
        self.code[place + 3] = len(self.code)

    def _beside(self, ahead: bool, points: CodePoints, wanted: bool) -> None:
        self.put(Op.AHEAD if ahead else Op.BEHIND, self._classes.bit(points.ranges()), int(wanted))

    def _anchor(self, place: str) -> None:
        if place in _PLACES:
            self.put(Op.AT, _PLACES[place])
            return
        # A word boundary: a word character before and none after, or the other way round.
        word = code_points(r"onig:\w")
        split = self.put(Op.SPLIT, 0, 0)
        self.code[split + 1] = len(self.code)
        self._beside(False, word, True)
        self._beside(True, word, place == "no_word_boundary")
        jump = self.put(Op.JUMP, 0)
        self.code[split + 2] = len(self.code)
        self._beside(False, word, False)
        self._beside(True, word, place == "word_boundary")
        self.code[jump + 1] = len(self.code)


def _nullable(node: Node) -> bool:
    return width(node)[0] == 0


def _first(node: Node) -> CodePoints:
    """The characters that a match which is not empty can begin with."""
    match node:
        case Characters(points):
            return points
        case Row(items):
            found = CodePoints()
            for item in items:
                found |= _first(item)
                if not _nullable(item):
                    break
            return found
        case Alternation(branches):
            found = CodePoints()
            for branch in branches:
                found |= _first(branch)
            return found
        case Repeat(item, _, _, _) | Atomic(item):
            return _first(item)
        case Look() | Anchor():
            return CodePoints()


def _join(first: CodePoints, after: After) -> CodePoints | None:
    return None if after.first is None else first | after.first


def _before(item: Node, after: After) -> After:
    """What is known of the rest where `item` comes before what is known already."""
    if not _nullable(item):
        return After(False, _first(item))
    if isinstance(item, Repeat) and item.least == 0:
        # Leaving it out is always possible, so it succeeds when the rest does.
        return After(after.always and item.mode != "possessive", _join(_first(item), after))
    return After(False)
