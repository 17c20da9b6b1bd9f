"""A node that one engine computes otherwise is found by its name, wherever it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
from planted import Altered, branching, chain, looping, swapped

from wardian_build.parity.bisect import FirstNode, first_node
from wardian_build.parity.graph import subgraphs
from wardian_build.parity.native import Native

X = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
TOLERANCE = 1e-4


@pytest.fixture
def native(tmp_path: Path) -> Native:
    return Native(tmp_path)


def found(native: Native, model: onnx.ModelProto, name: str, entry: str = "x") -> tuple[FirstNode, Altered]:
    web = Altered(native, partial(swapped, name=name))
    return first_node(model, {entry: X}, native, web, TOLERANCE), web


@pytest.mark.parametrize("index", [0, 1, 17, 59])
def test_the_node_in_the_middle_is_named(native: Native, index: int) -> None:
    result, web = found(native, chain(60), f"s{index}", "v0")
    assert (result.node, result.operator, result.output) == (f"s{index}", "Sigmoid", f"v{index + 1}")
    assert result.inputs == 0 and result.outputs > TOLERANCE and result.alone is True
    assert "relative difference" in result.reason and result.optimization == "disabled"
    # 73 nodes: one run for the outputs, three of seven places each, one for the node, one for it alone.
    assert len(web.runs) == result.runs <= 6


def test_a_side_branch_is_followed(native: Native) -> None:
    model = chain(20)
    next(node for node in model.graph.node if node.name == "side12").op_type = "Sigmoid"
    next(node for node in model.graph.node if node.name == "side12").input.pop()
    result, _ = found(native, model, "side12", "v0")
    assert result.node == "side12"


def test_inside_the_branch_that_is_taken(native: Native) -> None:
    result, _ = found(native, branching(), "inner")
    assert (result.node, result.operator) == ("choice/then_branch/inner", "Sigmoid")


def test_before_the_branch(native: Native) -> None:
    result, _ = found(native, branching(), "first")
    assert result.node == "first"


def test_inside_a_loop_the_iteration_is_named(native: Native) -> None:
    # HardSigmoid and Sigmoid are equal at 0, which is what the first iteration gets.
    model, zero = looping(), np.full((2, 3), -1, np.float32)
    web = Altered(native, partial(swapped, name="step"))
    result = first_node(model, {"x": zero}, native, web, TOLERANCE)
    assert (result.node, result.operator) == ("repeat/body[1]/step", "Sigmoid")


def test_a_loop_in_a_branch(native: Native) -> None:
    """The search goes down more than one level."""
    outer, inner = branching(), looping()
    branch = dict(subgraphs(outer.graph.node[3]))["then_branch"]
    del branch.node[1]
    loop = inner.graph.node[1]
    loop.input[2] = "m"
    loop.output[0] = "inside"
    branch.node.append(loop)
    outer.graph.initializer.extend(inner.graph.initializer)
    result, _ = found(native, outer, "step")
    assert result.node == "choice/then_branch/repeat/body[0]/step"


def test_differences_that_add_up_are_told_from_a_wrong_node(native: Native) -> None:
    """Each Mul is off by less than the tolerance; their product is not."""

    def drifting(content: bytes) -> bytes:
        proto = onnx.load_from_string(content)
        for tensor in proto.graph.initializer:
            if tensor.name == "two":
                tensor.CopyFrom(onnx.numpy_helper.from_array(np.float32([2 * (1 + 4e-5)]), "two"))
        return bytes(proto.SerializeToString())

    model = chain(3)
    del model.graph.node[:]
    model.graph.node.extend(
        onnx.helper.make_node("Mul", [f"v{i}", "two"], [f"v{i + 1}" if i < 7 else "y"], name=f"m{i}")
        for i in range(8)
    )
    result = first_node(model, {"v0": X}, native, Altered(native, drifting), TOLERANCE)
    assert result.node == "m2" and result.alone is False
    assert 0 < result.inputs <= TOLERANCE < result.outputs


def test_a_difference_that_fusion_makes_has_no_node(native: Native) -> None:
    """It is gone as soon as values in between are asked for; then no node may be blamed."""

    def fused(content: bytes) -> bytes:
        alone = len(onnx.load_from_string(content).graph.output) == 1
        return swapped(content, "s2") if alone else content

    model, web = chain(5), Altered(native, fused)
    outputs = [
        each.run_bytes(model.SerializeToString(), {"v0": X}, ["y"], "basic", {})["y"]
        for each in (native, web)
    ]
    assert np.abs(outputs[0] - outputs[1]).max() > TOLERANCE
    result = first_node(model, {"v0": X}, native, web, TOLERANCE)
    assert result.node == "" and "fuses" in result.note


def test_engines_that_agree_have_no_such_node(native: Native) -> None:
    result = first_node(chain(5), {"v0": X}, native, native, TOLERANCE)
    assert result.node == "" and "fuses" in result.note and result.optimization == "basic"


def test_constants_are_no_nodes(native: Native) -> None:
    model = chain(4)
    half = onnx.helper.make_node("Constant", [], ["half"], value_float=0.5, name="c")
    model.graph.node.insert(0, half)
    model.graph.node[-1].input.append("half")
    result, _ = found(native, model, "s3", "v0")
    assert result.node == "s3"
