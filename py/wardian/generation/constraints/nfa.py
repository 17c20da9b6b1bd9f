"""A tree of nodes as a nondeterministic automaton over bytes (Thompson's construction)."""

from __future__ import annotations

from wardian.errors import InputError
from wardian.generation.constraints.nodes import Alternatives, Characters, Members, Node, Repeat
from wardian.generation.constraints.utf8_ranges import byte_rows

__all__ = ["MOST_PARTS", "Nfa"]

MOST_PARTS = 200_000
"""States before the automaton is made deterministic."""


class Nfa:
    """States with arcs over ranges of bytes, and with empty steps; from state 0 to `end`.

    >>> from wardian.generation.constraints.nodes import literal
    >>> nfa = Nfa(literal("ab"))
    >>> nfa.arcs[0], nfa.end
    ([(97, 97, 1)], 2)

    Raises InputError for what would take more than `MOST_PARTS` states.
    """

    def __init__(self, node: Node) -> None:
        #: Of each state: (first byte, last byte, next state).
        self.arcs: list[list[tuple[int, int, int]]] = []
        self.empty: list[list[int]] = []
        self.end = self._add(node, self._state())

    def _state(self) -> int:
        if len(self.arcs) >= MOST_PARTS:
            raise InputError(
                "The constraint is too large.",
                expected=f"at most {MOST_PARTS:,} parts, each repetition counted",
                hint="Repeat less: smaller numbers in {…}, maxLength and maxItems.",
            )
        self.arcs.append([])
        self.empty.append([])
        return len(self.arcs) - 1

    def _add(self, node: Node, start: int) -> int:
        """Adds what the node matches after state `start`: the state in which it ends."""
        if isinstance(node, Characters):
            return self._characters(node, start)
        if isinstance(node, Repeat):
            return self._repeat(node, start)
        if isinstance(node, Members):
            return self._members(node, start)
        if not isinstance(node, Alternatives):
            for part in node.parts:
                start = self._add(part, start)
            return start
        end = self._state()
        for part in node.parts:
            begin = self._state()
            self.empty[start].append(begin)
            self.empty[self._add(part, begin)].append(end)
        return end

    def _characters(self, node: Characters, start: int) -> int:
        end = self._state()
        #: States by the bytes that are still to come: what ends alike is there once.
        coming: dict[tuple[tuple[int, int], ...], int] = {(): end}
        for bytes_ in byte_rows(node.ranges):
            for place in range(len(bytes_) - 1, 0, -1):
                rest = bytes_[place:]
                if rest not in coming:
                    coming[rest] = self._state()
                    self.arcs[coming[rest]].append((*rest[0], coming[rest[1:]]))
            self.arcs[start].append((*bytes_[0], coming[bytes_[1:]]))
        return end

    def _repeat(self, node: Repeat, start: int) -> int:
        for _ in range(node.least):
            before = len(self.arcs)
            start = self._add(node.part, start)
            if len(self.arcs) == before:  # the empty text, however often
                break
        if node.most is None:
            loop = self._state()
            self.empty[start].append(loop)
            self.empty[self._add(node.part, loop)].append(loop)
            # Who goes on from here must not be able to go round with what follows.
            end = self._state()
            self.empty[loop].append(end)
            return end
        end = self._state()
        for _ in range(node.most - node.least):
            self.empty[start].append(end)
            before = len(self.arcs)
            start = self._add(node.part, start)
            if len(self.arcs) == before:
                break
        self.empty[start].append(end)
        return end

    def _members(self, node: Members, start: int) -> int:
        """Two ways side by side, before the first member and after it: each member is there once."""
        none, some = start, self._state()
        for part, required in node.parts:
            comma, begin = self._state(), self._state()
            self.arcs[some].append((0x2C, 0x2C, comma))
            self.arcs[comma].append((0x20, 0x20, begin))
            self.empty[none].append(begin)
            end, after_none, after_some = self._add(part, begin), self._state(), self._state()
            self.empty[end].append(after_some)
            if not required:
                self.empty[none].append(after_none)
                self.empty[some].append(after_some)
            none, some = after_none, after_some
        end = self._state()
        self.empty[none].append(end)
        self.empty[some].append(end)
        return end
