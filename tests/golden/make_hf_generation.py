"""Make hf_generation.json: what Hugging Face transformers computes with small models that have a decoder, and
with vision transformers. Their weights follow from names, see `hf_models.py`.

Not part of the tests, which read the file only. It makes an environment of its own (about 1.2 GB):

    python tests/golden/make_hf_generation.py
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

BART = {
    "vocab_size": 31, "d_model": 12, "encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 3,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 20, "decoder_ffn_dim": 16, "max_position_embeddings": 23,
    "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2,
}  # fmt: skip
T5 = {
    "vocab_size": 31, "d_model": 12, "d_kv": 5, "d_ff": 20, "num_heads": 3, "num_layers": 2,
    "num_decoder_layers": 3, "relative_attention_num_buckets": 8, "relative_attention_max_distance": 20,
    "decoder_start_token_id": 0,
}  # fmt: skip
AUDIO = {"num_mel_bins": 7, "max_source_positions": 9, "max_target_positions": 11, "d_model": 12}
LLAMA = {
    "vocab_size": 31, "hidden_size": 24, "intermediate_size": 20, "num_hidden_layers": 2,
    "max_position_embeddings": 23, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
IMAGE = {
    "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20,
    "image_size": [16, 24], "patch_size": 4, "num_labels": 5,
}  # fmt: skip

#: Name → (class, configuration's class, settings).
SEQ2SEQ: dict[str, tuple[str, str, dict[str, Any]]] = {
    "marian": ("MarianMTModel", "MarianConfig", {**BART, "scale_embedding": True}),
    "marian-separate": (
        "MarianMTModel", "MarianConfig",
        {**BART, "share_encoder_decoder_embeddings": False, "decoder_vocab_size": 27,
         "tie_word_embeddings": False, "activation_function": "swish"},
    ),
    "bart": ("BartForConditionalGeneration", "BartConfig", BART),
    "mbart": ("MBartForConditionalGeneration", "MBartConfig", BART),
    "m2m_100": ("M2M100ForConditionalGeneration", "M2M100Config", BART),
    "t5": ("T5ForConditionalGeneration", "T5Config", T5),
    "t5-gated": (
        "T5ForConditionalGeneration", "T5Config",
        {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "mt5": ("MT5ForConditionalGeneration", "MT5Config", {**T5, "d_ff": 9, "num_heads": 2}),
    "whisper": ("WhisperForConditionalGeneration", "WhisperConfig", {**BART, **AUDIO}),
}  # fmt: skip
DECODERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "llama": (
        "LlamaForCausalLM", "LlamaConfig",
        {**LLAMA, "num_attention_heads": 6, "num_key_value_heads": 2, "tie_word_embeddings": True},
    ),
    "llama-biased": (
        "LlamaForCausalLM", "LlamaConfig",
        {**LLAMA, "num_attention_heads": 3, "num_key_value_heads": 3, "head_dim": 6, "attention_bias": True,
         "mlp_bias": True, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
    ),
    "qwen2": (
        "Qwen2ForCausalLM", "Qwen2Config", {**LLAMA, "num_attention_heads": 6, "num_key_value_heads": 2},
    ),
    "qwen3": (
        "Qwen3ForCausalLM", "Qwen3Config",
        {**LLAMA, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 6},
    ),
    "gemma": (
        "GemmaForCausalLM", "GemmaConfig",
        {**LLAMA, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 6},
    ),
    "gemma3": (
        "Gemma3ForCausalLM", "Gemma3TextConfig",
        {**LLAMA, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
         "query_pre_attn_scalar": 9, "sliding_window": 4,
         "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
    ),
    "gpt2": (
        "GPT2LMHeadModel", "GPT2Config",
        {"vocab_size": 31, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 23, "n_inner": 20,
         "bos_token_id": 1, "eos_token_id": 2},
    ),
}  # fmt: skip
IMAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "vit-image-feature-extraction": ("ViTModel", "ViTConfig", {**IMAGE, "qkv_bias": False}),
    "vit-image-classification": ("ViTForImageClassification", "ViTConfig", IMAGE),
    "deit-image-classification": ("DeiTForImageClassification", "DeiTConfig", IMAGE),
    "deit-teacher": ("DeiTForImageClassificationWithTeacher", "DeiTConfig", IMAGE),
}


def make(target: Path) -> None:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    models: dict[str, Any] = {}
    for kind, table in ((seq2seq, SEQ2SEQ), (decoder, DECODERS), (image, IMAGES)):
        for name, (cls, config, settings) in table.items():
            models[name] = kind(getattr(transformers, cls), getattr(transformers, config)(**settings))
    found = {
        "provenance": {
            "script": "tests/golden/make_hf_generation.py",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "models": models,
    }
    text = json.dumps(found, ensure_ascii=True, separators=(",", ":"))
    target.write_text(text + "\n", "utf-8")
    print(target.name, target.stat().st_size, "bytes,", len(models), "models")


def filled(cls: Any, config: Any) -> tuple[Any, dict[str, Any]]:
    """A model with the weights of `hf_models.weights`; its configuration and its file's tensors."""
    import torch
    from hf_models import safetensors, weights

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cls(config).eval().save_pretrained(folder)
        content = (folder / "model.safetensors").read_bytes()
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        header.pop("__metadata__", None)
        shapes = {name: entry["shape"] for name, entry in sorted(header.items())}
        data = safetensors({name: ["F32", shape] for name, shape in shapes.items()})
        (folder / "model.safetensors").write_bytes(data)
        model = cls.from_pretrained(folder, attn_implementation="eager").eval()
        saved = json.loads((folder / "config.json").read_text())
    # What transformers read is what the tests will write, whatever it calls it in memory.
    state = [tensor.numpy().tobytes() for tensor in model.state_dict().values()]
    for tensor, shape in shapes.items():
        assert weights(tensor, tuple(shape)).tobytes() in state, tensor
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())
    return model, {"config": saved, "tensors": shapes}


def seq2seq(cls: Any, config: Any) -> dict[str, Any]:
    """All tokens at once; that the last ones from a cache have the same logits is made sure of here."""
    import numpy as np
    import torch
    from hf_models import packed

    model, entry = filled(cls, config)
    # T5's distances are to reach beyond the last bucket.
    length = 25 if config.model_type == "t5" else 7
    rows = getattr(config, "decoder_vocab_size", config.vocab_size)
    batch = 2 if config.model_type in ("t5", "whisper") else 3
    ids = 3 + (np.arange(batch * length).reshape(batch, length) * 11) % (config.vocab_size - 3)
    if config.model_type == "whisper":
        frames = 2 * config.max_source_positions
        feeds = {"input_features": np.sin(np.arange(2 * 7 * frames, dtype="f4")).reshape(2, 7, frames)}
    else:
        lengths = np.array([length, length - 2, 2][:batch])
        mask = (np.arange(length) < lengths[:, None]).astype(np.int64)
        feeds = {"input_ids": np.where(mask == 1, ids, config.pad_token_id), "attention_mask": mask}
    start = np.full((batch, 1), config.decoder_start_token_id)
    targets = np.concatenate([start, 3 + ids[:, : length - 2] % (rows - 3)], axis=1)
    feeds["decoder_input_ids"] = targets
    given = {name: torch.tensor(value) for name, value in feeds.items()}
    with torch.inference_mode():
        whole = model(**given, use_cache=True)
        first = model(**given | {"decoder_input_ids": torch.tensor(targets[:, :4])}, use_cache=True)
        last = model(
            **given | {"decoder_input_ids": torch.tensor(targets[:, 4:])},
            past_key_values=first.past_key_values,
        )
    assert (last.logits - whole.logits[:, 4:]).abs().max() < 1e-5
    cache = whole.past_key_values
    outputs = {
        "encoder_last_hidden_state": whole.encoder_last_hidden_state.numpy(),
        "logits": whole.logits.numpy(),
        "present.2.decoder.key": cache.self_attention_cache.layers[2].keys.numpy(),
        "present.1.encoder.value": cache.cross_attention_cache.layers[1].values.numpy(),
    }
    return {**entry, "inputs": packed(feeds), "outputs": packed(outputs)}


def decoder(cls: Any, config: Any) -> dict[str, Any]:
    """Two rows, one with padding on the left."""
    import numpy as np
    import torch
    from hf_models import packed

    model, entry = filled(cls, config)
    mask = (np.arange(7) >= np.array([0, 3])[:, None]).astype(np.int64)
    feeds = {
        "input_ids": 3 + (np.arange(14).reshape(2, 7) * 11) % 28,
        "attention_mask": mask,
        "position_ids": np.maximum(mask.cumsum(1) - 1, 0),
    }
    with torch.inference_mode():
        whole = model(**{name: torch.tensor(value) for name, value in feeds.items()}, use_cache=True)
    outputs = {
        "logits": whole.logits.numpy(),
        "present.1.key": whole.past_key_values.layers[1].keys.numpy(),
    }
    return {**entry, "inputs": packed(feeds), "outputs": packed(outputs)}


def image(cls: Any, config: Any) -> dict[str, Any]:
    import torch
    from hf_models import packed, pixels

    model, entry = filled(cls, config)
    with torch.inference_mode():
        found = model(torch.tensor(pixels(2, *config.image_size)))
    wanted = ("last_hidden_state", "pooler_output", "logits")
    return {**entry, "outputs": packed({name: found[name].numpy() for name in wanted if name in found})}


def main() -> None:
    if "--inside" in sys.argv:
        make(Path(__file__).with_name("hf_generation.json"))
        return
    from make_hf_models import run_inside

    run_inside(Path(__file__))


if __name__ == "__main__":
    main()
