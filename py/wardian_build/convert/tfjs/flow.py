"""Who takes each node's output, and what lies behind a switch."""

from __future__ import annotations

from collections.abc import Iterable

from wardian_build.convert.tfjs.emit import Emitter

__all__ = ["consumers", "reached"]


def reached(emitter: Emitter, starts: Iterable[tuple[str, int | None]]) -> set[str]:
    """Nodes behind these outputs (None: all of a node's), up to what merges branches or leaves the loop."""
    takers = consumers(emitter)
    starts = list(starts)
    ports = {name: port for name, port in starts if port is not None}
    found = {name for name, _ in starts}
    queue = list(found)
    while queue:
        name = queue.pop()
        for following in takers.get(name, ()):
            node = emitter.nodes[following]
            if following in found or node.op == "Exit" or (ports and node.op == "Merge"):
                continue
            if name in ports and (name, ports[name]) not in node.inputs:
                continue
            found.add(following)
            queue.append(following)
    return found


def consumers(emitter: Emitter) -> dict[str, list[str]]:
    """Who takes each node's outputs; found once."""
    found: dict[str, list[str]] = emitter.__dict__.setdefault("_consumed", {})
    if not found:
        for node in emitter.nodes.values():
            for name in dict.fromkeys(name for name, _ in node.inputs):
                found.setdefault(name, []).append(node.name)
    return found
