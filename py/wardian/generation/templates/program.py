"""One template: compiled once, run with a budget, and its failures as errors that name its line."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError, TemplateSyntaxError

from wardian.errors import InputError, ModelError, WardianError
from wardian.generation.templates.budget import Budget, RefusedError
from wardian.generation.templates.environment import ChatEnvironment, RaisedError
from wardian.generation.templates.metering import metered

__all__ = ["LONGEST_SOURCE", "Program"]

LONGEST_SOURCE = 100_000
"""Characters of a template. The longest of well-known models has some 20,000."""
MOST_TOKENS = 20_000
"""Of a template, so that compiling it takes about a second at most."""
MOST_BRACKETS = 60
"""Brackets inside each other; Python's own compiler takes 200, and jinja2 writes two or three for one."""

UNITS, UNITS_PER_INPUT = 1_500_000, 64
"""What any template may cost, and what it may cost more for each unit that its input weighs."""


class Program:
    """A compiled template.

    >>> Program("{% for word in words %}{{ word }} {% endfor %}").render({"words": ["one", "two"]})
    'one two '
    >>> endless = Program("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}")
    >>> endless.render({})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    wardian.errors.ModelError: The chat template takes too long or makes too much text. Got line 1...

    Raises ModelError for a source that is no template.
    """

    def __init__(self, source: str) -> None:
        if len(source) > LONGEST_SOURCE:
            raise ModelError(
                "The chat template is too long.",
                expected=f"at most {LONGEST_SOURCE:,} characters",
                received=f"{len(source):,}",
            )
        # A template runs in its environment, which has the one budget.
        self._lock = threading.Lock()
        self._environment = ChatEnvironment()
        self._environment.budget = Budget(UNITS)
        try:
            _require_modest(self._environment, source)
            tree = metered(self._environment.parse(source))
            code = self._environment.compile(tree)
            self._template = jinja2.Template.from_code(
                self._environment, code, self._environment.make_globals(None)
            )
        except Exception as error:
            raise _translated(error, "cannot be read") from error

    def render(self, variables: Mapping[str, Any]) -> str:
        """The text.

        Raises InputError where the template refuses the conversation, ModelError where it fails.
        """
        with self._lock:
            budget = Budget(UNITS)
            self._environment.budget = budget
            try:
                budget.left += UNITS_PER_INPUT * budget.weight(dict(variables))
                return self._template.render(variables)
            except Exception as error:
                raise _translated(error, "fails") from error


def _require_modest(environment: ChatEnvironment, source: str) -> None:
    """Raises TemplateSyntaxError for what would keep the compiler long, or exhaust its stack."""
    brackets = 0
    for count, (line, kind, text) in enumerate(environment.lexer.tokeniter(source, None)):
        if count > MOST_TOKENS:
            raise TemplateSyntaxError(f"more than {MOST_TOKENS:,} tokens", line)
        brackets += (text in ("(", "[", "{")) - (text in (")", "]", "}")) if kind == "operator" else 0
        if brackets > MOST_BRACKETS:
            raise TemplateSyntaxError(f"more than {MOST_BRACKETS} brackets inside each other", line)


def _translated(error: Exception, verb: str) -> WardianError:
    """The error as one of wardian's, with the template's line where it is known."""
    line = error.lineno if isinstance(error, TemplateSyntaxError) else _line(error)
    where = f"line {line}" if line else None
    said = error.message if isinstance(error, jinja2.TemplateError) else str(error)
    said = (said or type(error).__name__)[:200]
    if isinstance(error, RaisedError):
        return InputError(
            "The model's chat template does not take this conversation.",
            value=where,
            received=said,
            hint="Change the messages so that the template takes them.",
        )
    if isinstance(error, RefusedError):
        message = str(error)
    elif isinstance(error, RecursionError):
        message = "The chat template is nested too deep."
    elif isinstance(error, SecurityError):
        message = "The chat template reaches for what the sandbox keeps from it."
    else:
        message = f"The chat template {verb}."
    return ModelError(
        message,
        value=where,
        received=None if isinstance(error, (RefusedError, RecursionError)) else said,
        hint="Choose another model, or give it another template.",
    )


def _line(error: BaseException) -> int | None:
    """The innermost line of the template in the traceback, which jinja2 writes in the template's own
    lines.
    """
    found, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            found = step.tb_lineno
        step = step.tb_next
    return found
