"""Words such as "I'm" and "We're": they have a capital and an apostrophe as names have, and are none."""

from __future__ import annotations

__all__ = ["CONTRACTION"]

#: A pronoun with its verb, as a regular expression without groups: "I'm", "it’s", "WE'RE", but not "I'mari".
CONTRACTION = (
    r"(?i:(?:i|you|he|she|it|we|they|this|that|here|there|who|what|where|let|name)"
    r"['’](?:m|s|re|ve|ll|d)(?!\w))"
)
