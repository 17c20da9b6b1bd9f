"""The memory of a model that writes is known before it is downloaded: the page's own code, in Node."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.build.test_csv_page import in_node

from golden import hf_models
from wardian.generation.cache import KeyValueCache
from wardian.session import open_session
from wardian_build import paths
from wardian_build.convert.architectures import build
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder
from wardian_build.decoder_sizes import decoder_sizes

STORE = paths.APP / "shared" / "store"
MODELS = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
SMOLLM2 = {"cache": 46_080, "heads": 9, "context": 8192}
GIGABYTE = 10**9


def manifest(dtypes: dict[str, tuple[str, int]], decoder: dict[str, int]) -> dict[str, Any]:
    """A model whose weights lie beside an ONNX file of 1 MB, by dtype: ending and bytes."""
    files: list[dict[str, Any]] = []
    external = {}
    for ending, size in dtypes.values():
        path = f"onnx/model{ending}.onnx"
        external[path] = [f"{path}_data"]
        files += [
            {"path": path, "bytes": 10**6, "sha256": ""},
            {"path": external[path][0], "bytes": size, "sha256": ""},
        ]
    paths_of = {dtype: f"onnx/model{ending}.onnx" for dtype, (ending, _) in dtypes.items()}
    return {"id": "m", "dtypes": paths_of, "external_data": external, "files": files, "decoder": decoder}


def asked(folder: Path, calls: list[tuple[str, dict[str, Any], str]]) -> list[Any]:
    """What `budget.ts` says: each call is a function of it, a manifest and the path of an ONNX file."""
    rows = [[name, {"models": {"m": model}}, path] for name, model, path in calls]
    script = (
        f"const rows = {json.dumps(rows)};"
        "console.log(JSON.stringify(rows.map(([name, site, path]) => page[name](site, 'm', path))));"
    )
    found: list[Any] = in_node(STORE / "budget.ts", folder, script)
    return found


@pytest.mark.parametrize("name", ["llama", "llama-biased", "qwen2", "qwen3", "gemma", "gemma3", "gpt2"])
def test_sizes_are_those_of_the_graph(name: str, tmp_path: Path) -> None:
    """What `config.json` promises is what the cache of the converted model holds for a token."""
    entry = MODELS[name]
    tensors = {key: hf_models.weights(key, tuple(shape)) for key, shape in entry["tensors"].items()}
    write_folder(
        build(Config(entry["config"]), tensors, "text-generation", "model.safetensors").files, tmp_path
    )
    session = asyncio.run(open_session(tmp_path / "onnx" / "model.onnx"))
    sizes = decoder_sizes(entry["config"])
    assert sizes is not None and sizes["cache"] == KeyValueCache(session, {}).bytes_per_token


def test_python_and_the_page_read_the_same_sizes(tmp_path: Path) -> None:
    configs = [entry["config"] for entry in MODELS.values()]
    configs += [{}, {"architectures": "LlamaForCausalLM"}, MODELS["llama"]["config"] | {"hidden_size": "24"}]
    script = (
        f"const configs = {json.dumps(configs)};"
        "console.log(JSON.stringify(configs.map((config) => page.decoderSizes(config) ?? null)));"
    )
    found = in_node(STORE / "decoder_memory.ts", tmp_path, script)
    assert found == [decoder_sizes(config) for config in configs]
    assert sum(sizes is not None for sizes in found) == 7


def test_the_longest_text_is_part_of_it(tmp_path: Path) -> None:
    small = manifest({"q4_fold": ("_q4_fold", 98_000_000), "q4": ("_q4", 98_000_000)}, SMOLLM2)
    # Keys and values of 100 kB a token: the engine's 4 GiB end before the context does.
    long = manifest(
        {"q4_fold": ("_q4_fold", 98_000_000)}, {"cache": 100_000, "heads": 16, "context": 131_072}
    )
    need, on_gpu, some = asked(
        tmp_path,
        [
            ("textNeed", small, "onnx/model_q4_fold.onnx"),
            ("textNeed", small, "onnx/model_q4.onnx"),
            ("textNeed", long, "onnx/model_q4_fold.onnx"),
        ],
    )
    fixed, scores = 300e6 + 2.8e6, 8 * 256 * 9
    # To unpack the weights takes more than the longest text does later.
    opening = fixed + 98e6 * (1.02 + 3.4 * 6.4)
    assert need == {"bytes": pytest.approx(opening + 8192 * 46_080), "tokens": 8192, "context": 8192}
    # Blocks are not unpacked, but a cache that comes out whole is there once more.
    assert on_gpu["bytes"] == pytest.approx(fixed + 98e6 * 1.9 + 8192 * (3 * 46_080 + scores))
    assert 20_000 < some["tokens"] < 131_072 and some["context"] == 131_072
    assert some["bytes"] > 2**32, "what is kept between runs lies outside of the engine's memory"


def test_what_leaves_no_room_for_a_text_is_refused(tmp_path: Path) -> None:
    sizes = {"cache": 200_000, "heads": 32, "context": 32_768}
    model = manifest({"q8": ("_q8", 2 * GIGABYTE), "q4": ("_q4", GIGABYTE)}, sizes)
    encoder = {key: value for key, value in model.items() if key != "decoder"}
    # As blocks it would fit, but not while it is unpacked.
    huge = manifest({"q4_fold": ("_q4_fold", 200_000_000)}, sizes)
    refused, other, without, large = asked(
        tmp_path,
        [
            ("refusal", model, "onnx/model_q8.onnx"),
            ("refusal", model, "onnx/model_q4.onnx"),
            ("refusal", encoder, "onnx/model_q8.onnx"),
            ("refusal", huge, "onnx/model_q4_fold.onnx"),
        ],
    )
    assert refused["kind"] == "ModelError" and "no room for a text" in refused["message"]
    assert refused["received"] == "about 4.6 GB with 1024 tokens"
    assert refused["expected"] == "at most 4.3 GB of memory" and "q4 would fit" in refused["hint"]
    assert other is None and without is None
    assert "too large" in large["message"]
