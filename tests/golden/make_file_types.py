"""Write `file_types.json`: small real files of many types, and what Magika's own Python package says of them.

    python -m venv ENV && ENV/bin/pip install magika==1.0.3 pillow==13.0.0 numpy==2.4.6
    ENV/bin/python tests/golden/make_file_types.py

Files are those of this repository, ones that the standard library, NumPy and Pillow write, and short texts of
`file_type_texts.py`. Of each the golden has its two ends of 4,096 bytes, which is all that is read of it, its
type as its maker knows it, and the answer of `magika.Magika().identify_bytes` to the whole file.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import pickle
import platform
import plistlib
import random
import sqlite3
import sys
import tarfile
import wave
import zipfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from golden.file_type_texts import TEXTS  # noqa: E402

TARGET = Path(__file__).with_name("file_types.json")
ENDS = 4096

#: Files of this repository with their types.
FILES = {
    "build.py": "python", "app/page/dom.ts": "typescript", "static/style.css": "css",
    "pyproject.toml": "toml", "package.json": "json", "wasm/kernels/tokenizers/canonical.h": "c",
    "wasm/kernels/tokenizers/canonical.c": "c", "tests/pipelines/transformers_js.mjs": "javascript",
    "LICENSE": "txt", "CONTRIBUTING.md": "markdown", "static/models/mnist-cnn/onnx/model.onnx": "onnx",
    "tests/golden/digits.json": "json", "py/wardian/tokenizers/aligned.py": "python",
    "app/page/task_view.ts": "typescript", "docs/architecture.md": "markdown",
}  # fmt: skip


def archives() -> dict[str, tuple[str, bytes]]:
    """What the standard library packs, of files of this repository."""
    text = (ROOT / "README.md").read_bytes()
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("README.md", "LICENSE"):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), (ROOT / name).read_bytes())
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        member = tarfile.TarInfo("README.md")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return {
        "readme.zip": ("zip", zipped.getvalue()),
        "readme.tar": ("tar", tarred.getvalue()),
        "readme.md.gz": ("gzip", gzip.compress(text, mtime=0)),
        "readme.md.bz2": ("bzip", bz2.compress(text)),
        "readme.md.xz": ("xz", lzma.compress(text)),
    }


def data() -> dict[str, tuple[str, bytes]]:
    """What the standard library and NumPy write."""
    import numpy as np

    sound, table = io.BytesIO(), sqlite3.connect(":memory:")
    with wave.open(sound, "wb") as wav:
        wav.setparams((1, 2, 8000, 0, "NONE", ""))
        tone = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 12_000
        wav.writeframes(tone.astype("<i2").tobytes())
    table.execute("create table words (id integer primary key, word text, count integer)")
    table.executemany("insert into words (word, count) values (?, ?)", [(f"word{n}", n) for n in range(200)])
    array, arrays = io.BytesIO(), io.BytesIO()
    np.save(array, np.arange(300, dtype=np.float32).reshape(20, 15))
    np.savez(arrays, a=np.arange(100), b=np.ones((10, 10)))
    code = compile((ROOT / "build.py").read_text("utf-8"), "build.py", "exec")
    from importlib.util import MAGIC_NUMBER

    facts = {"name": "tone", "rate": 8000, "tags": ["a", "b"], "length": 1.0}
    return {
        "tone.wav": ("wav", sound.getvalue()),
        "words.sqlite": ("sqlite", table.serialize()),
        "array.npy": ("npy", array.getvalue()),
        "arrays.npz": ("npz", arrays.getvalue()),
        "build.pyc": ("pythonbytecode", MAGIC_NUMBER + bytes(12) + marshal.dumps(code)),
        "facts.pickle": ("pickle", pickle.dumps([facts] * 20)),
        "facts.plist": ("appleplist", plistlib.dumps(facts)),
        "binary.plist": ("applebplist", plistlib.dumps(facts, fmt=plistlib.FMT_BINARY)),
    }


def pictures() -> dict[str, tuple[str, bytes]]:
    """A colour gradient in the formats that Pillow writes."""
    import numpy as np
    from PIL import Image

    x, y = np.meshgrid(np.arange(40), np.arange(30))
    image = Image.fromarray(np.stack([x * 6, y * 8, (x + y) * 3], -1).astype(np.uint8))
    found = {}
    kinds = {"png": "png", "jpg": "jpeg", "gif": "gif", "bmp": "bmp", "tiff": "tiff", "webp": "webp"}
    for ending, kind in {**kinds, "ico": "ico", "jp2": "jp2", "pdf": "pdf", "tga": "tga"}.items():
        stream = io.BytesIO()
        names = {"jpg": "jpeg", "jp2": "jpeg2000"}
        image.save(stream, names.get(ending, ending))
        found[f"gradient.{ending}"] = (kind, stream.getvalue())
    return found


def edges() -> dict[str, tuple[str, bytes]]:
    """What rules decide, and where white space or an end is cut."""
    noise = random.Random(4).randbytes
    return {
        "empty": ("empty", b""),
        "one byte": ("txt", b"a"),
        "one byte that is no UTF-8": ("unknown", b"\xff"),
        "seven bytes": ("txt", b"import "),
        "eight bytes": ("txt", b"12345678"),
        "white space": ("txt", b" \n\t" * 3000),
        "white space and a word": ("txt", b" " * 5000 + b"word"),
        "a letter cut by the block": ("unknown", b" " * 4095 + "é".encode()),
        "a page far below": ("html", b"\n" * 3000 + TEXTS["page.html"][1].encode() + b" " * 3000),
        "noise": ("unknown", noise(5000)),
        "large noise": ("unknown", noise(3_000_000)),
        "utf-16.txt": ("txt", ("A text in another encoding. " * 20).encode("utf-16")),
    }


def short() -> dict[str, tuple[str, bytes]]:
    """Files with little to go by: written down before their answers were seen."""
    texts = {
        "hi.py": ("python", "print('hi')\n"), "one.sql": ("sql", "SELECT 1 + 1;\n"),
        "two.csv": ("csv", "a,b\n1,2\n3,4\n"), "list.md": ("markdown", "- milk\n- bread\n- **tea**\n"),
        "empty.json": ("json", '{"a": null}\n'), "key.yaml": ("yaml", "name: Ada\nage: 36\n"),
        "one.c": ("c", "int main(void) { return 0; }\n"), "log.js": ("javascript", "console.log(1 + 1);\n"),
        "one.tsx": ("typescript", "export const f = (x: number): string => `${x}`;\n"),
        "hello.sh": ("shell", "echo hello\nls -la\n"), "one.css": ("css", "p { color: red }\n"),
        "a.rst": ("rst", "Title\n=====\n\nA *short* text with a `link <https://example.org>`_.\n"),
        "numbers.txt": ("txt", "1 2 3 4 5 6 7 8 9 10\n" * 20), "one.toml": ("toml", "[a]\nb = 1\n"),
        "half.html": ("html", "<p>Only a paragraph,</p>\n<p>and another.</p>\n"),
        "half.py": ("python", "        self.count += 1\n        return self.count\n"),
        "one.r": ("r", "x <- c(1, 2, 3)\nmean(x)\nplot(x)\n"),
        "one.pas": ("pascal", "program One;\nbegin\n  writeln('one');\nend.\n"),
    }  # fmt: skip
    picture = pictures()["gradient.png"][1]
    return {name: (kind, text.encode()) for name, (kind, text) in texts.items()} | {
        "png without its head": ("unknown", picture[16:]),
        "png of which 20 bytes are there": ("png", picture[:20]),
    }


def main() -> None:
    from magika import Magika

    made = {name: (kind, (ROOT / name).read_bytes()) for name, kind in FILES.items()}
    made |= {name: (kind, text.encode()) for name, (kind, text) in TEXTS.items()}
    groups = {"files": {**made, **archives(), **data(), **pictures()}, "edges": edges(), "short": short()}
    magika, cases = Magika(), []
    listed = [(group, name, *found) for group, files in groups.items() for name, found in files.items()]
    for group, name, kind, content in listed:
        said = magika.identify_bytes(content).prediction
        case = {
            "name": name, "group": group, "type": kind, "size": len(content), "head": content[:ENDS],
            "dl": str(said.dl.label), "output": str(said.output.label), "score": said.score,
            "reason": str(said.overwrite_reason), "mime_type": said.output.mime_type,
            "description": said.output.description,
        }  # fmt: skip
        if len(content) > ENDS:
            case["tail"] = content[-ENDS:]
        cases.append(case)
    versions = {name: version(name) for name in ("magika", "onnxruntime", "pillow", "numpy")}
    golden = {
        "provenance": {
            "made_by": "tests/golden/make_file_types.py",
            "versions": f"Python {platform.python_version()}, "
            + ", ".join(f"{name} {number}" for name, number in versions.items()),
        },
        "cases": cases,
    }
    text = json.dumps(golden, ensure_ascii=False, default=lambda some: base64.b64encode(some).decode())
    TARGET.write_text(text.replace('{"name"', '\n{"name"') + "\n", "utf-8")


if __name__ == "__main__":
    main()
