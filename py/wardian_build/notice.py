"""What the site contains of other people, with licences: for the About page, NOTICE.txt and NOTICE."""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wardian_build import bundle, cache, paths, wheel
from wardian_build.lock import LockedWheel
from wardian_build.model_card import Card, find_cards
from wardian_build.runtimes import Runtimes, read_runtimes

__all__ = ["Entry", "entries", "notice_text", "wheel_licenses"]

Entry = dict[str, str]
"""`name`, `version`, `license` (an SPDX expression), `source`: as in `Site.notice` of app/shared/site.ts."""

HEADING = """Wardian
Copyright the Wardian authors. Licensed under the Apache License, Version 2.0.

It contains the following works of others, unchanged unless said otherwise. Python modules are shipped
as bytecode compiled from the named packages; models that were converted say so on their model card.
"""


def entries(runtimes: Runtimes, cards: Sequence[Card], npm_packages: Iterable[str]) -> list[Entry]:
    """One entry a work, without repeating the files of one runtime."""
    found = [_entry("wardian", str(wheel.project()["version"]), "Apache-2.0", "this project")]
    for artefact in runtimes.group("pyodide", "ort", "wheel", "pure"):
        name = artefact.package or artefact.source.package
        if artefact.name == "python_stdlib.zip":
            name = "CPython standard library"
        found.append(_entry(name, artefact.version, artefact.license, artefact.source.label))
    for package in npm_packages:
        about = json.loads((paths.NODE_MODULES / package / "package.json").read_text(encoding="utf-8"))
        label = f"npm {package} {about['version']}"
        found.append(_entry(package, about["version"], about.get("license", "unknown"), label))
    for card in cards:
        own = str(card.front_matter.get("origin", "this project, which trained it"))
        labels = ", ".join(source.label for source in card.sources) or own
        found.append(
            _entry(f"model {card.title}", str(card.front_matter.get("version", "")), card.license, labels)
        )
    return [dict(items) for items in dict.fromkeys(tuple(entry.items()) for entry in found)]


def _entry(name: str, version: str, license: str, source: str) -> Entry:
    return {"name": name, "version": version, "license": license, "source": source}


def notice_text(found: Sequence[Entry], licenses: Mapping[str, str] | None = None) -> str:
    """The list, and below it the licence texts that the packages carry."""
    lines = [HEADING]
    for entry in found[1:]:
        title = f"{entry['name']} {entry['version']}".strip()
        lines.append(f"* {title}: {entry['license']} (from {entry['source']})")
    for name, text in (licenses or {}).items():
        lines += ["", "=" * 110, name, "=" * 110, "", text.strip()]
    return "\n".join(lines) + "\n"


def wheel_licenses(wheels: Iterable[LockedWheel]) -> dict[str, str]:
    """The licence files that wheels carry in their metadata folder."""
    found: dict[str, str] = {}
    for locked in wheels:
        if locked.name.startswith("wardian"):
            continue
        with zipfile.ZipFile(locked.path) as archive:
            for name in archive.namelist():
                _, marker, rest = name.partition(".dist-info/licenses/")
                if marker:
                    found[f"{locked.entry['name']}: {rest}"] = archive.read(name).decode("utf-8", "replace")
    return found


def npm_licenses(packages: Iterable[str]) -> dict[str, str]:
    """The licence files of npm packages that are bundled."""
    found: dict[str, str] = {}
    for package in packages:
        folder = Path(paths.NODE_MODULES / package)
        for path in sorted(folder.glob("LICEN[SC]E*")):
            found[f"{package}: {path.name}"] = path.read_text(encoding="utf-8")
    return found


def main() -> int:
    """`python -m wardian_build.notice`: whether the committed NOTICE is right; `--write` mends it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true")
    wanted = notice_text(entries(read_runtimes(), find_cards(), bundle.bundle().npm_packages)).encode()
    path = paths.ROOT / "NOTICE"
    if parser.parse_args().write:
        cache.write(path, wanted)
    elif not path.exists() or path.read_bytes() != wanted:
        print("NOTICE is not what wasm/runtimes.toml, the model cards and package-lock.json say.")
        print("`python build.py check --fix` writes it.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
