"""The native kernels (wasm/kernels/): compiled for Pyodide and for this machine, from one source.

The compiler is clang as the PyPI package `ziglang` carries it: it needs no Emscripten SDK and no headers of
the target, for the kernels include none. It is fetched when a kernel changed, and not kept: what it made is,
under the hash of the sources.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wardian_build import cache, lock, paths, process, progress, registry, wasm_file, wheel
from wardian_build.errors import BuildError
from wardian_build.runtimes import Source, read_runtimes

__all__ = ["host_library", "install_host", "kernel_wheel", "sources", "wasm_library"]

PACKAGE = "wardian_kernels"
DISTRIBUTION = "wardian-kernels"
TAG = "cp311-abi3-pyemscripten_2026_0_wasm32"
LIBRARY = "tokenizers.abi3.so"
FOLDER = paths.ROOT / "wasm" / "kernels"

COMMON = ("-std=c11", "-O3", "-g0", "-fPIC", "-fvisibility=hidden", "-fno-sanitize=all")
# Without extended constant expressions, which not every engine reads; with SIMD, which onnxruntime-web
# needs anyway. The files are optimized as one.
WASM = ("-target", "wasm32-emscripten", "-mcpu=generic+simd128-extended_const", "-flto", *COMMON)
WASM_LINK = (
    "--lto-O3", "-shared", "--experimental-pic", "--no-entry", "--strip-all",
    "--keep-section=target_features", "--unresolved-symbols=import-dynamic",
)  # fmt: skip
HOST = ("-mcpu=baseline", *COMMON)
HOST_LINK = {"darwin": ("-Wl,-undefined,dynamic_lookup",)}.get(sys.platform, ("-nostdlib",))

#: What of the compiler's package is needed: headers and libraries of targets are not.
COMPILER_PARTS = ("ziglang/zig", "ziglang/lib/std/", "ziglang/lib/include/")


def sources() -> list[Path]:
    """The C files of the kernel of tokenizers, without its fuzzer."""
    return sorted(path for path in (FOLDER / "tokenizers").glob("*.c") if path.stem != "fuzz")


def kernel_wheel(core: dict[str, Path]) -> tuple[dict[str, Any], Path, str]:
    """(lock entry, file, file name) of the wheel for Pyodide, whose core files `core` names.

    Raises BuildError when the library needs a symbol that Pyodide does not have.
    """
    library = wasm_library()
    missing = wasm_file.missing_symbols(library.read_bytes(), core["pyodide.asm.wasm"].read_bytes())
    if missing:
        raise BuildError(
            f"the kernel of tokenizers needs what pyodide.asm.wasm does not export: {', '.join(missing)}"
        )
    version = str(wheel.project()["version"])
    data = _write_wheel(library.read_bytes(), version)
    path = cache.made("wheels", cache.sha256(data), lambda: data)
    return lock.entry_for(DISTRIBUTION, version, [], [PACKAGE]), path, f"{PACKAGE}-{version}-{TAG}.whl"


def install_host() -> Path:
    """Make `import wardian_kernels` work in this environment; the folder it is imported from."""
    folder = paths.BUILD / "kernels" / "host"
    cache.place(host_library(), folder / PACKAGE / LIBRARY)
    cache.write(folder / PACKAGE / "__init__.py", _init())
    site_packages = Path(sysconfig.get_path("purelib"))
    pth = site_packages / f"{PACKAGE}.pth"
    if not pth.exists() or pth.read_text() != f"{folder}\n":
        cache.write(pth, f"{folder}\n".encode())
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return folder


def wasm_library() -> Path:
    """The library for Pyodide, compiled if it is not in the cache."""
    return _libraries()["wasm"]


def host_library() -> Path:
    """The library for the interpreter that runs this, compiled if it is not in the cache."""
    return _libraries()["host"]


def _libraries() -> dict[str, Path]:
    """Both, so that the compiler is fetched once."""
    source = _compiler()
    files = [*(FOLDER / "tokenizers").glob("*.c"), *(FOLDER / "tokenizers").glob("*.h")]
    code = cache.tree_key(files, FOLDER)
    targets = {"wasm": (*WASM, *WASM_LINK), "host": (_machine(), *HOST, *HOST_LINK)}
    keys = {name: cache.key_of(name, source.version, *options, code) for name, options in targets.items()}

    def make() -> bytes:
        with _zig(source) as zig, progress.step("compile the kernel of tokenizers"):
            cache.made("kernels", keys["host"], lambda: _compile_host(zig))
            return _compile_wasm(zig)

    wasm = cache.made("kernels", keys["wasm"], make)

    def make_host() -> bytes:
        with _zig(source) as zig:
            return _compile_host(zig)

    return {"wasm": wasm, "host": cache.made("kernels", keys["host"], make_host)}


def _compile_wasm(zig: Path) -> bytes:
    output = zig.parent / LIBRARY
    objects: list[Path] = []
    for path in sources():
        objects.append(zig.parent / f"{path.stem}.o")
        process.run([zig, "cc", *WASM, "-c", path, "-o", objects[-1]], f"compiling {path.name}")
    link: list[str | Path] = [zig, "wasm-ld", *WASM_LINK, *objects, "-o", output]
    process.run(link, "linking the kernel of tokenizers")
    return output.read_bytes()


def _compile_host(zig: Path) -> bytes:
    output = zig.parent / f"host-{LIBRARY}"
    # -s: no names of this build's folders in the file, so that the same sources give the same bytes.
    command: list[str | Path] = [zig, "cc", "-shared", "-s", *HOST, *HOST_LINK, *sources(), "-o", output]
    process.run(command, "compiling the kernel of tokenizers for this machine")
    return output.read_bytes()


def _machine() -> str:
    return f"{sys.platform}-{platform.machine().lower()}"


def _compiler() -> Source:
    name = f"ziglang-{_machine()}".replace("arm64", "aarch64").replace("amd64", "x86_64")
    for artefact in read_runtimes().group("compiler"):
        if artefact.name == name:
            return artefact.source
    raise BuildError(f"wasm/runtimes.toml names no compiler for this machine ({name})")


@contextmanager
def _zig(source: Source) -> Iterator[Path]:
    """The compiler in a folder that is gone afterwards, its own cache with it."""
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="zig-", dir=paths.BUILD) as folder,
        registry.archive(source) as archive,
        zipfile.ZipFile(archive) as package,
    ):
        package.extractall(folder, [name for name in package.namelist() if name.startswith(COMPILER_PARTS)])
        zig = Path(folder) / "ziglang" / "zig"
        zig.chmod(0o755)
        before = {name: os.environ.get(name) for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
        os.environ |= dict.fromkeys(before, str(Path(folder) / "cache"))
        try:
            yield zig
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def _init() -> bytes:
    return b'"""The native kernels of wardian: compiled C. `wardian` uses them where they are installed."""\n'


def _write_wheel(library: bytes, version: str) -> bytes:
    info = f"{PACKAGE}-{version}.dist-info"
    about = f"Metadata-Version: 2.4\nName: {DISTRIBUTION}\nVersion: {version}\n"
    about += "Summary: The native kernels of wardian\nLicense-Expression: Apache-2.0\n"
    tags = f"Wheel-Version: 1.0\nGenerator: wardian_build\nRoot-Is-Purelib: false\nTag: {TAG}\n"
    entries = [
        (f"{PACKAGE}/__init__.py", _init()),
        (f"{PACKAGE}/{LIBRARY}", library),
        (f"{info}/METADATA", about.encode()),
        (f"{info}/WHEEL", tags.encode()),
        (f"{info}/licenses/LICENSE", (paths.ROOT / "LICENSE").read_bytes()),
    ]
    return wheel.write_zip([*entries, (f"{info}/RECORD", wheel.record(entries, info))])
