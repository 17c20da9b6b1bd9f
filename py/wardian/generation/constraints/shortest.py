"""How many tokens it takes to come to an end: so that a generation ends whole, however short it is."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from wardian.generation.constraints.automaton import Automaton
from wardian.generation.constraints.token_trie import TokenTrie

__all__ = ["NEVER", "tokens_needed"]

NEVER = 2**30
"""More tokens than any generation has: no row of tokens leads to an end."""


def tokens_needed(automaton: Automaton, trie: TokenTrie) -> NDArray[np.int32]:
    """int32 (states,): tokens with which an end can be reached from each state; `NEVER` where it cannot.

    Where every byte of the shortest text is a token by itself, this is the fewest tokens which that text can
    be cut into: one of the shortest ways, mostly the shortest. From each state there is a token after which
    one less is needed, so whoever keeps to that comes to an end. Vocabularies without those bytes
    (WordPiece) may have no tokens for a text: then all tokens are followed from all states.

    >>> from wardian.generation.constraints.regex import parse_regex
    >>> from wardian.generation.constraints.automaton import automaton_of
    >>> automaton = automaton_of(parse_regex("abc"))
    >>> tokens_needed(automaton, TokenTrie([b"a", b"b", b"c", b"bc"], 4)).tolist()
    [2, 1, 1, 0]
    >>> tokens_needed(automaton, TokenTrie([b"a", b"b"], 2)).tolist()
    [1073741824, 1073741824, 1073741824, 0]
    """
    needed = _along_shortest_texts(automaton, trie)
    return needed if needed.max() < NEVER else _by_all_tokens(automaton, trie)


def _along_shortest_texts(automaton: Automaton, trie: TokenTrie) -> NDArray[np.int32]:
    """The shortest text of a state is a byte and the shortest text of the next state: cut from the end on."""
    order = np.argsort(automaton.least, kind="stable").tolist()
    onward, table, classes = automaton.onward.tolist(), automaton.table, automaton.classes.tolist()
    following = [int(table[state, classes[byte]]) if byte >= 0 else -1 for state, byte in enumerate(onward)]
    needed = [0 if byte < 0 else NEVER for byte in onward]
    for state in order:
        text, at, best = bytearray(), state, needed[state]
        while best and onward[at] >= 0 and len(text) < trie.longest:
            text.append(onward[at])
            at = following[at]
            if needed[at] + 1 < best and bytes(text) in trie.by_text:
                best = needed[at] + 1
        needed[state] = best
    return np.array(needed, np.int32)


def _by_all_tokens(automaton: Automaton, trie: TokenTrie) -> NDArray[np.int32]:
    """Breadth first from the ends, over every token from every state."""
    before: list[list[int]] = [[] for _ in range(len(automaton))]
    for state in range(len(automaton)):
        for target in np.unique(trie.walk(automaton, state)).tolist():
            if target >= 0:
                before[target].append(state)
    needed = np.where(automaton.accepting, 0, NEVER).astype(np.int32)
    queue = deque(np.flatnonzero(automaton.accepting).tolist())
    while queue:
        state = queue.popleft()
        for source in before[state]:
            if needed[source] == NEVER:
                needed[source] = needed[state] + 1
                queue.append(source)
    return needed
