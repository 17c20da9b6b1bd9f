"""The kernel under AddressSanitizer and UBSan, on damaged blobs and hostile texts.

Five seconds each time; `WARDIAN_FUZZ_SECONDS=600` for longer. Needs a C compiler with the two sanitizers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from differential import catalogue

from wardian.tokenizers.prepare import NotPreparable, prepare

KERNEL = Path(__file__).resolve().parents[2] / "wasm" / "kernels" / "tokenizers"
SECONDS = int(os.environ.get("WARDIAN_FUZZ_SECONDS", "5"))


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = next(filter(None, map(shutil.which, ("gcc", "clang", "cc"))), None)
    if compiler is None:
        pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("fuzz") / "fuzz"
    files = sorted(path for path in KERNEL.glob("*.c") if path.stem != "module")
    command = [compiler, "-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command += ["-Dmalloc=fuzz_malloc", "-Drealloc=fuzz_realloc", *map(str, files), "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "cannot find -lasan" in done.stderr:
        pytest.skip("the C compiler has no AddressSanitizer")
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every tokenizer of the differential tests, prepared: each component and option is in one."""
    folder, found = tmp_path_factory.mktemp("blobs"), []
    for number, config in enumerate(catalogue().values()):
        try:
            blob = prepare(config)
        except NotPreparable:
            continue
        found.append(folder / f"{number}.bin")
        found[-1].write_bytes(blob)
    assert len(found) > 100
    return found


def test_nothing_makes_it_fail(fuzzer: Path, blobs: list[Path]) -> None:
    seed = int(time.time())
    command = [str(fuzzer), str(SECONDS), str(seed), *map(str, blobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS + 60)
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}{done.stderr}"
    assert int(done.stdout.split()[0]) > 100
