"""More than a hundred tokenizers, so that every component and option that exists is in at least one.

`catalogue()` gives them by name, as the content of `tokenizer.json`. The name says what each is there for;
around that it is as plain as possible, so a difference names its culprit.
"""

from __future__ import annotations

from functools import cache
from itertools import product

from differential_models import Config, bpe, byte_fallback, byte_level, unigram, wordlevel, wordpiece
from differential_parts import (
    BYTE_LEVEL,
    METASPACE,
    SCHEMES,
    added,
    describe,
    replace,
    sequence,
    template,
    tokenizer,
)
from differential_text import normalizers, pre_tokenizers, splits

__all__ = ["Config", "catalogue"]


@cache
def catalogue() -> dict[str, Config]:
    """Every tokenizer by name."""
    parts = (
        normalizers,
        pre_tokenizers,
        splits,
        _models,
        _post_processors,
        _decoders,
        _added_tokens,
        _lengths,
    )
    found: dict[str, Config] = {}
    for part in parts:
        for name, config in part().items():
            assert name not in found, name
            found[name] = config
    return found


def _models() -> dict[str, Config]:
    words, level = {"type": "Whitespace"}, BYTE_LEVEL
    lower = {"type": "Lowercase"}
    pieces = {**METASPACE}
    few_bytes = byte_fallback(fuse_unk=False)
    few_bytes["vocab"] = {
        t: i for t, i in few_bytes["vocab"].items() if not ("<0x90>" <= t <= "<0xBF>" and len(t) == 6)
    }
    return {
        "model WordPiece": tokenizer(wordpiece(), normalizer=lower, pre_tokenizer=words),
        "model WordPiece short words": tokenizer(wordpiece(max_input_chars_per_word=7), pre_tokenizer=words),
        "model WordPiece other prefix": tokenizer(
            wordpiece(continuing_subword_prefix=""), pre_tokenizer=words
        ),
        "model WordPiece whole text": tokenizer(wordpiece(max_input_chars_per_word=400), normalizer=lower),
        "model WordLevel": tokenizer(wordlevel(), pre_tokenizer=words),
        "model WordLevel whole text": tokenizer(wordlevel()),
        "model BPE unk": tokenizer(bpe("characters"), pre_tokenizer=pieces),
        "model BPE fuse_unk": tokenizer(bpe("characters", fuse_unk=True), pre_tokenizer=pieces),
        "model BPE no unk_token": tokenizer(bpe("characters", unk_token=None), pre_tokenizer=pieces),
        "model BPE merges as text": tokenizer(bpe("characters", merges_as_text=True), pre_tokenizer=pieces),
        "model BPE whole text": tokenizer(bpe("characters", fuse_unk=True)),
        "model BPE byte_fallback": tokenizer(byte_fallback(), pre_tokenizer=pieces),
        "model BPE byte_fallback whole text": tokenizer(byte_fallback(), normalizer=replace(" ", "▁")),
        "model BPE byte_fallback, some bytes": tokenizer(few_bytes, pre_tokenizer=words),
        "model BPE byte_fallback, some bytes, fuse_unk": tokenizer({**few_bytes, "fuse_unk": True}),
        "model BPE ignore_merges": tokenizer(
            bpe("characters", ignore_merges=True, fuse_unk=True), pre_tokenizer=words
        ),
        "model BPE ignore_merges without merges": tokenizer(
            {**bpe("characters", ignore_merges=True), "merges": []}, pre_tokenizer=pieces
        ),
        "model BPE continuing_subword_prefix": tokenizer(
            bpe("prefixed", continuing_subword_prefix="##"), pre_tokenizer=words
        ),
        "model BPE end_of_word_suffix": tokenizer(
            bpe("suffixed", end_of_word_suffix="</w>"), pre_tokenizer=words
        ),
        "model BPE prefix and suffix": tokenizer(
            bpe("both", continuing_subword_prefix="@@", end_of_word_suffix="</w>", fuse_unk=True),
            pre_tokenizer=words,
        ),
        "model BPE byte-level": tokenizer(byte_level(), pre_tokenizer=level, decoder=level),
        "model BPE byte-level, ignore_merges, merges as text": tokenizer(
            byte_level(ignore_merges=True, merges_as_text=True), pre_tokenizer=level
        ),
        "model BPE byte-level whole text": tokenizer(
            byte_level(), pre_tokenizer={**level, "use_regex": False}
        ),
        "model Unigram": tokenizer(unigram(), pre_tokenizer=pieces),
        "model Unigram byte_fallback": tokenizer(
            unigram(byte_fallback=True), normalizer={"type": "NFKC"}, pre_tokenizer=pieces
        ),
        "model Unigram whole text": tokenizer(unigram(), normalizer=replace(" ", "▁")),
        "model Unigram other unk_id": tokenizer(unigram(unk_id=0), pre_tokenizer=words),
    }


def _post_processors() -> dict[str, Config]:
    bos, eos = ("<s>", 1), ("</s>", 2)
    llama = template("<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1", {"<s>": [bos]})
    odd = template(
        "A:1 x:0 A:2", "x:3 B:1 </s>:2 A:0 x:1", {"x": [bos, ("</s>", 2), ("<pad>", 3)], "</s>": [eos]}
    )
    found: dict[str, Config] = {
        "post_processor TemplateProcessing": llama,
        "post_processor TemplateProcessing, odd": odd,
    }
    for trim, prefix in product((False, True), repeat=2):
        roberta = {
            "type": "RobertaProcessing",
            "sep": eos,
            "cls": bos,
            "trim_offsets": trim,
            "add_prefix_space": prefix,
        }
        found[f"post_processor RobertaProcessing trim={trim} prefix={prefix}"] = roberta
        level = {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": True}
        found[f"post_processor ByteLevel trim={trim} prefix={prefix}"] = level
    found["post_processor Sequence"] = sequence("processors", [{**BYTE_LEVEL, "trim_offsets": True}, llama])
    found["post_processor Sequence, other order"] = sequence(
        "processors", [llama, {**BYTE_LEVEL, "trim_offsets": True}]
    )
    result = {
        name: tokenizer(
            byte_level(),
            pre_tokenizer={**BYTE_LEVEL, "add_prefix_space": index % 2 == 0},
            post_processor=config,
        )
        for index, (name, config) in enumerate(found.items())
    }
    bert = {"type": "BertProcessing", "sep": ("[SEP]", 3), "cls": ("[CLS]", 2)}
    words = {"type": "BertPreTokenizer"}
    result["post_processor BertProcessing"] = tokenizer(wordpiece(), pre_tokenizer=words, post_processor=bert)
    return result


def _decoders() -> dict[str, Config]:
    fallback = {"type": "ByteFallback"}
    llama = [
        replace("▁", " "),
        fallback,
        {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ]
    bert = [{"type": "WordPiece", "prefix": "##", "cleanup": cleanup} for cleanup in (True, False)]
    ctc = [
        {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": token, "cleanup": cleanup}
        for token, cleanup in (("▁", True), ("a", False))
    ]
    spaces = [
        {**METASPACE, "prepend_scheme": scheme, "split": index != 1} for index, scheme in enumerate(SCHEMES)
    ]
    characters: list[Config] = [
        *spaces,
        *ctc,
        fallback,
        {"type": "Fuse"},
        replace("▁", " "),
        replace(r"[aeiou]+|▁", "+", "Regex"),
        {"type": "Strip", "content": "▁", "start": 1, "stop": 0},
        {"type": "Strip", "content": "e", "start": 0, "stop": 1},
        sequence("decoders", llama),
        sequence("decoders", [sequence("decoders", llama[:2]), bert[0]]),
        sequence("decoders", [fallback, spaces[0]]),
    ]
    piece = {"pre_tokenizer": {"type": "Whitespace"}}
    found = {
        f"decoder {describe(c)}": tokenizer(byte_fallback(), pre_tokenizer=METASPACE, decoder=c)
        for c in characters
    }
    found |= {f"decoder {describe(c)}": tokenizer(wordpiece(), **piece, decoder=c) for c in bert}
    suffix = {"type": "BPEDecoder", "suffix": "</w>"}
    found["decoder BPEDecoder"] = tokenizer(
        bpe("suffixed", end_of_word_suffix="</w>"), **piece, decoder=suffix
    )
    found["decoder ByteLevel"] = tokenizer(byte_level(), pre_tokenizer=BYTE_LEVEL, decoder=BYTE_LEVEL)
    return found


FLAGS = ("single_word", "lstrip", "rstrip", "special")
CONTENTS = (
    "wordy",
    "two words",
    "ΣΑΣ",
    "é",
    "x",
    "xx",
    "<extra>",
    "。",
    "ing",
    "▁",
    " a",
    "b ",
    "1",
    "İ",
    "##",
    "\n",
)


def _added_tokens() -> dict[str, Config]:
    """Sixteen tokens, each with its own combination of flags, that stand in each other and in words."""
    vocab = byte_fallback()["vocab"]
    first = len(vocab)
    unknown = iter(range(first, first + len(CONTENTS)))
    ids = {content: vocab[content] if content in vocab else next(unknown) for content in CONTENTS}
    combinations = [dict(zip(FLAGS, values, strict=True)) for values in product((False, True), repeat=4)]
    found = {}
    for name, normalized, normalizer, shift in (
        ("raw", (False,), None, 0),
        ("raw, with a normalizer", (False,), {"type": "Lowercase"}, 5),
        ("normalized", (True,), sequence("normalizers", [{"type": "NFKD"}, {"type": "Lowercase"}]), 9),
        ("normalized, prepend", (True,), {"type": "Prepend", "prepend": "▁"}, 3),
        ("both", (False, True), {"type": "StripAccents"}, 7),
    ):
        tokens = [
            added(
                ids[content],
                content,
                **combinations[(i + shift) % 16],
                normalized=normalized[i % len(normalized)],
            )
            for i, content in enumerate(CONTENTS)
        ]
        found[f"added_tokens {name}"] = tokenizer(
            byte_fallback(),
            normalizer=normalizer,
            pre_tokenizer=METASPACE,
            added_tokens=sorted(tokens, key=_id),
        )
    many = [added(first + i, f"t{i}", special=i % 2 == 0, normalized=i % 3 == 0) for i in range(3000)]
    found["added_tokens thousands"] = tokenizer(byte_fallback(), pre_tokenizer=METASPACE, added_tokens=many)
    known = [
        added(i, token, normalized=False) for token, i in byte_level()["vocab"].items() if len(token) == 3
    ][:60]
    found["added_tokens of the vocabulary"] = tokenizer(
        byte_level(), pre_tokenizer=BYTE_LEVEL, added_tokens=sorted(known, key=_id)
    )
    return found


def _id(token: Config) -> int:
    return int(token["id"])


def _lengths() -> dict[str, Config]:
    """Truncation by each strategy, direction and stride; padding of each kind."""
    bert = template(
        "[CLS]:0 A:0 [SEP]:0",
        "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1",
        {"[CLS]": [("[CLS]", 2)], "[SEP]": [("[SEP]", 3)]},
    )
    base = {
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": bert,
    }
    found = {}
    for strategy, direction, stride in product(
        ("LongestFirst", "OnlyFirst", "OnlySecond"), ("Right", "Left"), (0, 2)
    ):
        rule = {"direction": direction, "max_length": 9 + 8 * stride, "strategy": strategy, "stride": stride}
        found[f"truncation {strategy} {direction} {stride}"] = tokenizer(wordpiece(), **base, truncation=rule)
    for fixed, direction, multiple in (
        (None, "Right", None),
        (None, "Left", 8),
        (12, "Right", None),
        (12, "Left", None),
        (5, "Right", 7),
    ):
        rule = {
            "strategy": "BatchLongest" if fixed is None else {"Fixed": fixed},
            "direction": direction,
            "pad_to_multiple_of": multiple,
            "pad_id": 4,
            "pad_type_id": 3,
            "pad_token": "[MASK]",
        }
        found[f"padding {fixed} {direction} {multiple}"] = tokenizer(wordpiece(), **base, padding=rule)
    both = {"direction": "Right", "max_length": 20, "strategy": "LongestFirst", "stride": 3}
    padding = {
        "strategy": {"Fixed": 10},
        "direction": "Left",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    found["truncation and padding"] = tokenizer(wordpiece(), **base, truncation=both, padding=padding)
    found["truncation byte-level"] = tokenizer(
        byte_level(),
        pre_tokenizer={**BYTE_LEVEL, "add_prefix_space": True},
        post_processor={
            "type": "RobertaProcessing",
            "sep": ("</s>", 2),
            "cls": ("<s>", 1),
            "trim_offsets": True,
            "add_prefix_space": True,
        },
        truncation={**both, "max_length": 30, "direction": "Left"},
    )
    return found
