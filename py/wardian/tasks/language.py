"""What language is this? As one types, with what a short text allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Checkbox, Fact, Facts, Label, Textbox
from wardian.postprocessing.language import LanguageIdentifier
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.task import OpenModel

#: Fewer letters than these say little: what is likely before they are read counts, too.
SHORT = 24

#: How many times as likely as another language a widely used one is held to be. Between 3 and 10 a text of
#: few letters in a widely used language gains next to nothing, and one in another language loses much.
FAVOUR = 3

#: Languages of states and of many speakers.
COMMON = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu", "he",
    "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk",
    "ml", "mn", "mr", "ms", "my", "ne", "nl", "no", "pa", "pl", "ps", "pt", "ro", "ru", "si", "sk",
    "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh",
)  # fmt: skip

#: What py3langid calls a text in no language.
_NONE = "zxx"
_PRIOR = dict.fromkeys(COMMON, float(FAVOUR))

_identifier: LanguageIdentifier | None = None


async def language(text: str, alike: bool, open_model: OpenModel) -> tuple[dict[str, float], list[Fact]]:
    """The likeliest languages of `text` with their probabilities, and how far to trust them.

    In a text of fewer than 24 letters widely used languages are likelier than others, unless all are `alike`.
    """
    letters = sum(map(str.isalpha, text))
    favoured = letters < SHORT and not alike
    ranked = (await _opened(open_model)).rank(text, prior=_PRIOR if favoured else None)
    # Digits and signs alone have a likeliest language, too, with no more to it than to the next.
    return dict(ranked if letters else []), _facts(ranked, letters, favoured)


async def _opened(open_model: OpenModel) -> LanguageIdentifier:
    """The model, opened once."""
    global _identifier
    if _identifier is None:
        folder = await open_model("py3langid")
        _identifier = LanguageIdentifier(await folder.read("model.npz.xz"))
    return _identifier


def _facts(ranked: list[tuple[str, float]], letters: int, favoured: bool) -> list[Fact]:
    how = {"en": "How far to trust it", "zh": "可信程度"}
    if not ranked:
        said = {"en": "Nothing in this text tells languages apart.", "zh": "文中没有可以区分语言的内容。"}
        return [Fact(how, said, "warning")]
    best, second = ranked[0][1], ranked[1][1]
    if letters == 0 or ranked[0][0] == _NONE:
        trust = Fact(how, {"en": "It looks like no language.", "zh": "看起来不是任何语言。"}, "warning")
    elif letters < SHORT:
        said = {"en": "Not far: this is a guess, the text is short.", "zh": "不高：文本太短，只是猜测。"}
        trust = Fact(how, said, "warning")
    elif best < 2 * second:
        trust = Fact(how, {"en": "Two are close to each other.", "zh": "两种语言难分高下。"}, "warning")
    else:
        trust = Fact(how, {"en": "It is long enough.", "zh": "长度足够。"}, "good")
    among = {"en": "139 languages", "zh": "139 种语言"}
    if favoured:
        among = {
            "en": f"139 languages; {len(COMMON)} widely used ones count {FAVOUR} times, as there are fewer "
            f"than {SHORT} letters",
            "zh": f"139 种语言；{len(COMMON)} 种常用语言按 {FAVOUR} 倍计（文本不足 {SHORT} 个字母）",
        }
    return [trust, Fact({"en": "Chosen among", "zh": "候选范围"}, among)]


task = Task(
    id="language",
    group="texts",
    title={"en": "What language is this?", "zh": "这是什么语言？"},
    description={
        "en": "The language of a text while you type, one of 139. A sentence is enough; from a few words it "
        "guesses, a widely used language rather than a rare one, and close relatives it mixes up.",
        "zh": "边输入边判断文本的语言，共 139 种。一句话就够；只有几个词时只能猜测，优先常用语言，"
        "相近的语言可能混淆。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=6,
            max_length=100_000,
            placeholder={"en": "Write or paste a sentence", "zh": "写下或粘贴一句话"},
        ),
        Checkbox({"en": "All languages alike, also for a short text", "zh": "短文本也对所有语言一视同仁"}),
    ],
    outputs=[
        Label({"en": "Language", "zh": "语言"}, top_k=5, languages=True),
        Facts({"en": "About this answer", "zh": "关于这个结果"}),
    ],
    examples=[
        Example(
            {"en": "A sentence", "zh": "一句话"},
            ["De trein naar Utrecht vertrekt vandaag vanaf een ander spoor dan gewoonlijk.", False],
        ),
        Example(
            {"en": "Two relatives", "zh": "相近的语言"},
            ["Dobar dan, kako ste danas? Vidimo se sutra.", False],
        ),
        Example({"en": "One word", "zh": "一个词"}, ["Hola", False]),
    ],
    fn=language,
    uses=["py3langid"],
    live=True,
)
