"""Random parts of a tokenizer for Hypothesis: every component, its options drawn, alone and in sequences."""

from __future__ import annotations

from typing import Any

from differential_charsmap import RULES, charsmap
from differential_parts import BEHAVIORS, BYTE_LEVEL, GPT2, GPT4, METASPACE, SCHEMES, template
from hypothesis import strategies as st

__all__ = ["decoders", "normalizers", "post_processors", "pre_tokenizers"]

Config = dict[str, Any]
Parts = st.SearchStrategy[Config]

#: Patterns as they stand in the files of models, and what else Oniguruma is asked for.
REGEXES = [
    GPT2,
    GPT4,
    r"\s+",
    r"\p{P}",
    r"\p{L}+",
    r"[^\s\p{L}\p{N}]+",
    r"\d",
    r"\d{1,3}(?=(?:\d{3})*\b)",
    r"\w+|[^\w\s]+",
    r"[[:punct:]]+",
    r"[A-Z]?[a-z]+",
    r"(?i)the|a",
    r"\bing\b",
    r"^\s+|\s+$",
    r"\r?\n",
    r".",
    r"[\p{Han}\p{Hiragana}]",
    r"(?<=e)n",
    r"(?<!\d)\.",
    r"\p{Lu}\p{Ll}*",
    r"[^a-y]",
    r"x*",
    r"\p{M}",
    r"[[:alpha:]&&[^a-e]]+",
    r" ?\S+",
    r"\h+",
]
short = st.text(st.sampled_from("aeinst .,-_▁xé1\n中"), min_size=1, max_size=3)
patterns = st.one_of(
    st.builds(lambda text: {"String": text}, short),
    st.sampled_from(REGEXES).map(lambda regex: {"Regex": regex}),
)
flags = st.booleans()


def component(kind: str, **options: Any) -> Parts:
    return st.fixed_dictionaries({"type": st.just(kind), **options})


def with_sequences(kind: str, parts: Parts) -> Parts:
    """A component alone, or up to three in a row."""
    return st.one_of(parts, component("Sequence", **{kind: st.lists(parts, max_size=3)}))


normalizers = with_sequences(
    "normalizers",
    st.one_of(
        st.sampled_from(
            [
                {"type": name}
                for name in ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "StripAccents", "Lowercase", "ByteLevel")
            ]
        ),
        st.just({"type": "Precompiled", "precompiled_charsmap": charsmap(RULES)}),
        component(
            "BertNormalizer",
            clean_text=flags,
            handle_chinese_chars=flags,
            lowercase=flags,
            strip_accents=st.sampled_from([True, False, None]),
        ),
        component("Strip", strip_left=flags, strip_right=flags),
        component("Replace", pattern=patterns, content=st.one_of(st.just(""), short)),
        component("Prepend", prepend=short),
    ),
)

pre_tokenizers = with_sequences(
    "pretokenizers",
    st.one_of(
        st.sampled_from(
            [{"type": n} for n in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts")]
        ),
        component("ByteLevel", add_prefix_space=flags, trim_offsets=flags, use_regex=flags),
        component(
            "Metaspace",
            replacement=st.sampled_from("▁_"),
            prepend_scheme=st.sampled_from(SCHEMES),
            split=flags,
        ),
        component("Split", pattern=patterns, behavior=st.sampled_from(BEHAVIORS), invert=flags),
        component("Punctuation", behavior=st.sampled_from(BEHAVIORS)),
        component("Digits", individual_digits=flags),
        component("CharDelimiterSplit", delimiter=st.sampled_from("ae ▁.é")),
        component("FixedLength", length=st.integers(1, 9)),
    ),
)

pairs = {"sep": st.just(("[SEP]", 3)), "cls": st.just(("[CLS]", 2))}
post_processors = with_sequences(
    "processors",
    st.one_of(
        component("BertProcessing", **pairs),
        component("RobertaProcessing", **pairs, trim_offsets=flags, add_prefix_space=flags),
        component("ByteLevel", add_prefix_space=flags, trim_offsets=flags, use_regex=flags),
        st.just(template("<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1", {"<s>": [("<s>", 1)]})),
        st.just(template("A:0 x:2", "B:1 x:0 A:0", {"x": [("<s>", 1), ("</s>", 2)]})),
    ),
)

decoders = with_sequences(
    "decoders",
    st.one_of(
        st.just(BYTE_LEVEL),
        st.sampled_from([{**METASPACE, "prepend_scheme": scheme} for scheme in SCHEMES]),
        component("WordPiece", prefix=st.sampled_from(["##", ""]), cleanup=flags),
        component("BPEDecoder", suffix=st.sampled_from(["</w>", "e"])),
        component(
            "CTC", pad_token=st.just("<pad>"), word_delimiter_token=st.sampled_from(["▁", "a"]), cleanup=flags
        ),
        st.sampled_from([{"type": "ByteFallback"}, {"type": "Fuse"}]),
        component("Replace", pattern=patterns, content=short),
        component("Strip", content=st.sampled_from("▁ e"), start=st.integers(0, 2), stop=st.just(0)),
    ),
)
