"""See how a tokenizer splits a text, live, for any tokenizer of the site or of one's own."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from wardian.components import Checkbox, ChosenFile, ModelChoice, Textbox, Tokenization, Tokens
from wardian.pipelines.tokenizer import read_tokenizer
from wardian.task import Example, Task
from wardian.tokenizers import Tokenizer

if TYPE_CHECKING:
    from wardian.task import OpenModel

#: Tokenizers kept ready: changing to and fro costs nothing.
_KEPT = 4
_ready: OrderedDict[str, Tokenizer] = OrderedDict()


async def tokenize(text: str, tokenizer: ChosenFile, special: bool, open_model: OpenModel) -> Tokenization:
    """The tokens of the whole text: truncation and padding that a file has baked in are left out."""
    chosen = await _tokenizer(tokenizer, open_model)
    started = time.perf_counter()
    encoding = chosen.encode(text, add_special_tokens=special)
    return Tokenization(text, encoding, (time.perf_counter() - started) * 1000, chosen.backend)


async def _tokenizer(chosen: ChosenFile, open_model: OpenModel) -> Tokenizer:
    key = chosen.model or hashlib.sha256(chosen.content).hexdigest()
    found = _ready.get(key)
    if found is None:
        if chosen.model is None:
            found = Tokenizer.from_bytes(chosen.content)
        else:
            found = await read_tokenizer(await open_model(chosen.model))
        found.no_truncation()
        found.no_padding()
    _ready[key] = found
    _ready.move_to_end(key)
    while len(_ready) > _KEPT:
        _ready.popitem(last=False)
    return found


_MINILM, _QWEN = "all-MiniLM-L6-v2", "qwen3-tokenizer"

task = Task(
    id="tokenizer",
    group="developers",
    title={"en": "Tokenizer", "zh": "分词器"},
    description={
        "en": "See how a model reads: the tokens of a text while you type, with their ids and places.",
        "zh": "看看模型怎样阅读：边输入边显示文本的词元、编号和位置。",
    },
    inputs=[
        Textbox({"en": "Text", "zh": "文本"}, lines=5, max_length=100_000, required=False),
        ModelChoice({"en": "Tokenizer", "zh": "分词器"}, file="tokenizer.json", default=_QWEN),
        Checkbox({"en": "Add special tokens", "zh": "加入特殊词元"}, default=True),
    ],
    outputs=[Tokens({"en": "Tokens", "zh": "词元"})],
    examples=[
        Example(
            {"en": "Prose", "zh": "文章"},
            [
                "The Wardian case kept ferns alive on voyages of unbelievably long duration.\n"
                "沃德箱让蕨类植物在漫长的航程中存活下来。",
                {"model": _QWEN},
                True,
            ],
        ),
        Example(
            {"en": "Words in pieces", "zh": "拆开的词"},
            ["Unaffable antidisestablishmentarianism, naïve café, tokenization.", {"model": _MINILM}, True],
        ),
        Example(
            {"en": "Code and emoji", "zh": "代码与表情"},
            ["def grow(plant):\n    return plant.height * 1.05  # 🌱 👩🏽‍🌾 🇨🇳\n", {"model": _QWEN}, False],
        ),
    ],
    fn=tokenize,
    live=True,
    uses=[_QWEN, _MINILM],
)
