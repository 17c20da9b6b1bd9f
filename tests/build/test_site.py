"""The assembled site, as files: every claim that its description makes about other files holds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from wardian_build import paths, site
from wardian_build.errors import BuildError
from wardian_build.headers import IMMUTABLE, STRICT, cache_control
from wardian_build.site_files import SiteFiles


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> site.Built:
    """Built from the cache that `build.py test` filled; into a folder of its own."""
    return site.build_site(tmp_path_factory.mktemp("out") / "site")


@pytest.fixture(scope="module")
def description(built: site.Built) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((built.folder / "site.json").read_text(encoding="utf-8"))
    return result


def test_every_url_leads_to_something(built: site.Built, description: dict[str, Any]) -> None:
    urls = dict(description["urls"])
    for url in filter(None, [*urls.pop("locales").values(), *urls.values()]):
        target = built.folder / url
        assert target.is_dir() if url.endswith("/") else target.is_file(), url


def test_urls_carry_the_hash_of_their_content(built: site.Built, description: dict[str, Any]) -> None:
    for url in (description["urls"]["lock"], *description["urls"]["locales"].values()):
        found = re.search(r"-([0-9a-f]{8})\.", url)
        assert found and hashlib.sha256((built.folder / url).read_bytes()).hexdigest().startswith(found[1])


def test_the_page_contains_the_description(built: site.Built, description: dict[str, Any]) -> None:
    page = (built.folder / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="wardian-site">(.*?)</script>', page, re.DOTALL)
    assert found and json.loads(found[1]) == description
    assert "{{" not in page
    for reference in re.findall(r'(?:src|href)="([^"#{:]+)"', page):
        assert (built.folder / reference).is_file(), reference


def test_nothing_is_named_on_another_origin(built: site.Built) -> None:
    """Runtimes mention addresses in their own code; what we write never does."""
    for name in ("index.html", "site.json", "wardian.js", "manifest.webmanifest", "_headers"):
        assert "://" not in (built.folder / name).read_text(encoding="utf-8"), name


def test_manifests_state_what_lies_there(built: site.Built, description: dict[str, Any]) -> None:
    assert {"all-MiniLM-L6-v2", "mnist-cnn"} <= description["models"].keys()
    for model in description["models"].values():
        if model["kind"] not in ("tokenizer", "language-identification", "catalogue"):
            assert model["default_dtype"] in model["dtypes"]
        files = {file["path"]: file for file in model["files"]}
        assert set(model["dtypes"].values()) <= files.keys()
        for file in files.values():
            content = b""
            for shard in file.get("shards", [file]):
                piece = (built.folder / "models" / shard["sha256"]).read_bytes()
                assert hashlib.sha256(piece).hexdigest() == shard["sha256"]
                assert len(piece) == shard["bytes"] <= 16 << 20
                content += piece
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    several = [
        file for model in description["models"].values() for file in model["files"] if "shards" in file
    ]
    assert several, "MiniLM's weights are larger than one shard"


def test_every_task_has_its_model(description: dict[str, Any]) -> None:
    assert {"digits", "search", "tokenizer"} <= {task["id"] for task in description["tasks"]}
    for task in description["tasks"]:
        brought = task["kind"] is not None and task["own_model"] == "folder"
        assert (task["model"] is None and brought) or (task["model"] is None) == (task["kind"] is None)
        assert {
            *task["choices"],
            *task["uses"],
            *task["on_demand"],
            *([task["model"]] if task["model"] else []),
        } <= description["models"].keys()


def test_the_lock_is_trimmed_and_true(built: site.Built, description: dict[str, Any]) -> None:
    lock = json.loads((built.folder / description["urls"]["lock"]).read_text(encoding="utf-8"))
    ours = {"wardian", "wardian-kernels"}
    others = {"numpy", "pillow", "regex", "micropip", "packaging", "pypdf", "jinja2", "markupsafe"}
    assert set(lock["packages"]) == others | ours
    for name, entry in lock["packages"].items():
        wheel = built.folder / description["urls"]["packages"] / entry["file_name"]
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == entry["sha256"]
        assert entry["name"] == name and wheel.parent.name.startswith(f"{name}-")


def precached(folder: Path) -> list[dict[str, str]]:
    first, _, _ = (folder / "sw.js").read_text(encoding="utf-8").partition(";\n")
    result: list[dict[str, str]] = json.loads(first.removeprefix("self.__WARDIAN_PRECACHE="))
    return result


def test_the_precache_list_is_true(built: site.Built, description: dict[str, Any]) -> None:
    entries = precached(built.folder)
    for entry in entries:
        digest = hashlib.sha256((built.folder / entry["url"]).read_bytes()).digest()
        assert entry["integrity"] == "sha256-" + base64.b64encode(digest).decode()
        # The service worker takes a URL in a folder for one that contains a hash.
        assert ("/" in entry["url"]) == (cache_control(entry["url"]) == IMMUTABLE)
    urls = {entry["url"] for entry in entries}
    assert {
        "index.html",
        "wardian.js",
        "site.json",
        description["urls"]["page"],
        description["urls"]["lock"],
    } <= urls
    assert any(url and url.endswith("ort-wasm-simd-threaded.wasm") for url in urls)
    assert not any(url and ("asyncify" in url or url.startswith("models/") or url == "sw.js") for url in urls)


def test_a_second_build_changes_nothing(built: site.Built) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.folder.rglob("*") if path.is_file()}
    site.build_site(built.folder)
    assert {path: path.stat().st_mtime_ns for path in built.folder.rglob("*") if path.is_file()} == before


def test_only_takes_the_tasks_that_were_asked_for(tmp_path: Path) -> None:
    built = site.build_site(tmp_path / "one", only=["digits"])
    assert [task["id"] for task in built.site["tasks"]] == ["digits"]
    assert list(built.site["models"]) == ["mnist-cnn"]
    wanted = {file["sha256"] for file in built.site["models"]["mnist-cnn"]["files"]}
    assert {path.name for path in (built.folder / "models").iterdir()} == wanted
    with pytest.raises(BuildError, match="no task paint"):
        site.build_site(tmp_path / "two", only=["paint"])


def test_a_file_of_the_working_tree_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "texts.json"
    source.write_text("{}")
    folder = tmp_path / "site"
    for _ in range(2):
        files = SiteFiles()
        files.add("site.json", b"{}")
        path = files.add_hashed("locales", "texts.json", source)
        files.write(folder)
        # Written in place, as some editors do, the source leaves the site as it was.
        with source.open("r+") as stream:
            stream.write("[]")
        assert (folder / path).read_text() == "{}"
        source.write_text("{}")
    # Earlier builds made links.
    (folder / path).unlink()
    (folder / path).hardlink_to(source)
    files.write(folder)
    assert not (folder / path).samefile(source)


def test_what_is_no_longer_part_of_the_site_goes(tmp_path: Path) -> None:
    first, second = SiteFiles(), SiteFiles()
    for files in (first, second):
        files.add("site.json", b"{}")
    first.add("app/old-1.js", b"old")
    second.add("app/new-2.js", b"new")
    first.write(tmp_path)
    second.write(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.js")) == ["new-2.js"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BuildError, match="not empty"):
        site.build_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(BuildError, match="unknown placeholder"):
        site.fill("<p>{{nothing}}</p>", {"site": ""}, "index.html")


def test_everything_shipped_is_credited(built: site.Built, description: dict[str, Any]) -> None:
    names = {entry["name"] for entry in description["notice"]}
    assert {"wardian", "pyodide", "CPython standard library", "numpy", "pillow", "onnxruntime-web"} <= names
    assert all(entry["license"] not in ("", "unknown") for entry in description["notice"])
    text = (built.folder / "NOTICE.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2005" in text, "numpy's own licence text is part of the notice"


def test_hosts_are_told_the_headers(built: site.Built) -> None:
    text = (built.folder / "_headers").read_text(encoding="utf-8")
    assert all(f"{name}: {value}" in text for name, value in STRICT.items())


def test_the_site_lies_where_the_browser_tests_look() -> None:
    assert paths.SITE == paths.BUILD / "site"
