"""Vendoring: only the pinned bytes get in, and the message says which file differed."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wardian_build import lock, paths, registry, vendor
from wardian_build.errors import BuildError, HashError
from wardian_build.runtimes import Artefact, Runtimes, Source, read_runtimes

CONTENT = b"print('hello')\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def a_wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pkg/hello.py", CONTENT)
        archive.writestr("pkg/other.txt", b"other")
        archive.writestr("hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
        archive.writestr(
            "hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
    return buffer.getvalue()


A_SOURCE = '[[source]]\nid = "a"\nregistry = "pypi"\npackage = "a"\nversion = "1"\n'
WHEEL = a_wheel()
SOURCE = Source("pypi", "hello", "1.0", hashlib.sha256(WHEEL).hexdigest())


def artefact(sha256: str = DIGEST, member: str | None = "pkg/hello.py") -> Artefact:
    return Artefact("wheel", "hello.py", "1.0", "MIT", SOURCE, member, sha256)


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A registry that has one wheel, and an empty cache; the list fills with what was downloaded."""
    fetched: list[str] = []

    @contextmanager
    def archive(source: Source) -> Iterator[Path]:
        fetched.append(source.label)
        path = tmp_path / "hello-1.0-py3-none-any.whl"
        path.write_bytes(WHEEL)
        yield path

    monkeypatch.setattr(registry, "archive", archive)
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    return fetched


def test_a_member_is_downloaded_once(downloads: list[str]) -> None:
    one, other = artefact(), artefact(hashlib.sha256(b"other").hexdigest(), "pkg/other.txt")
    everything = Runtimes([one, other])
    assert vendor.artefacts([one], everything)[one].read_bytes() == CONTENT
    assert vendor.artefacts([other], everything)[other].read_bytes() == b"other"
    assert downloads == ["pypi hello 1.0"]


def test_a_wrong_hash_stops_the_build_and_keeps_nothing(downloads: list[str]) -> None:
    wrong = artefact("0" * 64)
    with pytest.raises(HashError) as caught:
        vendor.artefacts([wrong], Runtimes([wrong]))
    message = str(caught.value)
    assert "hello.py (pypi hello 1.0)" in message and "0" * 64 in message and DIGEST in message
    assert not vendor.member_paths(SOURCE, ["pkg/hello.py"])["pkg/hello.py"].exists()


def test_a_missing_member_is_named(downloads: list[str]) -> None:
    with pytest.raises(BuildError, match=r"pypi hello 1\.0 has no member .*pkg/gone\.py"):
        vendor.members(SOURCE, ["pkg/gone.py"])


@pytest.mark.parametrize("name", ["../evil.py", "/etc/passwd", "pkg/../../evil.py"])
def test_a_member_stays_in_its_archive(downloads: list[str], name: str) -> None:
    with pytest.raises(BuildError, match="may not leave its archive"):
        vendor.members(SOURCE, [name])


def test_an_archive_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_npm(source: Source, folder: Path) -> Path:
        path = folder / "hello-1.0.tgz"
        with tarfile.open(path, "w:gz"):
            pass
        return path

    monkeypatch.setattr(registry, "_from_npm", from_npm)
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    with (
        pytest.raises(HashError, match=r"hello-1\.0\.tgz \(npm hello 1\.0\)"),
        registry.archive(Source("npm", "hello", "1.0", "f" * 64)),
    ):
        pass


def test_pip_refuses_a_wrong_wheel_in_our_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real pip, on a wheel that lies on this machine: no network."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "hello-1.0-py3-none-any.whl").write_bytes(WHEEL)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    with registry.archive(SOURCE) as path:
        assert path.read_bytes() == WHEEL
    with (
        pytest.raises(HashError) as caught,
        registry.archive(Source("pypi", "hello", "1.0", "e" * 64)),
    ):
        pass
    assert caught.value.expected == "e" * 64 and caught.value.found == SOURCE.sha256


def test_every_artefact_says_where_it_is_from() -> None:
    runtimes = read_runtimes()
    names = {one.name for one in runtimes.group("pyodide", "ort")}
    assert {"pyodide.asm.wasm", "python_stdlib.zip", "ort-wasm-simd-threaded.wasm"} <= names
    assert {one.package for one in runtimes.group("wheel")} == {
        "numpy", "pillow", "regex", "micropip", "packaging", "pypdf", "jinja2",
    }  # fmt: skip
    #: Wheels that have nothing compiled need no Pyodide, whose lock has its own builds of them.
    own = {"pypdf", "jinja2"}
    for one in runtimes.artefacts:
        assert one.license and one.version and one.source.sha256
        assert one.official == (one.group == "wheel" and one.package not in own)
        assert one.official or one.group != "wheel" or one.name.endswith("-py3-none-any.whl")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (A_SOURCE, "lacks sha256"),
        (A_SOURCE + 'sha256 = "12"\n', "64 lower-case"),
        ('[[artefact]]\ngroup = "ort"\nname = "x"\nversion = "1"\nlicense = "MIT"\nsource = "a"\n'
         f'sha256 = "{DIGEST}"\n', "unknown source 'a'"),
        ("[[source\n", "cannot be read"),
    ],
)  # fmt: skip
def test_a_malformed_table_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "runtimes.toml"
    path.write_text(text)
    with pytest.raises(BuildError, match=message):
        read_runtimes(path)


def test_the_official_lock_has_the_last_word() -> None:
    wheel = Artefact("wheel", "hello.whl", "1.0", "MIT", SOURCE, None, DIGEST, package="hello", official=True)
    entry = {"sha256": DIGEST, "file_name": "hello.whl", "name": "Hello", "depends": []}
    assert lock.check_official(wheel, {"packages": {"hello": entry}})["name"] == "hello"
    with pytest.raises(HashError, match="official"):
        lock.check_official(wheel, {"packages": {"hello": entry | {"sha256": "1" * 64}}})
    with pytest.raises(BuildError, match="no package 'hello'"):
        lock.check_official(wheel, {"packages": {}})
