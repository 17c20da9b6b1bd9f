"""Exports a signature of a SavedModel to ONNX by tf2onnx, and runs it on inputs. Runs where TensorFlow is."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import RefusedError, answer


class Refused(logging.Handler):
    """Operators that tf2onnx has no form of, or fails at, with their nodes: it only logs them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.nodes: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        if record.msg.startswith("Tensorflow op") and len(given) == 2:
            self.nodes.append((str(given[0]), str(given[1]), ""))
        elif record.msg.startswith("Failed to convert node") and given:
            error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
            line = (str(error).strip().splitlines() or [""])[0]
            self.nodes.append((str(given[0]), "", f"{type(error).__name__}: {line[:200]}"))


class Erfc:
    """1 - erf(x), for tf2onnx."""

    @classmethod
    def version_9(cls, ctx: Any, node: Any, **_: Any) -> None:
        from tf2onnx import utils

        kinds = {
            "dtypes": [ctx.get_dtype(node.output[0])],
            "shapes": [ctx.get_shape(node.output[0])],
        }
        numbers = utils.map_onnx_to_numpy_type(kinds["dtypes"][0])
        one = ctx.make_const(f"{node.name}_one", np.array(1, numbers)).output[0]
        erf = ctx.make_node("Erf", node.input, **kinds).output[0]
        ctx.remove_node(node.name)
        ctx.make_node("Sub", [one, erf], name=node.name, outputs=node.output, **kinds)


def uncompiled(source: Path, folder: Path) -> Path:
    """The SavedModel beside itself, without the wish that XLA compiles parts of it: those are never inlined.

    Keras wishes it of convolutions in groups. Variables stay where they are.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel.FromString((source / "saved_model.pb").read_bytes())
    for graph in model.meta_graphs:
        functions = graph.graph_def.library.function
        nodes = [*graph.graph_def.node, *(node for one in functions for node in one.node_def)]
        for one in (*functions, *nodes):
            one.attr.pop("_XlaMustCompile", None)
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(model.SerializeToString(deterministic=True))
    for beside in source.iterdir():
        if beside.is_dir():
            try:
                (folder / beside.name).symlink_to(beside, target_is_directory=True)
            except OSError:  # Windows, where not everybody may
                shutil.copytree(beside, folder / beside.name)
    return folder


def exported(request: dict[str, Any], target: Path) -> list[tuple[str, str, str]]:
    """Let tf2onnx write the model; the nodes that it has no form of."""
    from tf2onnx import convert, handler

    # Of Keras' exact GELU; 1.17.0 does not have it.
    handler.tf_op("Erfc")(Erfc)
    source = uncompiled(Path(request["source"]), target.with_name("uncompiled"))
    refused = Refused()
    logging.getLogger("tf2onnx").addHandler(refused)
    # Its command line is the interface that is documented.
    sys.argv = ["tf2onnx", "--saved-model", str(source), f"--signature_def={request['signature']}"]
    sys.argv += ["--tag", "serve", "--opset", str(request["opset"]), "--continue_on_error"]
    sys.argv += ["--output", str(target)]
    try:
        convert.main()
    except Exception:
        # What comes after a node without a form may fail for want of it.
        if not refused.nodes:
            require_variables(Path(request["source"]))
            raise
    return refused.nodes


def require_variables(source: Path) -> None:
    """Read all variables, of which TensorFlow does not say which one it could not read."""
    import tensorflow as tf

    prefix, name = "variables/variables", ""
    if not (source / f"{prefix}.index").is_file():
        return
    try:
        reader = tf.train.load_checkpoint(str(source / prefix))
        for name in sorted(reader.get_variable_to_shape_map()):
            reader.get_tensor(name)
    except Exception as error:  # IndexError, OpError and others, by what is broken
        raise RefusedError(
            "has variables that cannot be read",
            place=f"{prefix}.data, {name}" if name else f"{prefix}.index",
            received=f"{type(error).__name__}: {told(error)}",
            hint="Save the model again, or copy the whole folder.",
        ) from None


def told(error: Exception) -> str:
    """What an error says, without TensorFlow's stack of its own calls."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    frames = (
        "Graph execution error",
        "Detected at node",
        "Stack trace",
        "File ",
        "<stack",
        "node ",
        "Call to",
    )
    return next((line for line in lines if not line.startswith(frames)), (lines or [""])[0])[:500]


def answers(request: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What the signature gives for each run; made-up ids beyond its vocabulary become smaller ones."""
    import tensorflow as tf

    loaded = tf.saved_model.load(request["source"], tags="serve")
    function = loaded.signatures[request["signature"]]
    arrays: dict[str, Any] = {}
    for run in sorted({key.partition(":")[0] for key in given}, key=int):
        feeds = {key.partition(":")[2]: given[key] for key in given if key.partition(":")[0] == run}
        try:
            try:
                found = function(**{name: tf.constant(value) for name, value in feeds.items()})
            except tf.errors.InvalidArgumentError:
                if not request["made_up"]:
                    raise
                feeds = {
                    name: value % 2 if value.dtype.kind in "iu" else value for name, value in feeds.items()
                }
                found = function(**{name: tf.constant(value) for name, value in feeds.items()})
        except (tf.errors.OpError, ValueError, TypeError) as error:
            shapes = ", ".join(f"{name} {value.dtype}{value.shape}" for name, value in feeds.items())
            raise RefusedError(
                "does not answer to what the check gives it",
                place=f"signature {request['signature']}, {shapes}",
                received=f"{type(error).__name__}: {told(error)}",
                hint="--input NAME:DTYPE:DIMS fixes lengths, --data FILE.npz gives real inputs.",
            ) from None
        arrays |= {f"{run}:in:{name}": value for name, value in feeds.items()}
        arrays |= {f"{run}:out:{name}": value.numpy() for name, value in found.items()}
    return arrays


def main(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    # Before TensorFlow is imported: no GPU, and no lines about processors.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    from importlib.metadata import version

    import tensorflow as tf

    refused = exported(request, folder / "model.onnx")
    if refused:
        return {"unsupported": refused}
    with np.load(folder / "feeds.npz", allow_pickle=False) as file:
        given = {name: file[name] for name in file.files}
    np.savez(folder / "reference.npz", **answers(request, given))
    return {"version": tf.__version__, "tf2onnx": version("tf2onnx")}


if __name__ == "__main__":
    answer(main)
