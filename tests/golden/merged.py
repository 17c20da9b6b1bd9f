"""A decoder that stands alone as older exports have it: a branch with a cache, and one without."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

__all__ = ["merged"]


def merged(model: bytes) -> bytes:
    """`model` takes a past, which may be empty; the result looks at it where `use_cache_branch` says so."""
    found = onnx.load_from_string(model)
    graph = found.graph
    pasts = [value for value in graph.input if value.name.startswith("past_key_values")]
    branches = [_branch(graph, pasts, whole) for whole in (True, False)]
    graph.input.append(helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1]))
    names = [value.name for value in graph.output]
    choice = helper.make_node(
        "If", ["use_cache_branch"], names, then_branch=branches[0], else_branch=branches[1]
    )
    del graph.node[:]
    del graph.value_info[:]
    graph.node.append(choice)
    return bytes(found.SerializeToString())


def _branch(graph: onnx.GraphProto, pasts: list[onnx.ValueInfoProto], with_past: bool) -> onnx.GraphProto:
    """The nodes under other names; without the past an empty one takes its place."""
    prefix = "with" if with_past else "without"
    renamed = {name: f"{prefix}:{name}" for node in graph.node for name in node.output if name}
    nodes = []
    if not with_past:
        for past in pasts:
            renamed[past.name] = f"{prefix}:{past.name}"
            nodes += _empty(past, renamed[past.name])
    for node in graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.input[:] = [renamed.get(name, name) for name in node.input]
        copy.output[:] = [renamed.get(name, name) for name in node.output]
        nodes.append(copy)
    outputs = []
    for value in graph.output:
        output = onnx.ValueInfoProto()
        output.CopyFrom(value)
        output.name = renamed[value.name]
        outputs.append(output)
    return helper.make_graph(nodes, prefix, [], outputs)


def _empty(past: onnx.ValueInfoProto, name: str) -> list[onnx.NodeProto]:
    """A past of length 0, for as many rows as there are ids: (batch_size, heads, 0, width)."""
    dims = past.type.tensor_type.shape.dim
    heads, width = dims[1].dim_value, dims[3].dim_value
    none = helper.make_tensor(f"{name}:none", TensorProto.FLOAT, [1, heads, 0, width], [])
    ones = helper.make_tensor(f"{name}:ones", TensorProto.INT64, [3], [1, 1, 1])
    return [
        helper.make_node("Constant", [], [f"{name}:none"], value=none),
        helper.make_node("Constant", [], [f"{name}:ones"], value=ones),
        helper.make_node("Shape", ["input_ids"], [f"{name}:rows"], start=0, end=1),
        helper.make_node("Concat", [f"{name}:rows", f"{name}:ones"], [f"{name}:shape"], axis=0),
        helper.make_node("Expand", [f"{name}:none", f"{name}:shape"], [name]),
    ]
