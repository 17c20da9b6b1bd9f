"""Which field gets which of the values that were found, when two of them want the same one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

__all__ = ["assign"]

_STEP = 0.01
"""By how much a bid is higher than it has to be; the sum of scores is the best but for so much a field."""


def assign(candidates: Sequence[Mapping[Hashable, float]], floors: Sequence[float]) -> list[Hashable | None]:
    """One value for each field, or None: each value once, and the sum of scores as high as can be.

    `candidates` has the scores of each field's values; a field with none above its floor stays empty. Source:
    Bertsekas, "The auction algorithm" (1988): whoever is outbid bids for what is best at the new prices.

    >>> assign([{"Osei": -1.6, "Laura": -2.0}, {"Osei": -2.4}], [-4, -4])
    ['Laura', 'Osei']
    """
    prices: dict[Hashable, float] = {}
    owner: dict[Hashable, int] = {}
    waiting = list(range(len(candidates)))
    while waiting:
        field = waiting.pop()
        offers = sorted(
            ((score - prices.get(value, 0.0), value) for value, score in candidates[field].items()),
            key=lambda offer: -offer[0],
        )
        if not offers or offers[0][0] < floors[field]:
            continue
        best, value = offers[0]
        second = max(offers[1][0] if len(offers) > 1 else floors[field], floors[field])
        prices[value] = prices.get(value, 0.0) + best - second + _STEP
        if value in owner:
            waiting.append(owner[value])
        owner[value] = field
    found: list[Hashable | None] = [None] * len(candidates)
    for value, field in owner.items():
        found[field] = value
    return found
