"""Make optimum_exports.zip: small models of hf_generation.json as Optimum exports them for transformers.js.

Their weights follow from names as there, so that transformers' sequences are those of `generation.json`. Not
part of the tests, which read the file only. It makes an environment of its own (about 1.2 GB):

    python tests/golden/make_optimum_exports.py
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

TARGET = Path(__file__).with_name("optimum_exports.zip")
MODELS = ("llama", "qwen2", "qwen3", "gemma", "gemma3", "gpt2")
#: Optimum knows transformers up to 4.57.
PACKAGES = ("optimum==2.1.0", "optimum-onnx==0.1.0", "transformers==4.57.6", "torch==2.13.0", "onnxruntime")


def export(name: str, folder: Path) -> bytes:
    """The ONNX file of one model."""
    from hf_models import write_folder
    from optimum.exporters.onnx import main_export

    source, target = folder / "source", folder / "target"
    entry = write_folder(name, source)
    config = dict(entry["config"])
    # What transformers 5 saves, in the words of 4.
    rope = config.pop("rope_parameters", None) or {}
    for kind, field in (("full_attention", "rope_theta"), ("sliding_attention", "rope_local_base_freq")):
        if kind in rope:
            config[field] = rope[kind]["rope_theta"]
    if "rope_theta" in rope:
        config["rope_theta"] = rope["rope_theta"]
    (source / "config.json").write_text(json.dumps(config))
    main_export(str(source), str(target), task="text-generation-with-past", do_validation=False)
    return (target / "model.onnx").read_bytes()


def make() -> None:
    import optimum.version
    import torch
    import transformers

    provenance = {
        "script": "tests/golden/make_optimum_exports.py",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "optimum": optimum.version.__version__,
    }
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("provenance.json"), json.dumps(provenance, indent=1))
        for name in MODELS:
            with tempfile.TemporaryDirectory() as folder:
                member = zipfile.ZipInfo(f"{name}/onnx/model.onnx")
                archive.writestr(member, export(name, Path(folder)), zipfile.ZIP_DEFLATED, 9)
    print(TARGET.name, TARGET.stat().st_size, "bytes")


def main() -> None:
    if "--inside" in sys.argv:
        make()
        return
    from make_hf_models import run_inside

    run_inside(Path(__file__), PACKAGES)


if __name__ == "__main__":
    main()
