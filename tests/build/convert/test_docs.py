"""Every command in docs/convert.md and the README is one that the command line understands."""

from __future__ import annotations

import argparse
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from wardian_build import cli
from wardian_build.convert.architectures.build import ENCODERS, KINDS
from wardian_build.convert.architectures.heads import HEADS
from wardian_build.convert.interface import parse_input, parse_output

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "convert.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = sorted(
    {line.split("#")[0].strip() for line in re.findall(r"^python build\.py (.*)$", TEXT + README, re.M)}
)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    name, *words = shlex.split(line)
    assert name in cli.COMMANDS
    command = import_module(f"wardian_build.commands.{name}")
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    command.add_arguments(parser)
    found, others = parser.parse_known_args(words)
    assert not others
    for text in getattr(found, "input", []):
        parse_input(text)
    for text in getattr(found, "output", []):
        parse_output(text)


def test_there_are_commands() -> None:
    assert {"add", "convert", "new"} <= {line.split()[0] for line in COMMANDS}


def test_all_architectures_and_heads_are_documented() -> None:
    assert set(ENCODERS) == set(HEADS)
    for name in (*KINDS, *(kind for kinds in KINDS.values() for kind in kinds)):
        assert f"`{name}`" in TEXT
