"""The patterns of `Split` and `Replace` as trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma import parse
from wardian.tokenizers.oniguruma.tree import Characters, Node, Row
from wardian.tokenizers.prepare.errors import NotPreparable

__all__ = ["pattern_tree"]


def pattern_tree(pattern: Mapping[str, Any]) -> Node:
    """The tree of `{"String": …}` or `{"Regex": …}`.

    Raises NotPreparable for an empty string, ModelError for a pattern that is not supported.
    """
    if "Regex" in pattern:
        return parse(str(pattern["Regex"]))
    text = str(pattern["String"])
    if not text:
        raise NotPreparable("pattern", "an empty string")
    return Row(tuple(Characters(CodePoints.of(character)) for character in text))
