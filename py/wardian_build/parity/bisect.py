"""Which node of a model is the first that one engine computes otherwise than another.

Between two nodes, what is alive are the values that are computed already and still read. If all of them
agree, the cause comes later; if one differs, it came before. So a few places are looked at in each run, and
what is left between the last that agrees and the first that does not is an eighth. In the end that is one
node, whose inputs agree and whose output does not. Inside `If` and `Loop` the search goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, numpy_helper

from wardian_build.errors import ParityError
from wardian_build.parity.compare import compare_runs, reason
from wardian_build.parity.graph import Piece, captures, subgraphs

__all__ = ["Engine", "FirstNode", "first_node"]

Arrays = dict[str, NDArray[Any]]

PROBES = 7
"""Places looked at in one run: 400 nodes take three."""
MOST_ITERATIONS = 1000
LEVELS = ("disabled", "basic")
"""What onnxruntime may do to the graph meanwhile: nothing; then what leaves values as they are named. What it
fuses is undone by asking for a value inside, so a difference that only fusion makes has no node to name."""


class Engine(Protocol):
    """Something that runs a model: native onnxruntime, or onnxruntime-web in a browser."""

    def run_bytes(
        self, model: bytes, feeds: Arrays, fetches: Sequence[str], optimization: str, like: Arrays
    ) -> Arrays:
        """The fetched outputs. `like`, the other engine's, may be returned where the bits are the same."""


@dataclass(frozen=True)
class FirstNode:
    """The first node that differs, or in `note` why there is none to name.

    `node` is its path: `/layer1/MatMul`, `If_3/then_branch/Mul_2`, `Loop_0/body[4]/Add_1`. `inputs` and
    `outputs` are largest relative differences; `alone` says whether it also differs when both engines get the
    same inputs: if not, the difference has added up on the way; None: it does not run by itself. `runs`
    counts runs of each engine.
    """

    node: str
    operator: str
    output: str
    reason: str
    inputs: float
    outputs: float
    alone: bool | None
    optimization: str
    runs: int
    note: str = ""


def first_node(model: ModelProto, feeds: Arrays, native: Engine, web: Engine, tolerance: float) -> FirstNode:
    """The first node of `model` whose output differs for `feeds` beyond the tolerance.

    Raises ValueError where the model with its values exposed is larger than a file of ONNX can be.
    """
    piece = Piece.of(model)
    for level in LEVELS:
        search = _Search(native, web, tolerance, level)
        found = search.in_piece(piece, feeds, "")
        if found is not None:
            return found
    note = (
        "with values in between asked for, outputs agree with optimisations disabled and with basic ones: "
        "the difference comes with nodes that onnxruntime fuses or lays out anew; the file has none of those"
    )
    return FirstNode("", "", "", "", 0.0, 0.0, None, LEVELS[-1], search.runs, note)


class _Search:
    def __init__(self, native: Engine, web: Engine, tolerance: float, level: str) -> None:
        self.native, self.web, self.tolerance, self.level = native, web, tolerance, level
        self.runs = 0

    def in_piece(self, piece: Piece, feeds: Arrays, path: str) -> FirstNode | None:
        """The first node of a piece, None where its outputs agree."""
        everything = piece.leading_to(piece.outputs)
        exposed = piece.exposing({name for index in everything for name in piece.tensors(index)})
        mine, theirs = self._both(exposed, feeds, piece.outputs)
        differing = [name for name in piece.outputs if self._reason(mine[name], theirs[name])]
        order = piece.leading_to(differing)
        # Without a node before it, an output is fed or constant.
        if not order:
            return None
        low, high = 0, len(order)
        while high - low > 1:
            low, high = self._narrowed(piece, exposed, feeds, order, differing, low, high)
        return self._named(piece, exposed, feeds, order[low], path)

    def _narrowed(
        self, piece: Piece, exposed: bytes, feeds: Arrays, order: Sequence[int], outputs: Sequence[str],
        low: int, high: int,
    ) -> tuple[int, int]:  # fmt: skip
        """The interval between the last place that agrees and the first that does not."""
        steps = min(PROBES, high - low - 1)
        places = [low + (high - low) * step // (steps + 1) for step in range(1, steps + 1)]
        places = [place for place in dict.fromkeys(places) if low < place < high]
        alive = {place: piece.alive(order, place, outputs) for place in places}
        names = sorted({name for found in alive.values() for name in found})
        mine, theirs = self._both(exposed, feeds, names) if names else ({}, {})
        for place in places:
            if any(self._reason(mine[name], theirs[name]) for name in alive[place]):
                return low, place
            low = place
        return low, high

    def _named(self, piece: Piece, exposed: bytes, feeds: Arrays, index: int, path: str) -> FirstNode:
        node, label = piece.nodes[index], path + piece.labels[index]
        needed = [name for name in piece.needs(index) if name not in feeds]
        outputs = piece.tensors(index)
        mine, theirs = self._both(exposed, feeds, [*needed, *outputs])
        given = {name: feeds[name] if name in feeds else mine[name] for name in piece.needs(index)}
        worst = next((name for name in outputs if self._reason(mine[name], theirs[name])), outputs[0])
        alone = self._alone(piece, index, given)
        found = FirstNode(
            node=label,
            operator=node.op_type,
            output=worst,
            reason=self._reason(mine[worst], theirs[worst]),
            inputs=_largest(mine, theirs, needed),
            outputs=_largest(mine, theirs, outputs),
            alone=alone,
            optimization=self.level,
            runs=self.runs,
        )
        if not alone or not any(True for _ in subgraphs(node)):
            return found
        try:
            return self._deeper(piece, node, given, found)
        except ParityError as error:
            return replace(found, note=f"what is inside does not run by itself: {error}")

    def _alone(self, piece: Piece, index: int, given: Arrays) -> bool | None:
        """Whether a node differs on the same inputs; None where an engine does not run it by itself."""
        outputs = piece.tensors(index)
        try:
            mine, theirs = self._both(piece.alone(index, given), given, outputs)
        except ParityError:
            return None
        return any(self._reason(mine[name], theirs[name]) for name in outputs)

    def _deeper(self, piece: Piece, node: NodeProto, given: Arrays, found: FirstNode) -> FirstNode:
        """The node inside a node with subgraphs, or that node itself where it cannot be entered."""
        graphs = dict(subgraphs(node))
        inner: FirstNode | None = None
        if node.op_type == "If":
            branch = "then_branch" if bool(self._value(piece, node.input[0], given).item()) else "else_branch"
            body, feeds = self._entered(piece, graphs[branch], given, {})
            inner = self.in_piece(body, feeds, f"{found.node}/{branch}/")
        elif node.op_type == "Loop":
            inner = self._in_loop(piece, node, graphs["body"], given, found.node)
        else:
            return replace(found, note=f"nodes inside {node.op_type} are not looked at")
        if inner is None:
            return replace(found, note="what is inside agrees when it runs by itself")
        return replace(inner, runs=self.runs)

    def _in_loop(
        self, piece: Piece, node: NodeProto, graph: GraphProto, given: Arrays, path: str
    ) -> FirstNode | None:
        """The body runs on both sides from the native state, until an iteration differs."""
        trips = int(self._value(piece, node.input[0], given).item()) if node.input[0] else MOST_ITERATIONS
        going = self._value(piece, node.input[1], given) if node.input[1] else np.array(True)
        names = [value.name for value in graph.input]
        state = [self._value(piece, name, given) for name in node.input[2:]]
        for number in range(min(trips, MOST_ITERATIONS)):
            if not going.item():
                return None
            own = dict(zip(names, [np.array(number, np.int64), np.array(going.item()), *state], strict=True))
            body, feeds = self._entered(piece, graph, given, own)
            found = self.in_piece(body, feeds, f"{path}/body[{number}]/")
            if found is not None:
                return found
            outputs = self.native.run_bytes(body.exposing([]), feeds, body.outputs, self.level, {})
            going, *state = (outputs[name] for name in body.outputs[: 1 + len(state)])
        return None

    def _entered(self, piece: Piece, graph: GraphProto, given: Arrays, own: Arrays) -> tuple[Piece, Arrays]:
        """A subgraph as a piece, with what it is fed: its own inputs and what it captures."""
        read = captures(graph)
        feeds = {**{name: array for name, array in given.items() if name in read}, **own}
        return piece.inside(graph, feeds), feeds

    @staticmethod
    def _value(piece: Piece, name: str, given: Arrays) -> NDArray[Any]:
        return given[name] if name in given else numpy_helper.to_array(piece.constants[name])

    def _both(self, model: bytes, feeds: Arrays, names: Sequence[str]) -> tuple[Arrays, Arrays]:
        self.runs += 1
        mine = self.native.run_bytes(model, feeds, names, self.level, {})
        return mine, self.web.run_bytes(model, feeds, names, self.level, mine)

    def _reason(self, native: NDArray[Any], web: NDArray[Any]) -> str:
        return "" if _one_step(native, web) else reason(native, web, self.tolerance)


def _one_step(native: NDArray[Any], web: NDArray[Any]) -> bool:
    """Whether numbers rounded to 8 bits are at most one step apart: a hair's breadth before rounding."""
    eight = native.dtype.kind in "iu" and native.dtype.itemsize == 1 and native.dtype == web.dtype
    if not eight or native.shape != web.shape:
        return False
    return bool((np.abs(native.astype(np.int16) - web.astype(np.int16)) <= 1).all())


def _largest(native: Mapping[str, Any], web: Mapping[str, Any], names: Sequence[str]) -> float:
    comparable = [name for name in names if native[name].shape == web[name].shape]
    rows = compare_runs([{n: native[n] for n in comparable}], [{n: web[n] for n in comparable}], 0.0)
    return max((row.relative for row in rows), default=0.0)
