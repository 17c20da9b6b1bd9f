"""Model folders: `.build/models/<id>/` in the Hugging Face layout, with a manifest, from the model cards."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wardian.tokenizers.prepare import NotPreparable, prepare
from wardian_build import cache, canary, paths, progress, shards, vendor
from wardian_build.decoder_sizes import decoder_sizes
from wardian_build.errors import BuildError, HashError
from wardian_build.external_data import external_files
from wardian_build.graph_facts import quantises_whole_batches
from wardian_build.model_card import Card, CardFile, Member
from wardian_build.runtimes import Source

__all__ = ["build_model", "manifest"]

TOKENIZER = "tokenizer.json"

Builder = Callable[[Mapping[str, bytes]], bytes]


def build_model(card: Card) -> dict[str, Any]:
    """Make or complete a model's folder and return its manifest.

    Raises HashError when a file is not the one its card pins.
    """
    folder = paths.MODELS / card.id
    vendored = _fetch(card)
    files = {file.path: _verified(_origin(file, vendored), file, card) for file in card.files}
    if TOKENIZER in files:
        files |= _prepared(files[TOKENIZER])
    for path, origin in files.items():
        cache.place(origin, folder / path)
    # Made from the folder: weights may lie in further files beside the ONNX file.
    for dtype, path in card.onnx_files:
        others = [folder / name for name in external_files(folder / path, folder)]
        made = canary.canary_file(folder / path, dtype, card.canary_dims, others)
        files[canary.canary_path(path)] = made
        cache.place(made, folder / canary.canary_path(path))
    result = manifest(card, folder, list(files))
    _remove_others(folder, {*files, "manifest.json"})
    text = json.dumps(result, indent=1).encode()
    target = folder / "manifest.json"
    if not target.exists() or target.read_bytes() != text:
        cache.write(target, text)
    return result


def manifest(card: Card, folder: Path, files: Sequence[str] | None = None) -> dict[str, Any]:
    """`ModelManifest` of app/shared/site.ts; `files` are those of the card unless others are given."""
    entries = [(path, folder / path) for path in files or [file.path for file in card.files]]
    chosen = {
        name: card.front_matter[name] for name in ("devices", "device_dtypes") if name in card.front_matter
    }
    paths = dict.fromkeys(path for _, path in card.onnx_files)
    weights = {path: external_files(folder / path, folder) for path in paths}
    external = {path: others for path, others in weights.items() if others}
    return {
        **chosen,
        **_decoder(folder),
        **({"external_data": external} if external else {}),
        **({"parts": card.parts} if card.parts else {}),
        "id": card.id, "kind": card.kind, "license": card.license,
        "default_dtype": card.default_dtype, "dtypes": card.dtypes,
        "batch_dependent": [
            dtype for dtype, path in card.dtypes.items() if quantises_whole_batches(folder / path)
        ],
        "files": [
            shards.file_entry(path, file) for path, file in entries
        ],
    }  # fmt: skip


def _decoder(folder: Path) -> dict[str, Any]:
    """What the memory of a decoder follows from, where the model is one."""
    path = folder / "config.json"
    sizes = decoder_sizes(json.loads(path.read_bytes())) if path.is_file() else None
    return {"decoder": sizes} if sizes else {}


def _prepared(tokenizer: Path) -> dict[str, Path]:
    """`tokenizer.bin`: the tokenizer as the native kernel reads it; none where the kernel cannot do it."""
    package = paths.PY / "wardian" / "tokenizers"
    code = cache.tree_key([*package.rglob("*.py"), *package.glob("*.bin")], package)

    def make() -> bytes:
        with progress.step(f"prepare {TOKENIZER} for the kernel"):
            try:
                return prepare(json.loads(tokenizer.read_bytes()))
            except NotPreparable as error:
                progress.say(f"[build] {error}")
                return b""

    made = cache.made("prepared", cache.key_of(cache.sha256_of_file(tokenizer), code), make)
    return {"tokenizer.bin": made} if made.stat().st_size else {}


def _fetch(card: Card) -> dict[Member, Path]:
    """Every package member that the card names: one visit per package, so that none is downloaded twice."""
    wanted: dict[Source, list[Member]] = {}
    for file in card.files:
        for member in filter(None, [file.member, *file.inputs]):
            wanted.setdefault(member.source, []).append(member)
    found: dict[Member, Path] = {}
    for source, members in wanted.items():
        extracted = vendor.members(source, [member.path for member in members])
        found.update({member: extracted[member.path] for member in members})
    return found


def _origin(file: CardFile, vendored: Mapping[Member, Path]) -> Path:
    if file.member is not None:
        return vendored[file.member]
    if file.beside is not None:
        # A copy: hard links to the working tree would change with it, under names that promise a hash.
        return cache.made("beside", cache.sha256_of_file(_beside(file.beside, file)), file.beside.read_bytes)
    inputs = {member.path: vendored[member] for member in file.inputs}
    return _built(file, inputs | {own.name: _beside(own, file) for own in file.own_inputs})


def _beside(path: Path, file: CardFile) -> Path:
    if not path.is_file():
        raise BuildError(f"{path} does not exist; its model card names it as the source of {file.path}")
    return path


def _built(file: CardFile, inputs: Mapping[str, Path]) -> Path:
    """What the builder function returns, made once for its source code and its inputs."""
    assert file.build is not None
    builder, sources = _builder(file.build)
    code = cache.tree_key(sources, paths.ROOT)
    key = cache.key_of(file.build, code, *(f"{n} {cache.sha256_of_file(path)}" for n, path in inputs.items()))

    def make() -> bytes:
        with progress.step(f"build {file.path} with {file.build}"):
            return builder({name: path.read_bytes() for name, path in inputs.items()})

    return cache.made("built", key, make)


def _builder(name: str) -> tuple[Builder, list[Path]]:
    """The function, and what counts as its source: builders share helpers, so all of their package."""
    module_name, _, function = name.partition(":")
    if not module_name.startswith("wardian_build."):
        raise BuildError(f"a builder must be a function of wardian_build, not {name!r}")
    module = importlib.import_module(module_name)
    if not hasattr(module, function):
        raise BuildError(f"{module_name} has no function {function!r}")
    package = paths.PY / "wardian_build" / module_name.split(".")[1]
    sources = sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    return getattr(module, function), sources


def _verified(path: Path, file: CardFile, card: Card) -> Path:
    found = cache.sha256_of_file(path)
    if file.sha256 is not None and found != file.sha256:
        raise HashError(f"{file.path} of the model {card.id}", file.sha256, found)
    return path


def _remove_others(folder: Path, keep: Iterable[str]) -> None:
    """Files of an earlier card: a model folder holds what its card says and nothing else."""
    kept = {folder / path for path in keep}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
