"""Reading a component's settings out of `tokenizer.json`: every field known, of the right type, or an error.

A field that this version does not know could change what the component does, so it is refused and not
ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from wardian.errors import ModelError, UnknownNameError, shorten

__all__ = ["Fields", "flag", "load_component", "text"]

T = TypeVar("T")
_MISSING = object()


class Fields:
    """The fields of one component, taken one by one.

    >>> fields = Fields("decoder", {"type": "Strip", "content": " ", "start": 1, "stop": 0})
    >>> fields.take("content", str), fields.take("start", int), fields.take("stop", int)
    (' ', 1, 0)
    >>> fields.done()
    """

    def __init__(self, what: str, config: Any) -> None:
        """Raises ModelError when this is no object."""
        if not isinstance(config, Mapping):
            raise ModelError(f"The {what} is no object.", received=shorten(config))
        self.kind = str(config.get("type"))
        self.name = f"{what} {self.kind!r}"
        self._left = {name: value for name, value in config.items() if name != "type"}

    def take(self, name: str, kind: type[T], default: Any = _MISSING) -> T:
        """The field's value, or the default where it is missing. Raises ModelError for another type."""
        value = self._left.pop(name, default)
        if value is _MISSING:
            raise ModelError(f"The {self.name} lacks the field {name!r}.")
        if value is default and default is not _MISSING:
            return value  # type: ignore[no-any-return]
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ModelError(
                f"The field {name!r} of the {self.name} is wrong.",
                expected=kind.__name__,
                received=shorten(value),
            )
        if kind is int and value < 0:  # type: ignore[operator]
            raise ModelError(f"The field {name!r} of the {self.name} is negative.", received=str(value))
        return value

    def optional(self, name: str, kind: type[T], default: T | None = None) -> T | None:
        """The same for a field that may be null, which stands for the default."""
        if self._left.get(name) is None:
            self._left.pop(name, None)
            return default
        return self.take(name, kind)

    def done(self) -> None:
        """Raises ModelError when a field is left that nobody asked for."""
        if self._left:
            unknown = ", ".join(map(repr, self._left))
            raise ModelError(f"The {self.name} has fields that are not known: {unknown}.")


class _Watched(Mapping[str, Any]):
    """A component's configuration that knows which of its fields were looked at."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self.seen = {"type"}

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return self._config[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._config)

    def __len__(self) -> int:
        return len(self._config)


def load_component(what: str, config: Any, loaders: Mapping[str, Callable[[Mapping[str, Any]], T]]) -> T:
    """The component that a configuration describes, by the loader of its `type`.

    Raises ModelError for an unknown or a broken one, which it names, and for a field that
    the loader did not look at.
    """
    kind = config.get("type") if isinstance(config, Mapping) else None
    if not isinstance(kind, str) or kind not in loaders:
        known = UnknownNameError(what, kind, loaders)
        raise ModelError(f"The {what} {kind!r} is not supported.", expected=known.expected, hint=known.hint)
    watched = _Watched(config)
    try:
        made = loaders[kind](watched)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"The {what} {kind} is broken.", value=shorten(dict(config)), received=repr(error)
        ) from error
    unknown = [name for name in config if name not in watched.seen]
    if unknown:
        raise ModelError(
            f"The {what} {kind!r} has fields that are not known: {', '.join(map(repr, unknown))}."
        )
    return made


def flag(config: Mapping[str, Any], name: str) -> bool:
    """A field that is true or false. Raises KeyError and TypeError."""
    value = config[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, not true or false")
    return value


def text(config: Mapping[str, Any], name: str) -> str:
    """A field that is a string. Raises KeyError and TypeError."""
    value = config[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, not a string")
    return value
