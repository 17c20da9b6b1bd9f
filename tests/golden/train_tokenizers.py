"""Write `tokenizers_models.json`: small vocabularies for `tests/tokenizers/differential.py`.

They were trained once (the trainers do not give the same twice), by those of Hugging Face `tokenizers`, on
the sentences and programs of `tests/tokenizers_texts.py`: what is compared is how a vocabulary is used, not
how it was found.

    python tests/golden/train_tokenizers.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from tokenizers_texts import CODE, LANGUAGES  # noqa: E402

TARGET = TESTS / "golden" / "tokenizers_models.json"
#: Latin text twice over, so that merges are longer there than two letters.
CORPUS = [*LANGUAGES, *LANGUAGES[:13], *LANGUAGES[:13], *CODE, "born free and freedom freely unaffable " * 3]


def trained(model: Any, trainer: Any, pre_tokenizer: Any, normalizer: Any = None) -> dict[str, Any]:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(CORPUS, trainer)
    return dict(json.loads(tokenizer.to_str())["model"])


def in_order(model: dict[str, Any]) -> dict[str, Any]:
    """Vocabulary as a list by id, and merges as pairs."""
    vocab = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return {"vocab": vocab, "merges": [list(pair) for pair in model.get("merges", [])]}


def bpe(size: int, pre_tokenizer: Any, **options: Any) -> dict[str, Any]:
    model_options = {k: v for k, v in options.items() if k != "initial_alphabet"}
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<unk>"], show_progress=False, min_frequency=2, **options
    )
    return in_order(trained(models.BPE(unk_token="<unk>", **model_options), trainer, pre_tokenizer))


def main() -> None:
    words, metaspace = pre_tokenizers.Whitespace(), pre_tokenizers.Metaspace()
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    wordpiece = trainers.WordPieceTrainer(
        vocab_size=1500, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    )
    unigram = trainers.UnigramTrainer(
        vocab_size=1200,
        show_progress=False,
        special_tokens=["<pad>", "<s>", "</s>", "<unk>"],
        unk_token="<unk>",
    )
    level = trainers.WordLevelTrainer(vocab_size=700, show_progress=False, special_tokens=["[UNK]"])
    found = {
        "provenance": f"tokenizers {tokenizers.__version__}, by tests/golden/train_tokenizers.py",
        "wordpiece": in_order(
            trained(models.WordPiece(unk_token="[UNK]"), wordpiece, words, normalizers.Lowercase())
        )["vocab"],
        "byte_level": bpe(1200, byte_level, initial_alphabet=alphabet),
        "characters": bpe(1500, metaspace),
        "prefixed": bpe(2000, words, continuing_subword_prefix="##"),
        "suffixed": bpe(2000, words, end_of_word_suffix="</w>"),
        "both": bpe(2000, words, continuing_subword_prefix="@@", end_of_word_suffix="</w>"),
        "unigram": trained(models.Unigram(), unigram, metaspace, normalizers.NFKC())["vocab"],
        "words": in_order(trained(models.WordLevel(unk_token="[UNK]"), level, words))["vocab"],
    }
    TARGET.write_text(json.dumps(found, ensure_ascii=True, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
