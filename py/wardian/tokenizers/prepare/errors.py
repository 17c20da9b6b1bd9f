"""What the kernel cannot do."""

from __future__ import annotations

from wardian.errors import ModelError

__all__ = ["NotPreparable"]


class NotPreparable(ModelError):  # noqa: N818  (it is the name of a state, not of a mistake)
    """A tokenizer has something that only the Python encoder does; `component` names it.

    >>> NotPreparable("Split", "a back-reference").component
    'Split'
    """

    def __init__(self, component: str, reason: str) -> None:
        super().__init__(f"The kernel has no {component} like this: {reason}.", hint='Use backend="python".')
        self.component = component
