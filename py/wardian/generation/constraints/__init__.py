"""Constraints: which texts an answer may be, as an automaton over bytes that allows tokens.

choices ─┐
regex ───┼─▶ tree (nodes.py) ─▶ Nfa ─▶ Automaton ─┐
schema ──┘                                        ├─▶ Constraint ─▶ processors.Constrained
tokenizer ─▶ TokenBytes ─▶ TokenTrie (Vocabulary) ┘
"""

from __future__ import annotations

from wardian.generation.constraints.automaton import Automaton, automaton_of
from wardian.generation.constraints.constraint import Constraint
from wardian.generation.constraints.excerpts import excerpts
from wardian.generation.constraints.json_schema import parse_json_schema
from wardian.generation.constraints.regex import parse_regex
from wardian.generation.constraints.token_bytes import TokenBytes, read_token_bytes
from wardian.generation.constraints.vocabulary import Vocabulary

__all__ = [
    "Automaton",
    "Constraint",
    "TokenBytes",
    "Vocabulary",
    "automaton_of",
    "excerpts",
    "parse_json_schema",
    "parse_regex",
    "read_token_bytes",
]
