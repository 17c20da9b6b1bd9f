"""Logits processors: what changes the scores of the next token before one is chosen. A family a file."""

from __future__ import annotations

from wardian.generation.processors.base import Processor, Processors
from wardian.generation.processors.build import build_processors

__all__ = ["Processor", "Processors", "build_processors"]
