"""Train a model of this project and write its ONNX file into static/models.

`build.py train MODEL --help` lists the options of that training.
"""

from __future__ import annotations

import argparse
from importlib import import_module

__all__ = ["PASSES_ON", "add_arguments", "run"]

PASSES_ON = True
MODELS = ("articles", "credit", "digits", "sentiment", "sentiment-multilingual", "spam")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=MODELS, help="which model; the options after it are the model's own")
    parser.add_argument("own", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    module = import_module(f"wardian_build.train.{arguments.model.replace('-', '_')}")
    code: int = module.main([*arguments.others, *arguments.own])
    return code
