"""The goldens again, in the browser: tensors bit for bit, scores and embeddings within stated tolerances.

Inside the site's own Python worker, with onnxruntime-web behind it. The goldens come from CPython with native
onnxruntime and from Hugging Face transformers; `tests/golden/` checks them there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.browser.visiting import Harness, open_harness

GOLDEN = Path(__file__).parents[1] / "golden"
DIGITS = json.loads((GOLDEN / "digits.json").read_text(encoding="utf-8"))
SEARCH = json.loads((GOLDEN / "search.json").read_text(encoding="utf-8"))

#: fp32: rounding only. q8: int8 kernels of WebAssembly and of the processor that made the golden round
#: differently, and each layer quantizes its activations anew; the card's 0.9983 to fp32 is the scale of that.
COSINE_DISTANCE = {"fp32": 1e-4, "q8": 5e-3}

PREPARE = """
import base64, hashlib, json
import numpy as np
from wardian import pipeline
from wardian.preprocessing import load_image_processor, read_image
await __import__("wardian")._platform.load_packages(["pillow"])
golden = json.load(open("/golden/digits.json", encoding="utf-8"))
"""

DIGIT_TENSORS = """
from wardian import hub
folder = await hub.open_model("mnist-cnn")
processor = load_image_processor(await folder.read_json("preprocessor_config.json"))
found = {}
for drawing in golden["drawings"]:
    image = read_image(base64.b64decode(drawing["file"]))
    prepared, tensor = processor.prepare(image), processor(image)
    found[drawing["name"]] = [
        hashlib.sha256(prepared.tobytes()).hexdigest(), hashlib.sha256(tensor.tobytes()).hexdigest()
    ]
json.dumps(found)
"""

DIGIT_LOGITS = """
classify = await pipeline("image-classification", "mnist-cnn", device="wasm")
found = {}
for drawing in golden["drawings"]:
    answer = await classify(base64.b64decode(drawing["file"]), top_k=None, function_to_apply="none")
    scores = {entry["label"]: entry["score"] for entry in answer}
    found[drawing["name"]] = [scores[str(digit)] for digit in range(10)]
json.dumps(found)
"""

EMBEDDINGS = """
import base64, hashlib, json
import numpy as np
from wardian import pipeline
texts = [entry["text"] for entry in json.load(open("/golden/search.json", encoding="utf-8"))["texts"]]
embed = await pipeline("feature-extraction", "all-MiniLM-L6-v2", dtype="{dtype}", device="wasm")
encodings = embed.tokenizer.encode_batch(texts)
rows = np.asarray(await embed(texts, pooling="mean", normalize=True), "<f4")
json.dumps({{
    "ids": [[int(i) for i in encoding.ids] for encoding in encodings],
    "rows": base64.b64encode(rows.tobytes()).decode(),
}})
"""


@pytest.fixture(scope="module")
def harness(browser: Browser, harness_url: str) -> Iterator[Harness]:
    context = browser.new_context()
    yield open_harness(context, harness_url)
    context.close()


def run(harness: Harness, code: str) -> Any:
    files = {
        f"/golden/{name}": base64.b64encode((GOLDEN / name).read_bytes()).decode()
        for name in ("digits.json", "search.json")
    }
    return json.loads(harness.run(code, files))


@pytest.fixture(scope="module")
def tensors(harness: Harness) -> dict[str, list[str]]:
    return dict(run(harness, PREPARE + DIGIT_TENSORS))


@pytest.mark.parametrize("drawing", DIGITS["drawings"], ids=lambda drawing: drawing["name"])
def test_digit_tensors_are_bit_identical(tensors: dict[str, list[str]], drawing: dict[str, Any]) -> None:
    prepared, tensor = tensors[drawing["name"]]
    assert prepared == drawing["uint8_sha256"], "uint8 (28, 28)"
    assert tensor == drawing["float32_sha256"], "float32 (1, 1, 28, 28)"


def test_digit_logits_equal_native_ones(harness: Harness) -> None:
    found = run(harness, PREPARE + DIGIT_LOGITS)
    for drawing in DIGITS["drawings"]:
        np.testing.assert_allclose(
            found[drawing["name"]], drawing["logits"], rtol=0, atol=DIGITS["logits_tolerance"]
        )


@pytest.mark.parametrize("dtype", ["q8", "fp32"])
def test_ids_and_embeddings_equal_the_reference(harness: Harness, dtype: str) -> None:
    found = run(harness, EMBEDDINGS.format(dtype=dtype))
    rows = np.frombuffer(base64.b64decode(found["rows"]), "<f4").reshape(-1, SEARCH["features"])
    wanted = np.stack([np.frombuffer(base64.b64decode(entry[dtype]), "<f4") for entry in SEARCH["texts"]])
    assert [ids[: len(entry["ids"])] for ids, entry in zip(found["ids"], SEARCH["texts"], strict=True)] == [
        entry["ids"] for entry in SEARCH["texts"]
    ]
    distance = 1 - np.sum(rows.astype(np.float64) * wanted, axis=1)
    assert distance.max() < COSINE_DISTANCE[dtype]
