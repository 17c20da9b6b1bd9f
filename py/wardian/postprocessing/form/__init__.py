"""Values of a form in a text: those with a form of their own by patterns, and which field gets which."""

from __future__ import annotations

from wardian.postprocessing.form.assignment import assign
from wardian.postprocessing.form.typed_values import FoundValue, find_values

__all__ = ["FoundValue", "assign", "find_values"]
