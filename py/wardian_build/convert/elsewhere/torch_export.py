"""Exports a PyTorch program or module to ONNX by torch.onnx, and runs it on inputs. Runs where torch is.

The source is a file that `torch.export.save` wrote, or `file.py:function`: a function without arguments that
gives a module, a pair (module, example inputs), or an exported program. Example inputs are a tuple of tensors
or a dict of them by the names of `forward`'s arguments; without them the request's `inputs` say what to make.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import RefusedError, answer

#: Lengths of named dimensions in made-up examples: no two alike, none is 1, which torch would fix.
_LENGTHS = (3, 5, 7, 11, 13, 17)


def loaded(request: dict[str, Any]) -> Any:
    """A module, a pair or a program."""
    import torch

    source, function = Path(request["source"]), request.get("function")
    if not function:
        return torch.export.load(str(source))
    spec = importlib.util.spec_from_file_location(source.stem, source)
    if spec is None or spec.loader is None:
        raise RefusedError("is no Python file", received=str(source))
    # A file may import those that lie beside it.
    sys.path.insert(0, str(source.parent))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = getattr(module, function, None)
    if not callable(made):
        known = [
            name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")
        ]
        raise RefusedError(f"has no function {function!r}", expected="one of " + ", ".join(known[:10]))
    return made()


def program_of(made: Any, request: dict[str, Any], given: dict[str, Any]) -> Any:
    """The exported program, with the dimensions that --input names left open."""
    import torch

    if isinstance(made, torch.export.ExportedProgram):
        return made
    module, example = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(module, torch.nn.Module):
        raise RefusedError(
            "gives no module",
            expected="a torch.nn.Module, (module, example inputs) or an ExportedProgram",
            received=type(module).__name__,
        )
    specs = {one["source"]: one for one in request["inputs"]}
    if example is None and not given and not specs:
        raise RefusedError(
            "gives no example inputs",
            expected="(module, inputs) from the function, --input NAME:DTYPE:DIMS for each, or --data FILE",
        )
    values = given or _example(specs) if example is None or given else example
    args, names = (values, {}) if isinstance(values, tuple) else ((), values)
    if isinstance(values, torch.Tensor):
        args, names = (values,), {}
    open_dims: Any = None
    if specs and names:
        open_dims = {name: _open(specs.get(name)) for name in names}
    elif specs:
        listed = list(specs.values())
        open_dims = tuple(_open(listed[n] if n < len(listed) else None) for n in range(len(args)))
    return torch.export.export(module.eval(), tuple(args), dict(names), dynamic_shapes=open_dims)


def _example(specs: dict[str, Any]) -> dict[str, Any]:
    import torch

    generator, lengths = torch.Generator().manual_seed(20261121), dict[str, int]()
    found = {}
    for name, spec in specs.items():
        shape = []
        for dim in spec["dims"]:
            if isinstance(dim, str):
                dim = lengths.setdefault(dim, _LENGTHS[len(lengths) % len(_LENGTHS)])
            shape.append(dim)
        found[name] = _random(shape, getattr(torch, spec["dtype"]), 4, generator)
    return found


def _random(shape: list[int], dtype: Any, limit: int, generator: Any) -> Any:
    import torch

    if dtype.is_floating_point:
        return torch.randn(shape, generator=generator).to(dtype)
    if dtype == torch.bool:
        return torch.ones(shape, dtype=dtype)
    return torch.randint(0, max(limit, 1), shape, generator=generator).to(dtype)


def _open(spec: Any) -> Any:
    import torch

    if spec is None:
        return None
    return {n: torch.export.Dim.DYNAMIC for n, dim in enumerate(spec["dims"]) if isinstance(dim, str)}


def output_names(result: Any) -> list[str]:
    """Keys of a dict; else `output`, or `output_0` and so on."""
    from torch.utils import _pytree

    if isinstance(result, dict):
        return [str(key) for key in result]
    count = len(_pytree.tree_leaves(result))
    return ["output"] if count == 1 else [f"output_{n}" for n in range(count)]


def other_lengths(inputs: dict[str, Any], graph_inputs: Any) -> dict[str, Any]:
    """Inputs whose open dimensions are one longer: other numbers; of ids and masks, the last ones again."""
    import torch

    generator = torch.Generator().manual_seed(7)
    found = {}
    for value in graph_inputs:
        example = inputs[value.name]
        for axis, dim in enumerate(value.shape):
            if not isinstance(dim, int):
                last = example.narrow(axis, example.shape[axis] - 1, 1)
                example = torch.cat([example, last], axis)
        if example.dtype.is_floating_point:
            example = torch.randn(example.shape, generator=generator).to(example.dtype)
        found[value.name] = example
    return found


def main(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    import torch
    from torch.utils import _pytree

    given = {}
    if (folder / "data.npz").is_file():
        with np.load(folder / "data.npz", allow_pickle=False) as file:
            given = {name: torch.from_numpy(file[name]) for name in file.files}
    program = program_of(loaded(request), request, given)
    if program.example_inputs is None:
        raise RefusedError("was saved without example inputs", expected="torch.export.save of a fresh export")
    module = program.module()
    args, names = program.example_inputs
    with torch.no_grad():
        result = module(*args, **names)
        exported = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=request["opset"],
            output_names=output_names(result),
            verbose=False,
        )
    if exported is None:
        raise RefusedError("was not exported by torch.onnx")
    (folder / "model.onnx").write_bytes(_without_traces(exported.model_proto))
    graph_inputs = list(exported.model.graph.inputs)
    leaves, form = _pytree.tree_flatten((args, names))
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    if len(tensors) != len(leaves) or len(tensors) != len(graph_inputs):
        raise RefusedError(
            "takes inputs that are no tensors", expected="a module whose arguments are all tensors"
        )
    order = [value.name for value in graph_inputs]
    runs = [dict(zip(order, tensors, strict=True))]
    if any(not isinstance(dim, int) for value in graph_inputs for dim in value.shape):
        runs.append(other_lengths(runs[0], graph_inputs))
    arrays: dict[str, Any] = {}
    for number, feeds in enumerate(runs):
        with torch.no_grad():
            inner_args, inner_names = _pytree.tree_unflatten([feeds[name] for name in order], form)
            found = _pytree.tree_leaves(module(*inner_args, **inner_names))
        outputs = zip((value.name for value in exported.model.graph.outputs), found, strict=True)
        for side, pairs in (("in", feeds.items()), ("out", outputs)):
            arrays |= {f"{number}:{side}:{name}": _array(value) for name, value in pairs}
    np.savez(folder / "reference.npz", **arrays)
    return {"version": torch.__version__, "runs": len(runs)}


def _without_traces(model: Any) -> bytes:
    """The model without what torch notes beside nodes: stacks with paths of this machine."""
    for graph in (model.graph, *model.functions):
        for one in (graph, *graph.node, *graph.value_info, *getattr(graph, "input", ())):
            if hasattr(one, "metadata_props"):
                del one.metadata_props[:]
    return bytes(model.SerializeToString(deterministic=True))


def _array(value: Any) -> Any:
    import torch

    value = value.detach().cpu()
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy()


if __name__ == "__main__":
    answer(main)
