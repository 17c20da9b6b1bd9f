"""Convert a model to a folder that the site, transformers.js and CPython load, and prove its numbers.

SOURCE is an ONNX file, a Hugging Face folder (ONNX files or safetensors), a GGUF file, a TensorFlow.js or
Keras model, a TensorFlow Lite file or SavedModel (FOLDER, or FOLDER:SIGNATURE), a fitted scikit-learn
pipeline, or a PyTorch program or module. The same inputs go through the source and the result; the table says
how they agree. Nothing is written unless they do. docs/convert.md has examples.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wardian_build import progress
from wardian_build.commands.options import names
from wardian_build.convert.conversion import DEFAULT_DTYPES, DTYPE_FILES, Options
from wardian_build.convert.dtypes import DERIVABLE
from wardian_build.convert.extras import EXTRAS
from wardian_build.convert.interface import parse_input, parse_output
from wardian_build.convert.run import converted

__all__ = ["add_arguments", "add_source_arguments", "read_options", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write; it must not exist"
    )
    parser.add_argument("--kind", metavar="KIND", help="the task's kind, which is also the model's head")
    add_source_arguments(parser)


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that `convert` and `add` share."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the file or folder to convert")
    parser.add_argument(
        "--dtype",
        type=names,
        default=list(DEFAULT_DTYPES),
        metavar="DTYPE[,DTYPE]",
        help=f"what to write of {', '.join(DTYPE_FILES)} (default: {','.join(DEFAULT_DTYPES)}); "
        f"{', '.join(DERIVABLE)} are made from fp32, the others taken where the source has them",
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="[SOURCE=]NAME:DTYPE:DIMS",
        help="name an input and its dimensions, such as input_ids:int64:batch_size,sequence_length",
    )
    parser.add_argument(
        "--output", action="append", default=[], metavar="SOURCE=NAME", help="give an output another name"
    )
    parser.add_argument("--opset", type=int, metavar="N", help="the version of ONNX's operators")
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="FILE.npz",
        help="inputs and outputs of the source by name, recorded with np.savez: what the check compares with",
    )
    _add_framework_arguments(parser)


def _add_framework_arguments(parser: argparse.ArgumentParser) -> None:
    """For sources that only their own framework can open."""
    parser.add_argument(
        "--trust",
        action="store_true",
        help="a pickle, Python code or a SavedModel may run: you made it or trust who did",
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="NAME",
        help=f"fetch what a source needs, once, into the build's cache: {', '.join(EXTRAS)}",
    )
    parser.add_argument(
        "--python", type=Path, metavar="PATH", help="a Python that has the framework, instead of --extra"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="rows (CSV), texts (one a line) or arrays (.npz) to check with",
    )


def read_options(arguments: argparse.Namespace) -> Options:
    """The options of a command line. Raises ConversionError for what is not understood."""
    return Options(
        kind=arguments.kind,
        dtypes=tuple(arguments.dtype),
        inputs=[parse_input(text) for text in arguments.input],
        outputs=[parse_output(text) for text in arguments.output],
        opset=arguments.opset,
        reference=arguments.reference,
        extras=tuple(arguments.extra),
        python=arguments.python,
        trust=arguments.trust,
        data=arguments.data,
    )


def run(arguments: argparse.Namespace) -> int:
    target = arguments.out.absolute()
    with converted(arguments.source, target, read_options(arguments)) as done:
        print(done.report)
    for note in done.notes:
        progress.say(f"[convert] {note}")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    dtypes = ", ".join(done.conversion.dtypes)
    progress.say(f"[convert] {target}: {done.conversion.kind or 'no kind'}, {dtypes}, {progress.human(size)}")
    return 0
