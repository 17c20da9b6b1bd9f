"""Adapters of an encoder for classes of texts, from labelled texts to `adapter_model.safetensors`.

The encoder's own weights come from a package and are not kept again: beside the model card lie the adapter
and the head, a few hundred kilobytes, and the build adds them to the weights (`convert/adapters.py`).
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers import Tokenizer
from wardian_build import cache, progress
from wardian_build.convert import extras
from wardian_build.convert.adapters import Adapter, adapter_files, adapter_of
from wardian_build.convert.conversion import Options
from wardian_build.train.command import parser_for
from wardian_build.train.linear_text import Labelled, of_part

__all__ = ["Encoder", "Settings", "train_command"]

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Settings:
    """How an adapter is fitted; `adapter_fit.py` says what it does with them."""

    labels: tuple[str, ...]
    #: Layers from this one on are adapted.
    first_layer: int
    targets: tuple[str, ...]
    rank: int
    alpha: float
    #: Tokens of a text that are read, special ones included.
    longest: int
    epochs: int
    batch: int
    rate: float
    weight_decay: float
    dropout: float
    seed: int


@dataclass(frozen=True)
class Encoder:
    """What is adapted: its tokenizer, its weights by the names of transformers, and its sizes."""

    name: str
    tokenizer: Tokenizer
    weights: Weights
    layers: int
    heads: int
    epsilon: float


def train_command(
    name: str,
    folder: Path,
    encoder: Encoder,
    corpora: Mapping[str, Sequence[Labelled]],
    settings: Settings,
    data: Sequence[str],
    arguments: Sequence[str] | None,
) -> int:
    """`python build.py train NAME`: fit with PyTorch elsewhere, write the adapter and how it was made.

    The texts for choosing settings are not fitted; how many of them are classified rightly is said after each
    epoch, and written down.
    """
    options = parser_for(name, folder, "torch").parse_args(arguments)
    chosen = Options(extras=tuple(options.extra), python=options.python)
    python = extras.interpreter(extras.EXTRAS["torch"], Path(f"build.py train {name}"), chosen)
    adapter, answer = _fitted(encoder, corpora, settings, python)
    for file, content in adapter_files(adapter, encoder.name).items():
        cache.write(options.out / file, content)
    about = {
        "command": f"python build.py train {name} --extra torch",
        "python": platform.python_version(),
        "torch": answer["version"],
        "data": list(data),
        "texts": {language: len(of_part(texts, "fitting")) for language, texts in corpora.items()},
        "settings": asdict(settings),
        "validation": answer["accuracy"],
    }
    record = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    cache.write(options.out / "training.json", record.encode())
    print(f"{options.out}: put the new sha256 and figures on the card")
    return 0


def _fitted(
    encoder: Encoder, corpora: Mapping[str, Sequence[Labelled]], settings: Settings, python: Path
) -> tuple[Adapter, dict[str, Any]]:
    tokens, groups = _tokens(encoder.tokenizer, corpora, settings.longest)
    # Of the table of words only the rows that some text has.
    words = "embeddings.word_embeddings.weight"
    used, tokens["ids"] = np.unique(tokens["ids"], return_inverse=True)
    weights = {**encoder.weights, words: encoder.weights[words][used]}
    request = {
        **asdict(settings),
        "labels": len(settings.labels),
        "layers": encoder.layers,
        "heads": encoder.heads,
        "epsilon": encoder.epsilon,
        "groups": groups,
    }
    files = {"weights.npz": _npz(weights), "texts.npz": _npz(tokens)}
    with (
        progress.step("fit with PyTorch"),
        extras.run_script(
            python, "adapter_fit", Path(encoder.name), request, files, "wardian_build.train", progress.say
        ) as answer,
        np.load(answer.folder / "adapter.npz") as fitted,
    ):
        return adapter_of(fitted, settings.rank, settings.alpha), answer.table


def _tokens(
    tokenizer: Tokenizer, corpora: Mapping[str, Sequence[Labelled]], longest: int
) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Ids of all texts one after the other; of each its tokens, label, and the group that it checks, or -1.

    A group is a language and the kind of place where its texts stood.
    """
    ids: list[list[int]] = []
    labels, members = [], []
    groups: list[str] = []
    for language, texts in corpora.items():
        for part in ("fitting", "validation"):
            found = of_part(texts, part)
            for text, encoding in zip(
                found, tokenizer.encode_batch([text.text for text in found]), strict=True
            ):
                cut = len(encoding.ids) > longest
                ids.append([*encoding.ids[: longest - 1], encoding.ids[-1]] if cut else list(encoding.ids))
                labels.append(int(text.positive))
                group = f"{language} {text.source}"
                if part == "validation" and group not in groups:
                    groups.append(group)
                members.append(groups.index(group) if part == "validation" else -1)
    table = {
        "ids": np.concatenate([np.array(row, np.int64) for row in ids]),
        "lengths": np.array([len(row) for row in ids], np.int64),
        "labels": np.array(labels, np.int64),
        "groups": np.array(members, np.int64),
    }
    return table, groups


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()
