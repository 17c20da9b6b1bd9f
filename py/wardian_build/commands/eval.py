"""Measure a model on data that it never saw, as visitors meet it: through `wardian.pipeline` in CPython."""

from __future__ import annotations

import argparse
import asyncio
import json
from importlib import import_module
from pathlib import Path

from wardian_build import model_card, models, paths

__all__ = ["add_arguments", "run"]

#: Which model folders a measurement needs.
MODELS = {
    "ask": "all-MiniLM-L6-v2",
    "compose": "all-MiniLM-L6-v2, SmolLM2-135M-Instruct",
    "credit": "german-credit",
    "digits": "mnist-cnn",
    "files": "magika",
    "fill": "SmolLM2-135M-Instruct",
    "grammar": "quire-grammar",
    "language": "py3langid",
    "redact": "en-core-web-sm",
    "recommend": "all-MiniLM-L6-v2",
    "sentiment": "sentiment-en-zh",
    "sentiment-multilingual": "sentiment-multilingual, sentiment-en-zh",
    "sort": "all-MiniLM-L6-v2, multilingual-e5-small",
    "spam": "spam-en",
    "summarise": "all-MiniLM-L6-v2",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=sorted(MODELS), help="which measurement")
    parser.add_argument("--models", type=Path, default=paths.MODELS, help="model folders (%(default)s)")
    parser.add_argument("--data", type=Path, help="digits: the file of images; fetched by default")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    measurement = import_module(f"wardian_build.evaluate.{arguments.model.replace('-', '_')}")
    for card in model_card.find_cards():
        if card.id in MODELS[arguments.model].split(", "):
            models.build_model(card)
    result = asyncio.run(measurement.evaluate(arguments.models, arguments.data))
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        measurement.show(result)
    return 0
