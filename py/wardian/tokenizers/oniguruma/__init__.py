r"""Oniguruma's regular expressions, as far as tokenizers use them.

Hugging Face tokenizers compiles the patterns of `Split` and `Replace` with Oniguruma, whose syntax and tables
are not those of `re`. Here a pattern becomes a tree (`tree.py`, `parser.py`) over the frozen tables; the tree
becomes a pattern of `re` (`python.py`), or the program of the native kernel.

>>> Matcher(r" ?\p{L}+|\s+(?!\S)|\s+").spans("two  words")
[(0, 3), (3, 4), (4, 10)]
"""

from wardian.tokenizers.oniguruma.parser import parse
from wardian.tokenizers.oniguruma.python import Matcher, in_basic_plane, to_python
from wardian.tokenizers.oniguruma.tree import Alternation, Anchor, Atomic, Characters, Look, Node, Repeat, Row

__all__ = [
    "Alternation",
    "Anchor",
    "Atomic",
    "Characters",
    "Look",
    "Matcher",
    "Node",
    "Repeat",
    "Row",
    "in_basic_plane",
    "parse",
    "to_python",
]
