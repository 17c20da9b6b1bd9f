"""Assemble the static site: docs/architecture.md, "The site", says what lies where."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardian_build import (
    bundle,
    cache,
    headers,
    model_card,
    models,
    notice,
    packages,
    paths,
    shards,
    site_tasks,
    vendor,
)
from wardian_build.errors import BuildError
from wardian_build.parity import recorded
from wardian_build.runtimes import Runtimes, read_runtimes
from wardian_build.site_files import SiteFiles
from wardian_build.wheel import project

__all__ = ["Built", "build_site"]

PRECACHED_WHEELS = ("numpy", "wardian", "wardian-kernels", "pillow", "micropip", "packaging")
"""Loaded on the first visit even where no task needs them: users add tasks and packages while offline."""

TEMPLATES = ("index.html", "manifest.webmanifest")
"""Files of static/ with placeholders."""

RELOAD_SCRIPT = "__reload.js"
"""Served by `serve --watch`; only a site built for watching refers to it."""


@dataclass
class Built:
    """A site that was written: its files by part, for `build.py budget`, and its description."""

    folder: Path
    site: dict[str, Any]
    parts: dict[str, list[str]] = field(default_factory=dict)


def build_site(folder: Path | None = None, only: Sequence[str] | None = None, watch: bool = False) -> Built:
    """Write the site to `folder` (default `.build/site`), with all tasks or those in `only`.

    `watch` makes it for `serve --watch`: pages listen for changes, and our own modules stay sources.

    Raises BuildError when something it needs is missing or is not what was pinned.
    """
    folder = folder or paths.SITE
    runtimes = read_runtimes()
    files = SiteFiles()
    tasks = site_tasks.task_infos(only)
    cards = _cards(tasks, only)
    with _building(cards) as building:
        bundles = bundle.bundle()
        python = packages.site_python(runtimes, own_source=watch)
        built = {card.id: building[card.id].result() for card in cards}

    urls: dict[str, Any] = {}
    parts: dict[str, list[str]] = {"app": _add_app(files, bundles, urls)}
    _add_python(files, python, urls, parts)
    _add_ort(files, runtimes, urls, parts)
    urls["locales"] = {
        path.stem: files.add_hashed("locales", path.name, path)
        for path in sorted((paths.STATIC / "locales").glob("*.json"))
    }
    parity = recorded.recorded(tasks)
    urls["parity"] = None if parity is None else files.add_hashed("static", "parity.json", parity)
    # What a page and the runtimes in its workers fetch.
    fetched = [*parts["python core"], *urls["locales"].values(), *filter(None, [urls["parity"]])]
    fetched += [
        path for part, found in parts.items() if part.startswith(("onnxruntime", "wheel ")) for path in found
    ]
    # And the scripts of workers, which are fetched with it before they are run by their URL.
    fetched += [path for path in parts["app"] if "_worker" in path]
    integrity = {path: files.integrity(path) for path in fetched}
    manifests = {card.id: _add_model(files, card, built[card.id], parts) for card in cards}
    entries = notice.entries(runtimes, cards, bundles.npm_packages)
    site = {
        "version": "",
        "urls": urls,
        "integrity": integrity,
        "tasks": tasks,
        "models": manifests,
        "notice": entries,
    }
    licenses = {**notice.wheel_licenses(python.wheels), **notice.npm_licenses(bundles.npm_packages)}
    files.add("NOTICE.txt", notice.notice_text(entries, licenses).encode())
    looks = _add_looks(files)
    site["version"] = f"{project()['version']}+{_content_key(files, site, bundles, watch)[:8]}"
    _add_page(files, site, bundles, looks, watch)
    files.add("_headers", headers.headers_file().encode())
    precached = _precached(files, python, tasks, parts)
    script = f"self.__WARDIAN_PRECACHE={json.dumps(precached, separators=(',', ':'))};\n"
    script += f"self.__WARDIAN_VERSION={json.dumps(site['version'])};\n"
    files.add("sw.js", script.encode() + bundles.service_worker.read_bytes())
    known = {path for paths_of_part in parts.values() for path in paths_of_part}
    parts["page"] = [path for path in files.paths() if path not in known]
    files.write(folder)
    return Built(folder, site, parts)


def _cards(tasks: Sequence[dict[str, Any]], only: Sequence[str] | None) -> list[model_card.Card]:
    """The models of the site: all of them, or, with --only, those of the chosen tasks."""
    cards = {card.id: card for card in model_card.find_cards()}
    further = ("choices", "uses", "on_demand")
    named = (
        name for task in tasks for name in (task["model"], *(name for key in further for name in task[key]))
    )
    wanted = dict.fromkeys(name for name in named if name is not None)
    for model in wanted:
        if model not in cards:
            raise BuildError(
                f"static/models has no model {model!r}, which a task needs; it has {sorted(cards)}"
            )
    return list(cards.values()) if only is None else [cards[model] for model in wanted]


@contextmanager
def _building(cards: Sequence[model_card.Card]) -> Iterator[Mapping[str, Future[dict[str, Any]]]]:
    """Models by id, made one after the other beside what follows: that waits for Node and for downloads."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield {card.id: pool.submit(models.build_model, card) for card in cards}
    finally:
        pool.shutdown(cancel_futures=True)


def _add_app(files: SiteFiles, bundles: bundle.Bundles, urls: dict[str, Any]) -> list[str]:
    paths_of_part = [files.add(f"app/{path.name}", path) for path in bundles.files()]
    names = {
        "page": "page",
        "embed": "wardian",
        "python_worker": "python_worker",
        "engine_worker": "engine_worker",
        "import_worker": "import_worker",
    }
    for key, stem in names.items():
        urls[key] = f"app/{bundles.entries[stem]}"
    return paths_of_part


def _add_python(
    files: SiteFiles, python: packages.PythonParts, urls: dict[str, Any], parts: dict[str, list[str]]
) -> None:
    key = cache.key_of(
        *(f"{name} {cache.sha256_of_file(path)}" for name, path in sorted(python.core.items()))
    )
    urls["pyodide"] = f"runtime/pyodide-{key[:8]}/"
    parts["python core"] = [files.add(urls["pyodide"] + name, path) for name, path in python.core.items()]
    urls["packages"] = "packages/"
    urls["lock"] = files.add_hashed("packages", "lock.json", python.lock)
    parts["python core"].append(urls["lock"])
    for locked in python.wheels:
        parts[f"wheel {locked.name}"] = [files.add(f"packages/{locked.file_name}", locked.path)]


def _add_ort(files: SiteFiles, runtimes: Runtimes, urls: dict[str, Any], parts: dict[str, list[str]]) -> None:
    found = vendor.artefacts(runtimes.group("ort"), runtimes)
    key = cache.key_of(*(f"{artefact.name} {artefact.sha256}" for artefact in found))
    urls["ort"] = f"runtime/ort-{key[:8]}/"
    for artefact, path in found.items():
        part = "onnxruntime wasm" if artefact.variant == "plain" else "onnxruntime webgpu"
        parts.setdefault(part, []).append(files.add(urls["ort"] + artefact.name, path))


def _add_model(
    files: SiteFiles, card: model_card.Card, manifest: dict[str, Any], parts: dict[str, list[str]]
) -> dict[str, Any]:
    every = [
        shard
        for file in manifest["files"]
        for shard in shards.shards_of(paths.MODELS / card.id / file["path"])
    ]
    # What another model has too is there once, and counts there.
    new = {shard.site_path: shard.path for shard in every if shard.site_path not in files}
    parts[f"model {card.id}"] = [files.add(path, content) for path, content in new.items()]
    return manifest


def _add_looks(files: SiteFiles) -> dict[str, str]:
    """Style and icons; the paths that the page names."""
    icons = [
        files.add_hashed("icons", path.name, path) for path in sorted((paths.STATIC / "icons").iterdir())
    ]
    style = files.add_hashed("static", "style.css", paths.STATIC / "style.css")
    return {"style": style, "icon": next(path for path in icons if path.endswith(".svg"))}


def _content_key(files: SiteFiles, site: dict[str, Any], bundles: bundle.Bundles, watch: bool) -> str:
    """A key of all that a version is: two sites with any difference have different versions.

    The service worker keeps a version under this name, and pages tell by it which one they are.
    """
    templates = [paths.STATIC / name for name in TEMPLATES]
    others = [cache.sha256_of_file(path) for path in (*templates, bundles.service_worker)]
    content = [f"{path} {files.sha256(path)}" for path in files.paths()]
    return cache.key_of(json.dumps(site, sort_keys=True), *content, *others, watch)


def _add_page(
    files: SiteFiles, site: dict[str, Any], bundles: bundle.Bundles, looks: dict[str, str], watch: bool
) -> None:
    # Before the script: its imports are then taken from what was preloaded with integrity.
    preload = "".join(
        f'<link rel="modulepreload" href="app/{name}" integrity="{files.integrity(f"app/{name}")}">\n'
        for name in bundles.chunks_of_page
    )
    if watch:
        preload += f'<script src="{RELOAD_SCRIPT}" defer></script>\n'
    values = {
        # Inside a script element only "</" and "<!--" could end or change it.
        "site": json.dumps(site, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "page": site["urls"]["page"], "page_integrity": files.integrity(site["urls"]["page"]),
        **looks, "preload": preload.rstrip("\n"),
        "version": html.escape(site["version"]),
    }  # fmt: skip
    for name in TEMPLATES:
        files.add(name, fill((paths.STATIC / name).read_text(encoding="utf-8"), values, name).encode())
    description = json.dumps(site, ensure_ascii=False, indent=1).encode()
    files.add("site.json", description)
    pinned = files.sha256(files.add_hashed("static", "site.json", description))
    # Pages of others import this name for ever; it forwards to the version that belongs to this site, and
    # tells it which description is its own.
    files.add("wardian.js", f'export * from "./{site["urls"]["embed"]}?site={pinned}";\n'.encode())


def fill(template: str, values: dict[str, str], name: str) -> str:
    """Replace each {{placeholder}}.

    >>> fill("<a href={{url}}>", {"url": "x.js"}, "t.html")
    '<a href=x.js>'

    Raises BuildError when the template has a placeholder without a value.
    """
    first, *rest = template.split("{{")
    pieces = [first]
    for part in rest:
        key, closed, text = part.partition("}}")
        if not closed or key not in values:
            raise BuildError(
                f"static/{name}: unknown placeholder {{{{{key[:20]}}}}}; expected one of {sorted(values)}"
            )
        pieces += [values[key], text]
    return "".join(pieces)


def _precached(
    files: SiteFiles,
    python: packages.PythonParts,
    tasks: Iterable[dict[str, Any]],
    parts: dict[str, list[str]],
) -> list[dict[str, str]]:
    """What the service worker keeps: enough to open the page and run Python and WASM without a server."""
    wheels = {name for task in tasks for name in task["packages"]} | set(PRECACHED_WHEELS)
    left_out = set(parts["onnxruntime webgpu"]) | {"NOTICE.txt"}
    left_out |= {f"packages/{locked.file_name}" for locked in python.wheels if locked.name not in wheels}
    shell = [path for path in files.paths() if path not in left_out and not path.startswith(("models/", "_"))]
    return [{"url": path, "integrity": files.integrity(path)} for path in shell]
