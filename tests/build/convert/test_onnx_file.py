"""The reader of ONNX files: broken and hostile ones are refused with the place, and nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from wardian_build.convert.read import onnx_file
from wardian_build.convert.read.onnx_file import external_files, open_onnx
from wardian_build.errors import ConversionError, UnsupportedError

from .small_onnx import external, linear, matrix, model, node, save, value


def test_a_sound_file_is_opened(tmp_path: Path) -> None:
    opened = open_onnx(save(linear(), tmp_path / "model.onnx"))
    assert [one.op_type for one in opened.graph.node] == ["MatMul", "Relu"]


def wrong_size() -> Any:
    proto = linear()
    proto.graph.initializer[0].raw_data = b"\0" * 40
    return proto


def absurd_shape() -> Any:
    proto = linear()
    proto.graph.initializer[0].dims[:] = [2**40, 2**40]
    return proto


def negative_shape() -> Any:
    proto = linear()
    proto.graph.initializer[0].dims[:] = [-3, -4]
    return proto


def strange_type() -> Any:
    proto = linear()
    proto.graph.initializer[0].data_type = 99
    return proto


def inner_graph(read: str) -> Any:
    """An If whose branches read a name of the graph around them."""
    branch = helper.make_graph([node("Relu", read, "inner")], "branch", [], [value("inner", "n", 3)])
    nodes = [node("If", "condition", "y", "choice", then_branch=branch, else_branch=branch)]
    inputs = [value("x", "n", 3), value("condition", kind=TensorProto.BOOL)]
    return model(nodes, inputs, [value("y", "n", 3)])


BROKEN: dict[str, tuple[Any, str]] = {
    "a cycle": (
        model([node("Add", "x b", "a", "first"), node("Relu", "a", "b", "second"), node("Relu", "b", "y")]),
        r"has a cycle \(node first \(Add\), node second \(Relu\)",
    ),
    "a node that reads itself": (model([node("Add", "x y", "y", "loop")]), r"has a cycle \(node loop"),
    "a name from nowhere": (
        model([node("Relu", "z", "y", "lost")]),
        r"reads a tensor that nothing makes \(node lost \(Relu\)\)(?s:.*)'z'",
    ),
    "an output from nowhere": (model([node("Relu", "x", "z")]), "output that nothing makes(?s:.*)'y'"),
    "made twice": (model([node("Relu", "x", "y"), node("Abs", "x", "y", "again")]), "twice.*again"),
    "an input made again": (model([node("Relu", "x", "x"), node("Relu", "x", "y")]), "twice"),
    "an inner graph": (inner_graph("nothing"), "reads a tensor that nothing makes(?s:.*)'nothing'"),
    "too little data": (wrong_size(), r"tensor w, shape \(3, 4\)(?s:.*)48 bytes(?s:.*)40 bytes"),
    "an absurd shape": (absurd_shape(), "4,835,703,278,458,516,698,824,704 bytes"),
    "a negative shape": (negative_shape(), "negative length"),
    "an unknown type": (strange_type(), "unknown type.*w"),
    "no outputs": (model([node("Relu", "x", "y")], outputs=[]).__class__(), "a graph with outputs"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_graphs_are_refused_with_their_place(case: str, tmp_path: Path) -> None:
    proto, words = BROKEN[case]
    with pytest.raises(ConversionError, match=words) as caught:
        open_onnx(save(proto, tmp_path / "model.onnx"))
    assert "model.onnx" in str(caught.value)


def test_names_of_the_graph_around_are_known_inside(tmp_path: Path) -> None:
    proto = inner_graph("x")
    assert open_onnx(save(proto, tmp_path / "model.onnx")).graph == proto.graph


def test_every_truncation_is_refused_or_sound(tmp_path: Path) -> None:
    """A file may be cut where a field ends; then what is left must still be a whole graph to be opened."""
    whole = linear().SerializeToString()
    path, refused = tmp_path / "model.onnx", 0
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            opened = open_onnx(path)
        except ConversionError:
            refused += 1
        else:
            assert opened.graph == linear().graph
    assert refused > len(whole) - 12


def test_a_million_nodes_are_refused_before_they_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 2,000 in place of a million; `open_onnx` took 0.8 s and 410 MB for a million."""
    monkeypatch.setattr(onnx_file, "MOST_NODES", 1_999)
    monkeypatch.setattr(onnx_file, "_check_names", lambda *_: pytest.fail("looked at them"))
    nodes = [node("Relu", f"x{index}", f"x{index + 1}") for index in range(2_000)]
    proto = model(nodes, [value("x0", 3)], [value("x2000", 3)])
    with pytest.raises(ConversionError, match=r"too many nodes(?s:.*)1,999(?s:.*)2,000"):
        open_onnx(save(proto, tmp_path / "model.onnx"))


def test_long_chains_do_not_recurse(tmp_path: Path) -> None:
    nodes = [node("Relu", f"x{index}", f"x{index + 1}") for index in range(5_000)]
    proto = model(nodes[::-1], [value("x0", 3)], [value("x5000", 3)])
    assert len(open_onnx(save(proto, tmp_path / "model.onnx")).graph.node) == 5_000


def test_every_operator_that_is_missing_is_listed_with_its_node(tmp_path: Path) -> None:
    nodes = [
        node("Sparkle", "x", "a", "first", domain="org.example"),
        node("Relu", "a", "b"),
        node("MaxPoolTwice", "b", "y", "second"),
    ]
    with pytest.raises(UnsupportedError) as caught:
        open_onnx(save(model(nodes, domains=("org.example",)), tmp_path / "model.onnx"))
    (one, remedy), (other, other_remedy) = caught.value.items
    assert one == "operator org.example::Sparkle of node first (Sparkle)" and "ONNX function" in remedy
    assert other == "operator MaxPoolTwice of node second (MaxPoolTwice)" and "standard ones" in other_remedy


def test_an_operator_that_the_file_defines_itself_is_known(tmp_path: Path) -> None:
    proto = model([node("Twice", "x", "y", domain="own")], outputs=[value("y", "n", 3)], domains=("own",))
    opsets = [helper.make_opsetid("", 17)]
    function = helper.make_function("own", "Twice", ["a"], ["b"], [node("Add", "a a", "b")], opsets)
    proto.functions.append(function)
    assert open_onnx(save(proto, tmp_path / "model.onnx")).functions[0].name == "Twice"


def test_external_data_is_found(tmp_path: Path) -> None:
    path = external(tmp_path)
    (tmp_path / "weights.bin").write_bytes(matrix().tobytes())
    assert external_files(path, open_onnx(path)) == [tmp_path / "weights.bin"]


@pytest.mark.parametrize(
    ("location", "offset", "length", "words"),
    [
        ("../weights.bin", 0, 48, "leads out of its folder.*tensor w"),
        ("a/../../weights.bin", 0, 48, "leads out of its folder"),
        ("/etc/passwd", 0, 48, "leads out of its folder"),
        ("C:\\weights.bin", 0, 48, "leads out of its folder"),
        ("..\\weights.bin", 0, 48, "leads out of its folder"),
        ("link.bin", 0, 48, "a link to elsewhere"),
        ("none.bin", 0, 48, "lacks a file of its weights"),
        ("weights.bin", 1, 48, r"past the end(?s:.*)48 bytes(?s:.*)48 bytes from 1 on"),
        ("weights.bin", 0, 10**18, "past the end"),
        ("weights.bin", -8, 48, "broken description.*tensor w"),
        ("weights.bin", 0, 44, "does not fit its shape"),
    ],
)
def test_external_data_elsewhere_or_too_short_is_refused(
    location: str, offset: int, length: int, words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    path = external(folder, location, offset, length)
    for place in (tmp_path, folder):
        (place / "weights.bin").write_bytes(matrix().tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(ConversionError, match=words):
        open_onnx(path)


def test_weights_in_lists_of_numbers_are_counted(tmp_path: Path) -> None:
    proto = model([node("Add", "x w", "y")], outputs=[value("y", "n", 3)])
    proto.graph.initializer.append(helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0]))
    open_onnx(save(proto, tmp_path / "model.onnx"))
    del proto.graph.initializer[0].float_data[:]
    with pytest.raises(ConversionError, match="no data"):
        open_onnx(save(proto, tmp_path / "model.onnx"))


def test_mutated_files_never_do_worse_than_an_error(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    whole = np.frombuffer(linear().SerializeToString(), np.uint8)
    refused = 0
    for _ in range(300):
        changed = whole.copy()
        places = generator.integers(0, len(whole), 3)
        changed[places] = generator.integers(0, 256, 3)
        (tmp_path / "model.onnx").write_bytes(changed.tobytes())
        try:
            open_onnx(tmp_path / "model.onnx")
        except ConversionError:
            refused += 1
    assert refused > 100
