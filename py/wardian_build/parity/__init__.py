"""Parity: the same inputs through CPython and through the page, compared at every stage."""
