"""jinja2's sandbox as transformers sets it up for chat templates, with a budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NoReturn

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.parser import Parser
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from wardian.generation.templates import growth
from wardian.generation.templates.budget import MOST_NESTED, Budget, RefusedError
from wardian.generation.templates.metering import CHARGE, SKIM, WEIGH

__all__ = ["ChatEnvironment", "RaisedError"]

#: Filters that look at what they are given without going through it, and those that go through it once.
_AT_ONCE = {"attr", "count", "d", "default", "first", "items", "last", "length", "safe"}
_ITEM_BY_ITEM = {"batch", "list", "map", "reject", "rejectattr", "reverse", "select", "selectattr", "slice"}
#: Units of a call, beside what it is charged for its arguments.
CALL = 40
#: What draws at random, or searches with patterns that may take for ever.
_REFUSED = ("pprint", "random", "urlize")
#: Tests that compare; all others look at a value once.
_COMPARE = {"!=", "<", "<=", "==", ">", ">=", "eq", "equalto", "ge", "greaterthan", "gt", "in", "le",
            "lessthan", "lt", "ne"}  # fmt: skip


class RaisedError(jinja2.TemplateError):
    """The template called `raise_exception`: it does not take this conversation."""


class GenerationTag(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks what the assistant said; it changes no text."""

    tags = {"generation"}  # noqa: RUF012  (as jinja2 declares it)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("said"), [], [], body).set_lineno(line)

    def said(self, caller: Callable[[], str]) -> str:
        return caller()


class ChatNamespace(Namespace):
    """A namespace without attributes that begin with an underscore."""

    changes = True

    def __init__(*args: Any, **kwargs: Any) -> None:  # `namespace(self=…)` is allowed
        attributes = dict(*args[1:], **kwargs)
        for name in attributes:
            _require_public(name)
        Namespace.__init__(args[0], attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        _require_public(name)
        super().__setitem__(name, value)


def _require_public(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise jinja2.exceptions.SecurityError(f"access to attribute {name!r} of a namespace is unsafe.")


class _Dict:
    """`dict` of a template, which can be called and no more."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args)


class ChatEnvironment(ImmutableSandboxedEnvironment):
    """Compiles and runs templates; everything is charged to `budget`."""

    intercepted_binops = frozenset(("//", "%", "+", "*", "-", "/", "**"))

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, jinja2.ext.loopcontrols]
        )
        self.budget = Budget(0)
        self.filters["tojson"] = _tojson
        for name, function in list(self.filters.items()):
            self.filters[name] = _refused(name) if name in _REFUSED else self._charged_filter(name, function)
        for name, function in list(self.tests.items()):
            self.tests[name] = self._charged_test(name, function)
        self.filters |= {CHARGE: self._charge, SKIM: self._skim, WEIGH: self._weigh}
        self.globals |= {
            "raise_exception": _raise_exception,
            "strftime_now": _strftime_now,
            "dict": _Dict(),
            "namespace": ChatNamespace,
            "lipsum": _refused("lipsum"),
        }

    # ---------------------------------------------------------------------- what the metered tree calls

    @jinja2.pass_context
    def _charge(self, context: Context, units: int) -> bool:  # with a context, so that it is never folded
        self.budget.charge(units)
        return True

    def _skim(self, value: Any) -> Any:
        self.budget.skim(value)
        return value

    def _weigh(self, value: Any) -> Any:
        return self.budget.weigh(value)

    # ------------------------------------------------------------------------------ jinja2's own hooks

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        growth.check_operator(self.budget, operator, left, right)
        return super().call_binop(context, operator, left, right)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(argument, tuple):
            self.budget.weigh(argument)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        budget = __self.budget
        budget.charge(CALL)
        if budget.depth >= MOST_NESTED:
            raise RefusedError(f"The chat template calls itself, or nests calls deeper than {MOST_NESTED}.")
        budget.depth += 1
        try:
            if not _is_own(__obj):
                args = _before_call(budget, __obj, list(args), kwargs)
            return super().call(__context, __obj, *args, **kwargs)
        finally:
            budget.depth -= 1

    # -------------------------------------------------------------------------------- filters and tests

    def _charged_filter(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        check = growth.FILTERS.get(name)
        skipped = _passed(function)

        @wraps(function)
        def charged(*given: Any, **kwargs: Any) -> Any:
            first, args = given[:skipped], list(given[skipped:])
            budget = self.budget
            budget.charge(CALL // 2)
            if name in _ITEM_BY_ITEM:
                budget.skim(args[0] if args else None)
            elif name not in _AT_ONCE:
                for value in (*args, *kwargs.values()):
                    budget.weigh(value)
            if check is not None:
                check(budget, args, kwargs)
            return function(*first, *args, **kwargs)

        return charged

    def _charged_test(self, name: str, function: Any) -> Callable[..., Any]:
        skipped = _passed(function)

        @wraps(function)
        def charged(*given: Any) -> Any:
            self.budget.charge(CALL // 2)
            for value in given[skipped:]:
                if name in _COMPARE:
                    self.budget.weigh(value)
                elif name in ("lower", "upper"):
                    self.budget.skim(value)
            return function(*given)

        return charged


def _passed(function: Callable[..., Any]) -> int:
    """How many arguments jinja2 puts before those of the template."""
    return 1 if hasattr(function, "jinja_pass_arg") else 0


def _is_own(function: object) -> bool:
    """Whether it is of the template itself, or only keeps what it is given."""
    return isinstance(function, (Macro, LoopContext, BlockReference)) or function is ChatNamespace


def _before_call(budget: Budget, function: Any, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Charge a call of Python, and give the arguments to call with."""
    for value in (*args, *kwargs.values()):
        budget.weigh(value)
    function = getattr(function, "__wrapped__", function)
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, (str, bytes, list, tuple)):
        budget.weigh(owner)
    if isinstance(owner, str) and name in ("format", "format_map"):
        values = args[0] if name == "format_map" and args and isinstance(args[0], dict) else kwargs
        growth.check_format(budget, owner, args, values)
    elif isinstance(owner, (str, bytes, int)) and name in growth.METHODS:
        with_owner = [owner, *args]
        growth.METHODS[name](budget, with_owner, kwargs)
        return tuple(with_owner[1:])
    return tuple(args)


# ------------------------------------------------------------------------------------- what templates call


def _tojson(
    value: Any, ensure_ascii: Any = False, indent: Any = None, separators: Any = None, sort_keys: Any = False
) -> str:
    """JSON as transformers writes it: nothing is escaped for HTML."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise_exception(message: Any) -> NoReturn:
    raise RaisedError(message)


def _now() -> datetime:
    return datetime.now()


def _strftime_now(format: str) -> str:
    return _now().strftime(format)


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise RefusedError(f"The chat template uses {name}, which is not supported.")

    return refuse
