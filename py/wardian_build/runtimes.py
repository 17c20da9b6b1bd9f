"""`wasm/runtimes.toml` as Python objects: what is vendored, from where, under which licence."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build import paths
from wardian_build.errors import BuildError

__all__ = ["Artefact", "Runtimes", "Source", "read_runtimes"]

GROUPS = ("pyodide", "ort", "wheel", "pure", "test", "peer", "peer-wllama", "tokenizer", "compiler")
REGISTRIES = ("pypi", "sdist", "npm")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """One archive of a registry: a wheel of PyPI ("pypi"), a source distribution of PyPI ("sdist"), or a
    tarball of npm ("npm").
    """

    registry: str
    package: str
    version: str
    sha256: str
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.registry} {self.package} {self.version}"


@dataclass(frozen=True)
class Artefact:
    """One file of a source. `member` is its path in the archive; None means the archive itself."""

    group: str
    name: str
    version: str
    license: str
    source: Source
    member: str | None
    sha256: str
    package: str = ""
    official: bool = False
    variant: str = ""
    depends: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Runtimes:
    """All artefacts, in the order of the file."""

    def __init__(self, artefacts: list[Artefact]) -> None:
        self.artefacts = artefacts

    def group(self, *names: str) -> list[Artefact]:
        return [artefact for artefact in self.artefacts if artefact.group in names]

    def named(self, group: str, name: str) -> Artefact:
        for artefact in self.group(group):
            if artefact.name == name:
                return artefact
        raise BuildError(f"runtimes.toml has no artefact {name!r} in group {group!r}")


def read_runtimes(path: Path | None = None) -> Runtimes:
    """Read and validate the file.

    Raises BuildError naming the entry and the field that is missing, unknown or malformed.
    """
    path = path or paths.RUNTIMES
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{path} cannot be read: {error}") from None
    sources = {str(entry.get("id")): _source(entry) for entry in table.get("source", [])}
    return Runtimes([_artefact(entry, sources) for entry in table.get("artefact", [])])


def _source(entry: dict[str, Any]) -> Source:
    _require(entry, "source", entry.get("id"), ("id", "registry", "package", "version", "sha256"))
    if entry["registry"] not in REGISTRIES:
        raise BuildError(
            f"runtimes.toml: registry {entry['registry']!r} of {entry['id']!r} is none of {REGISTRIES}"
        )
    return Source(**{key: value for key, value in entry.items() if key != "id"})


def _artefact(entry: dict[str, Any], sources: dict[str, Source]) -> Artefact:
    _require(
        entry, "artefact", entry.get("name"), ("group", "name", "version", "license", "source", "sha256")
    )
    if entry["group"] not in GROUPS:
        raise BuildError(f"runtimes.toml: group {entry['group']!r} of {entry['name']!r} is none of {GROUPS}")
    if entry["source"] not in sources:
        raise BuildError(f"runtimes.toml: {entry['name']!r} names the unknown source {entry['source']!r}")
    fields: dict[str, Any] = {"member": None}
    for key, value in entry.items():
        fields[key] = tuple(value) if isinstance(value, list) else value
    fields["source"] = sources[entry["source"]]
    return Artefact(**fields)


def _require(entry: dict[str, Any], table: str, name: object, fields: tuple[str, ...]) -> None:
    missing = [field for field in fields if not entry.get(field)]
    if missing:
        raise BuildError(f"runtimes.toml: [[{table}]] {name!r} lacks {', '.join(missing)}")
    if not _SHA256.fullmatch(str(entry["sha256"])):
        raise BuildError(f"runtimes.toml: sha256 of {name!r} is not 64 lower-case hexadecimal digits")
