"""A parsed template made to count: each run of a block is charged, and whatever makes text or compares.

Counting is written into the tree as filters under names that no template can spell.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from wardian.generation.templates.budget import CHARACTERS

__all__ = ["CHARGE", "SKIM", "WEIGH", "metered"]

CHARGE, SKIM, WEIGH = "charge!", "skim!", "weigh!"
"""`units|charge!` is true; `value|skim!` and `value|weigh!` are the value."""

#: Fields that hold the statements of another block.
_BLOCKS = ("body", "else_")


def metered(tree: nodes.Template) -> nodes.Template:
    """The same template, counting; the tree is changed."""
    environment = tree.environment
    _Metering().visit(tree)
    if environment is not None:
        tree.set_environment(environment)
    return tree


class _Metering(NodeTransformer):
    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> nodes.Node:
        # Costs are those of the template as it was written.
        costs = {name: _cost(node, name) for name in _BLOCKS if _statements(node, name)}
        if isinstance(node, nodes.For):
            costs.setdefault("body", 1)  # without statements it still goes round
        super().generic_visit(node, *args, **kwargs)
        for name, cost in costs.items():
            charge = nodes.ExprStmt(_filter(nodes.Const(cost), CHARGE, node.lineno), lineno=node.lineno)
            getattr(node, name).insert(0, charge)
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.test is not None:
            # The test runs for items that the body never sees.
            tick = _filter(nodes.Const(2), CHARGE, node.lineno)
            node.test = nodes.And(tick, node.test, lineno=node.lineno)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [_weighed(child) for child in node.nodes]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [_weighed(child) for child in node.nodes]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _weighed(node.expr)
        for operand in node.ops:
            operand.expr = _weighed(operand.expr)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        """A key of a mapping is hashed, with all of its parts."""
        self.generic_visit(node)
        node.key = _weighed(node.key)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """A slice is a copy."""
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, SKIM, node.lineno)
        return node


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, (nodes.Const, nodes.TemplateData)) else _filter(node, WEIGH, node.lineno)


def _filter(node: nodes.Expr, name: str, lineno: int) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=lineno)


def _statements(node: nodes.Node, name: str) -> list[nodes.Node]:
    found = getattr(node, name, None) if name in node.fields else None
    return found if isinstance(found, list) else []


def _cost(node: nodes.Node, name: str) -> int:
    """Nodes and text of a block's own statements, without the blocks inside."""
    total = 1
    waiting = list(_statements(node, name))
    while waiting:
        one = waiting.pop()
        total += 1
        text = one.data if isinstance(one, nodes.TemplateData) else getattr(one, "value", None)
        if isinstance(text, str):
            total += len(text) // CHARACTERS
        waiting += _inside(one)
    return total


def _inside(node: nodes.Node) -> Iterator[nodes.Node]:
    for _, value in node.iter_fields(exclude=_BLOCKS):
        values = value if isinstance(value, list) else [value]
        yield from (one for one in values if isinstance(one, nodes.Node))
