"""A subgraph's operators, one after the other, and those that choose or repeat other subgraphs.

Source: `tensorflow/lite/kernels/if.cc` and `while.cc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder, Ports
from wardian_build.convert.read.tflite import Operator, Tensor, TFLiteModel
from wardian_build.convert.tflite.emit import OPERATORS, Call, operator, stored
from wardian_build.convert.tflite.quantised import from_steps, to_steps
from wardian_build.errors import ConversionError

__all__ = ["reached", "write_operators"]

#: Operator → the fields of its options that name subgraphs, and how often each is written.
_CALLED = {"IF": ((0, 1), (1, 1)), "WHILE": ((0, 2), (1, 1))}
_MOST_OPERATORS = 100_000
_DEEPEST = 16


def write_operators(
    model: TFLiteModel, graph: GraphBuilder, values: dict[int, str], place: str = ""
) -> list[str]:
    """All operators; `values` begins with the inputs. Returns the values of the outputs.

    Raises ConversionError for operators whose tensors do not go together, and outputs that nothing writes.
    """
    constants: dict[int, NDArray[Any]] = {}
    for one in model.operators:
        call = Call(model, graph, values, constants, one, place)
        try:
            found = OPERATORS[one.name](call)
        except (ValueError, TypeError, IndexError, ZeroDivisionError) as error:
            # Shapes of the file that do not go together.
            raise call.bad("its tensors", "shapes that go together", str(error)[:200]) from error
        names = [found] if isinstance(found, str) else found
        if len(names) != len(one.outputs):
            raise call.bad("outputs", str(len(names)), str(len(one.outputs)))
        for number, name in zip(one.outputs, names, strict=True):
            values[number] = _rounded(graph, model.tensors[number], name, f"{place}{one.number}:{number}")
    for number in model.outputs:
        data = stored(model.tensors[number])
        if number not in values and data is not None and place:
            values[number] = graph.constant(f"{place}weight {number}", data)
        if number not in values:
            raise ConversionError(
                model.path, "has an output that nothing writes", place=model.tensors[number].name[:80]
            )
    return [values[number] for number in model.outputs]


def _rounded(graph: GraphBuilder, tensor: Tensor, value: str, name: str) -> str:
    if not tensor.quantised:
        return value
    return from_steps(graph, tensor, to_steps(graph, tensor, value, f"{name}:steps"), f"{name}:rounded")


def reached(model: TFLiteModel) -> list[TFLiteModel]:
    """The subgraphs that run, the first one first.

    Raises ConversionError for one that calls itself, that is not there, or that would be written too often.
    """
    sizes: dict[int, int] = {}
    opened: list[int] = []

    def size(index: int, caller: Operator | None) -> int:
        if not 0 <= index < len(model.graphs):
            raise _badly(model, caller, f"a subgraph below {len(model.graphs)}", str(index))
        if len(opened) > _DEEPEST:
            raise _badly(model, caller, f"at most {_DEEPEST} subgraphs inside of each other", "more")
        if index in opened:
            raise _badly(model, caller, "a subgraph that does not call itself", str(index))
        if index not in sizes:
            opened.append(index)
            found = len(model.graphs[index].operators)
            for one in model.graphs[index].operators:
                for field, times in _CALLED.get(one.name, ()):
                    found += times * size(_named(one, field), one)
            opened.pop()
            if found > _MOST_OPERATORS:
                raise _badly(model, caller, f"at most {_MOST_OPERATORS:,} operators", f"{found:,}")
            sizes[index] = found
        return sizes[index]

    size(0, None)
    return [model.graphs[index] for index in sorted(sizes)]


def _named(one: Operator, field: int) -> int:
    return -1 if one.options is None else int(one.options.number(field, "i", 0))


def _badly(model: TFLiteModel, caller: Operator | None, expected: str, received: str) -> ConversionError:
    place = caller.label if caller else "subgraph 0"
    return ConversionError(
        model.path, "has a bad operator", place=place, expected=expected, received=received
    )


def _called(c: Call, field: int, given: Sequence[str], where: str, graph: GraphBuilder) -> list[str]:
    """Another subgraph's operators in `graph`, over values of this one; the values of its outputs."""
    other = c.model.graphs[_named(c.operator, field)]
    if len(other.inputs) != len(given):
        raise c.bad(f"its {where}", f"{len(given)} inputs", str(len(other.inputs)))
    values = dict(zip(other.inputs, given, strict=True))
    return write_operators(other, graph, values, f"{c.place}{c.operator.number}:{where}/")


def _port(tensor: Tensor) -> tuple[str, None]:
    return ("float32" if tensor.quantised or tensor.dtype == "float16" else tensor.dtype, None)


@operator("IF")
def _if(c: Call) -> list[str]:
    """One of two subgraphs, which take all inputs but the first."""
    given = [c.input(index) for index in range(1, len(c))]
    branches = {}
    for field, side in enumerate(("then", "else")):
        inner = c.graph.inner()
        found = _called(c, field, given, side, inner)
        if len(found) != len(c.operator.outputs):
            raise c.bad(f"its {side}", f"{len(c.operator.outputs)} outputs", str(len(found)))
        names = [f"{c.place}{c.operator.number}:{side}:{place}" for place in range(len(found))]
        for name, value in zip(names, found, strict=True):
            # A branch gives values of its own.
            inner.op("Identity", value, name=name)
        ports = {name: _port(c.output(place)) for place, name in enumerate(names)}
        branches[f"{side}_branch"] = inner.inner_graph(side, {}, ports)
    condition = c.op("Squeeze", c.input(0)) if c.shape(0) else c.input(0)
    return c.ops("If", condition, count=len(c.operator.outputs), **branches)


@operator("WHILE")
def _while(c: Call) -> list[str]:
    """A subgraph over what it gave itself, as long as another one says so."""
    given = [c.input(index) for index in range(len(c))]
    if len(c.operator.outputs) != len(given):
        raise c.bad("outputs", str(len(given)), str(len(c.operator.outputs)))
    (first,) = _condition(c, given, "before", c.graph)
    inner, place = c.graph.inner(), f"{c.place}{c.operator.number}:loop"
    carried = [f"{place}:{index}" for index in range(len(given))]
    found = _called(c, 1, carried, "body", inner)
    if len(found) != len(given):
        raise c.bad("its body", f"{len(given)} outputs", str(len(found)))
    (again,) = _condition(c, found, "after", inner)
    names = [f"{place}:again", *(f"{place}:given {index}" for index in range(len(given)))]
    for name, value in zip(names, [again, *found], strict=True):
        inner.op("Identity", value, name=name)
    ports = [_port(c.tensor(index)) for index in range(len(c))]
    before: Ports = {f"{place}:count": ("int64", []), f"{place}:go": ("bool", [])}
    before = {**before, **dict(zip(carried, ports, strict=True))}
    after: Ports = {names[0]: ("bool", []), **dict(zip(names[1:], ports, strict=True))}
    body = inner.inner_graph("body", before, after)
    return c.ops("Loop", "", first, *given, count=len(given), body=body)


def _condition(c: Call, given: Sequence[str], where: str, graph: GraphBuilder) -> list[str]:
    found = _called(c, 0, given, where, graph)
    if len(found) != 1:
        raise c.bad("its condition", "1 output", str(len(found)))
    name = f"{c.place}{c.operator.number}:{where}:go"
    # It may be of shape (1,).
    return [graph.op("Reshape", found[0], graph.constant("no axes", np.zeros(0, np.int64)), name=name)]
