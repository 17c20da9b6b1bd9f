"""Measure a model on data that it never saw. Options after the model's name are those of the measurement."""

from __future__ import annotations

import argparse

from wardian_build import model_card, models

__all__ = ["PASSES_ON", "add_arguments", "run"]

PASSES_ON = True
#: Which model folder a measurement needs.
MODELS = {"digits": "mnist-cnn"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=sorted(MODELS), help="which model")
    parser.add_argument("own", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    from wardian_build import evaluate

    for card in model_card.find_cards():
        if card.id == MODELS[arguments.model]:
            models.build_model(card)
    return evaluate.main([arguments.model, *arguments.others, *arguments.own])
