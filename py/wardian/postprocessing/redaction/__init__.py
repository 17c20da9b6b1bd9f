"""What identifies a person, found in a text: names by a tagger, everything that has a form by its form."""

from wardian.postprocessing.redaction.finders import find_patterns
from wardian.postprocessing.redaction.redact import redactions
from wardian.postprocessing.redaction.spans import KINDS, Redaction, Span

__all__ = ["KINDS", "Redaction", "Span", "find_patterns", "redactions"]
