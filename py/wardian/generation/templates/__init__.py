"""Templates of other people in jinja2's sandbox, with a limit on what they may cost.

The environment is that of transformers' `apply_chat_template`. jinja2's sandbox keeps a template away from
Python; it does not keep it from looping for ever or from filling the memory, which is what `budget.py`,
`growth.py` and `metering.py` add. jinja2 itself is imported here alone, and only when a template is used.
"""

from __future__ import annotations

__all__: list[str] = []
