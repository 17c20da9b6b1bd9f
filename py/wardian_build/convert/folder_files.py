"""What a Hugging Face folder has besides weights: configuration, tokenizer, and the card's licence."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from wardian_build.convert.conversion import Content

__all__ = ["license_of", "small_files"]

#: Taken along as they are, where they exist; the names are those that transformers and transformers.js read.
_FILES = (
    "config.json", "generation_config.json", "preprocessor_config.json", "processor_config.json",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "sentence_bert_config.json", "1_Pooling/config.json",
)  # fmt: skip


def small_files(folder: Path | None) -> dict[str, Content]:
    """Path in the model folder → file; none for a model that stands alone."""
    if folder is None:
        return {}
    return {name: folder / name for name in _FILES if (folder / name).is_file()}


def license_of(folder: Path | None) -> str:
    """What the front matter of the folder's README.md says of the licence; "" where it says nothing."""
    card = folder / "README.md" if folder is not None else None
    if card is None or not card.is_file():
        return ""
    found = re.match(r"\A---\r?\n(.*?)\r?\n---", card.read_text("utf-8", errors="replace"), re.DOTALL)
    try:
        table = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        return ""
    value = table.get("license") if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""
