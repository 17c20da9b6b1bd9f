"""A deterministic automaton over the bytes of a text: what may come next, and whether it may end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.generation.constraints.nfa import Nfa
from wardian.generation.constraints.nodes import Node

__all__ = ["MOST_STATES", "Automaton", "automaton_of"]

MOST_STATES = 50_000
"""States of a deterministic automaton."""

_DEAD = -1


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """Texts as ways through states, byte by byte, from state 0.

    `table` is int32 (states, classes): the next state, or -1. `classes` is uint8 (256,): the class of each
    byte. `accepting` is bool (states,). `least` is int32 (states,): the bytes of the shortest way to an end,
    and `onward` int32 (states,) the first byte of it (-1 in an accepting state). From every state there is
    one.

    >>> from wardian.generation.constraints.regex import parse_regex
    >>> number = automaton_of(parse_regex("-?[0-9]+"))
    >>> number.matches(b"-12"), number.matches(b"-"), int(number.least[0])
    (True, False, 1)
    """

    table: NDArray[np.int32]
    classes: NDArray[np.uint8]
    accepting: NDArray[np.bool_]
    least: NDArray[np.int32]
    onward: NDArray[np.int32]
    #: The table for walks of many at once: ((states + 1) · classes,) places in itself; the last state is the
    #: dead one.
    places: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.table)

    def step(self, state: int, text: bytes) -> int:
        """The state after some more bytes, or -1."""
        for byte in text:
            if state < 0:
                return _DEAD
            state = int(self.table[state, self.classes[byte]])
        return state

    def matches(self, text: bytes) -> bool:
        """Whether the whole text is one of those that are meant."""
        state = self.step(0, text)
        return state >= 0 and bool(self.accepting[state])

    @classmethod
    def of_table(
        cls, table: NDArray[np.int32], classes: NDArray[np.uint8], accepting: NDArray[np.bool_], what: str
    ) -> Automaton:
        """The same without states that lead to no end. Raises InputError where no text is left."""
        least, onward = _ways(table, accepting, _first_bytes(classes, table.shape[1]))
        if least[0] < 0:
            raise InputError(
                f"No text can satisfy the {what}.",
                expected=f"a {what} that at least one text satisfies",
            )
        alive = least >= 0
        names = np.where(alive, np.cumsum(alive) - 1, _DEAD).astype(np.int32)
        # Place -1 of `names` is that of the last state: dead ends stay dead.
        kept = np.where(table >= 0, names[table], _DEAD)[alive].astype(np.int32)
        count, width = kept.shape
        places = np.full((count + 1, width), count * width, np.intp)
        places[:-1][kept >= 0] = kept[kept >= 0] * width
        return cls(kept, classes, accepting[alive], least[alive], onward[alive], places.reshape(-1))


def automaton_of(node: Node, what: str = "constraint") -> Automaton:
    """The automaton of a tree. Raises InputError where it is too large, or no text satisfies it."""
    nfa = Nfa(node)
    classes, count = _byte_classes(nfa)
    table, accepting = _Subsets(nfa, classes, count).all()
    return Automaton.of_table(table, classes, accepting, what)


def _byte_classes(nfa: Nfa) -> tuple[NDArray[np.uint8], int]:
    """Bytes that no arc tells apart have the same class."""
    starts = np.zeros(257, np.bool_)
    for arcs in nfa.arcs:
        for first, last, _ in arcs:
            starts[first] = starts[last + 1] = True
    starts[0] = False
    classes = np.cumsum(starts[:256]).astype(np.uint8)
    return classes, int(classes[-1]) + 1


def _first_bytes(classes: NDArray[np.uint8], count: int) -> list[int]:
    """A byte of each class: a printable one where there is one, so that the shortest text can be read."""
    order = [*range(0x20, 0x7F), *range(256)]
    found: dict[int, int] = {}
    for byte in order:
        found.setdefault(int(classes[byte]), byte)
    return [found.get(index, 0) for index in range(count)]


class _Subsets:
    """Sets of states of an Nfa, each of which becomes one state (Rabin and Scott's construction)."""

    def __init__(self, nfa: Nfa, classes: NDArray[np.uint8], count: int) -> None:
        self._nfa, self._count = nfa, count
        names = classes.tolist()
        #: Arcs by class of bytes; classes are in the order of bytes, so a range of bytes is one of classes.
        self._arcs = [
            [(names[first], names[last] + 1, target) for first, last, target in arcs] for arcs in nfa.arcs
        ]
        self._closures: dict[int, tuple[int, ...]] = {}
        self._names: dict[tuple[int, ...], int] = {}
        #: The same by what arcs lead to, before empty steps.
        self._known: dict[frozenset[int], int] = {}
        self._rows: list[list[int]] = []

    def all(self) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """The table, int32 (states, classes), and which states accept, bool (states,)."""
        start = self._closure(0)
        self._names[start] = 0
        queue, accepting = deque([start]), []
        while queue:
            states = queue.popleft()
            accepting.append(self._nfa.end in states)
            self._rows.append([self._name(targets, queue) for targets in self._targets(states)])
        return np.array(self._rows, np.int32), np.array(accepting)

    def _targets(self, states: tuple[int, ...]) -> Iterable[set[int] | None]:
        found: list[set[int] | None] = [None] * self._count
        for state in states:
            for first, last, target in self._arcs[state]:
                for index in range(first, last):
                    targets = found[index]
                    if targets is None:
                        found[index] = {target}
                    else:
                        targets.add(target)
        return found

    def _name(self, targets: set[int] | None, queue: deque[tuple[int, ...]]) -> int:
        if not targets:
            return _DEAD
        key = frozenset(targets)
        name = self._known.get(key)
        if name is None:
            states = tuple(sorted({state for target in key for state in self._closure(target)}))
            name = self._names.get(states)
            if name is None:
                name = self._names[states] = len(self._names)
                queue.append(states)
            if name >= MOST_STATES:
                raise InputError(
                    "The constraint is too large.",
                    expected=f"an automaton of at most {MOST_STATES:,} states",
                    hint="Repeat less: smaller numbers in {…}, maxLength and maxItems.",
                )
            self._known[key] = name
        return name

    def _closure(self, state: int) -> tuple[int, ...]:
        """What is reached without a byte, of that what has arcs or is the end."""
        known = self._closures.get(state)
        if known is None:
            seen, stack = {state}, [state]
            while stack:
                for following in self._nfa.empty[stack.pop()]:
                    if following not in seen:
                        seen.add(following)
                        stack.append(following)
            kept = sorted(one for one in seen if self._arcs[one] or one == self._nfa.end)
            known = self._closures[state] = tuple(kept)
        return known


def _ways(
    table: NDArray[np.int32], accepting: NDArray[np.bool_], bytes_: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The length of the shortest way to an end, and its first byte; -1 where there is none."""
    before: list[list[tuple[int, int]]] = [[] for _ in range(len(table))]
    sources, classes = np.nonzero(table >= 0)
    targets = table[sources, classes].tolist()
    for source, index, target in zip(sources.tolist(), classes.tolist(), targets, strict=True):
        before[target].append((source, index))
    least, onward = np.full(len(table), -1, np.int32), np.full(len(table), -1, np.int32)
    queue = deque(np.flatnonzero(accepting).tolist())
    least[accepting] = 0
    while queue:
        state = queue.popleft()
        for source, index in before[state]:
            if least[source] < 0:
                least[source], onward[source] = least[state] + 1, bytes_[index]
                queue.append(source)
    return least, onward
