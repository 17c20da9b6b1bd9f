"""Control flow of TensorFlow 1 to branches and loops of ONNX.

A branch is what lies between a `Switch` (output 0 where the predicate is false, 1 where it is true) and a
`Merge`; it becomes `If`. A loop is a frame of `Enter → Merge → Switch → … → NextIteration → Merge`, with
`Exit` from the switch; it becomes `Loop`. Arrays that a loop fills one entry a round (`TensorArrayWriteV3`,
`TensorListSetItem`) become what `Loop` collects; arrays that it reads are ordinary tensors along their first
axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wardian_build.convert.tfjs.emit import Call, Emitter, Scope, onnx_dtype, operator
from wardian_build.convert.tfjs.flow import reached
from wardian_build.convert.tfjs.frames import EMPTY, WRITES, Loop, Variable, check_written, loop_of
from wardian_build.convert.tfjs.nodes import Node
from wardian_build.errors import UnsupportedError

__all__ = ["REMEDIES", "dependencies"]

_EXPORT = "convert the model with control_flow_v2=False, which writes Switch, Merge and loops of frames"
REMEDIES = dict.fromkeys(("If", "StatelessIf", "While", "StatelessWhile", "PartitionedCall"), _EXPORT)
Port = tuple[str, Sequence[int | str] | None]


def dependencies(emitter: Emitter, node: Node) -> list[str]:
    """What has to be written before a node; the insides of branches and loops are written with them."""
    if node.op == "Exit":
        loop = loop_of(emitter, node)
        return [v.initial[0] for v in loop.variables if not v.written]
    if node.op == "Merge":
        return [_predicate(emitter, node)[0]]
    if node.op in EMPTY:
        return []
    if node.op == "Switch":
        return [node.inputs[0][0]]
    if node.op == "TensorArrayScatterV3":
        return [node.inputs[2][0]]
    if node.op == "TensorArrayReadV3":
        return [node.inputs[1][0], node.inputs[2][0]]
    if node.op in ("TensorArrayGatherV3", "TensorArraySizeV3"):
        return [name for name, _ in node.inputs[1:]]
    return [name for name, _ in node.inputs]


@operator("Switch")
def switch(c: Call) -> list[str]:
    """Inside of a branch, what was switched is as it was."""
    return [c.input(0)] * 2


@operator("Enter")
def enter(c: Call) -> str:
    """What a loop only reads: the value from outside."""
    return c.input(0)


@operator("NextIteration", "LoopCond")
def passed(c: Call) -> str:
    return c.input(0)


@operator(*EMPTY)
def empty_array(c: Call) -> list[str]:
    """Nothing is written for an array that is still empty: what fills it gives all of it."""
    return ["", ""]


@operator("TensorArrayScatterV3")
def scatter_array(c: Call) -> str:
    """All entries at once; in TensorFlow's own graphs the places are 0, 1, 2 …"""
    places = c.emitter.nodes[c.node.inputs[1][0]]
    if places.op != "Range":
        raise c.unsupported("with places other than 0, 1, 2 …", "use tf.map_fn, which writes them in order")
    return c.input(2)


@operator("TensorListFromTensor")
def list_of_tensor(c: Call) -> str:
    return c.input(0)


@operator("TensorArrayReadV3")
def read_array(c: Call) -> str:
    return c.op("Gather", c.input(2), c.input(1), axis=0)


@operator("TensorListGetItem")
def read_list(c: Call) -> str:
    return c.op("Gather", c.input(0), c.input(1), axis=0)


@operator("TensorArrayGatherV3")
def gather_array(c: Call) -> str:
    return c.op("Gather", c.input(2), c.input(1), axis=0)


@operator("TensorListStack")
def stack_list(c: Call) -> str:
    return c.input(0)


@operator("TensorArraySizeV3")
def array_size(c: Call) -> str:
    return c.op("Squeeze", c.op("Shape", c.input(1), start=0, end=1))


@operator(*WRITES)
def write_array(c: Call) -> str:
    raise c.unsupported("outside of a plain loop", "write each entry once, at the place that the loop counts")


@operator("Merge")
def merge(c: Call) -> list[str]:
    """If. Its second output, which input was alive, has no form here."""
    emitter, (predicate, port) = c.emitter, _predicate(c.emitter, c.node)
    graphs: dict[str, Any] = {}
    for reference in c.node.inputs:
        side = _side(emitter, reference[0], (predicate, port))
        if side is None:
            raise c.unsupported("of branches that no Switch tells apart", _EXPORT)
        inside = reached(emitter, _switched(emitter, (predicate, port), side))
        scope = Scope(c.scope.graph.inner(), c.scope, frozenset(inside))
        # A branch's result must be made inside of it.
        result = emitter.fresh(f"{c.node.name}:{'then' if side else 'else'}")
        scope.graph.op("Identity", emitter.value(scope, *reference), name=result)
        ports = {result: (onnx_dtype(c.attributes.type("T"), emitter.path, c.node.label), None)}
        graphs["then_branch" if side else "else_branch"] = scope.graph.inner_graph(result, {}, ports)
    if len(graphs) != 2:
        raise c.unsupported("without two branches", _EXPORT)
    return [c.op("If", emitter.value(c.scope, predicate, port), **graphs)]


@operator("Exit")
def exit_(c: Call) -> str:
    """Writes the whole loop, and the values of all its exits."""
    loop = loop_of(c.emitter, c.node)
    _write_loop(c, loop)
    (found,) = c.scope.values[c.node.name]
    return found


def _write_loop(c: Call, loop: Loop) -> None:
    emitter, graph = c.emitter, c.scope.graph
    inside = frozenset(reached(emitter, [(v.merge.name, None) for v in loop.variables]))
    kept = {v: emitter.value(c.scope, *v.initial) for v in loop.variables if v.kept and not v.written}
    turning = [v for v in loop.variables if not v.kept and not v.written]
    filled = [v for v in loop.variables if v.written]
    initial = {v: emitter.value(c.scope, *v.initial) for v in turning}
    first = _condition(emitter, c.scope, inside, loop, kept | initial)

    body = Scope(graph.inner(), c.scope, inside)
    inputs = {v: emitter.fresh(f"{v.merge.name}:before") for v in turning}
    _seed(body, kept | inputs)
    following = {v: emitter.value(body, *v.following) for v in turning}
    entries = []
    for v in filled:
        check_written(emitter, loop, v)
        assert v.written is not None
        entries.append(emitter.value(body, *v.written.inputs[WRITES[v.written.op][1]]))
    again = _condition(emitter, body, inside, loop, kept | following)
    results = [
        body.graph.op("Identity", value, name=emitter.fresh(f"{c.node.name}:after"))
        for value in (again, *following.values(), *entries)
    ]
    dtypes = ["bool", *(v.dtype for v in (*turning, *filled))]
    ports: dict[str, Port] = {emitter.fresh("round"): ("int64", []), emitter.fresh("go"): ("bool", [])}
    ports |= {name: (v.dtype, None) for v, name in inputs.items()}
    outputs: dict[str, Port] = {name: (dtype, None) for name, dtype in zip(results, dtypes, strict=True)}
    inner = body.graph.inner_graph(emitter.fresh("body"), ports, outputs)
    found = c.ops("Loop", "", first, *initial.values(), count=len(results) - 1, body=inner)
    for v, name in [*zip((*turning, *filled), found, strict=True), *kept.items()]:
        if v.exit is not None:
            c.scope.values[v.exit.name] = [name]


def _condition(
    emitter: Emitter, scope: Scope, inside: frozenset[str], loop: Loop, values: Mapping[Variable, str]
) -> str:
    """Whether to go on, for these values, written into the graph of `scope`."""
    once = Scope(scope.graph, scope.parent if scope.inside == inside else scope, inside)
    _seed(once, values)
    return emitter.value(once, *loop.condition)


def _seed(scope: Scope, values: Mapping[Variable, str]) -> None:
    for variable, value in values.items():
        scope.values[variable.merge.name] = [value]
        scope.values[variable.switch.name] = [value, value]


def _predicate(emitter: Emitter, merge_node: Node) -> tuple[str, int]:
    """What decides between the inputs of a Merge: the predicate of the nearest Switch above them."""
    seen, queue = set[str](), [name for name, _ in merge_node.inputs]
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.add(name)
        node = emitter.nodes[name]
        if node.op == "Switch" and len(node.inputs) == 2:
            return node.inputs[1]
        if node.op == "Merge" and node is not merge_node:
            inner = _predicate(emitter, node)
            queue.append(inner[0])
            continue
        queue += [above for above, _ in node.inputs]
    raise UnsupportedError(
        emitter.path, [(f"{merge_node.label} of branches that no Switch tells apart", _EXPORT)]
    )


def _switched(emitter: Emitter, predicate: tuple[str, int], side: int) -> list[tuple[str, int | None]]:
    return [
        (node.name, side)
        for node in emitter.nodes.values()
        if node.op == "Switch" and len(node.inputs) == 2 and node.inputs[1] == predicate
    ]


def _side(emitter: Emitter, name: str, predicate: tuple[str, int]) -> int | None:
    """1 where a value is computed if the predicate is true, 0 where if it is false."""
    sides = [side for side in (0, 1) if name in reached(emitter, _switched(emitter, predicate, side))]
    if not sides and emitter.nodes[name].op == "Switch":
        return None
    return sides[0] if len(sides) == 1 else None
