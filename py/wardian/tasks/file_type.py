"""What file is this? Its type by the bytes at its ends, whatever its name says."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from wardian.components import Fact, Facts, File, Label
from wardian.components.base import Localized, localize
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.file_classification import FileClassificationPipeline, IdentifiedFile
    from wardian.postprocessing.classification import LabelScore
    from wardian.postprocessing.file_type import ContentTypes
    from wardian.preprocessing.file_ends import FileEnds

#: What says little as Magika calls it.
_GROUPS_EN = {"inode": "file system"}
_GROUPS_ZH = {
    "application": "应用程序数据", "archive": "压缩包", "audio": "音频", "code": "代码", "document": "文档",
    "executable": "可执行文件", "font": "字体", "image": "图像", "inode": "文件系统", "text": "文本",
    "unknown": "未知", "video": "视频",
}  # fmt: skip


async def file_type(file: FileEnds, pipe: FileClassificationPipeline) -> tuple[list[Fact], list[LabelScore]]:
    """What `file` is, whether its name's ending fits, and the five types the model holds for likeliest."""
    found = await pipe.identify(file)
    type_ = found.type
    group = {"en": _GROUPS_EN.get(type_.group, type_.group), "zh": _GROUPS_ZH.get(type_.group, type_.group)}
    facts = [
        Fact({"en": "Type", "zh": "类型"}, type_.description),
        Fact({"en": "Kind", "zh": "类别"}, group),
        Fact({"en": "MIME type", "zh": "MIME 类型"}, type_.mime_type),
        _ending(found, pipe.types),
        _certainty(found, pipe.types),
    ]
    return facts, [
        {"label": pipe.types[one["label"]].description, "score": one["score"]} for one in found.best
    ]


def _ending(found: IdentifiedFile, types: ContentTypes) -> Fact:
    """Whether the name's ending fits what the file is."""
    label = {"en": "Ending of the name", "zh": "文件名后缀"}
    ending, type_ = found.file.ending, found.type
    if not ending:
        return Fact(label, {"en": "none", "zh": "无"})
    known = types.with_extension(ending)
    # Of a text without a type of its own, any ending of texts says more than its bytes do.
    if ending in type_.extensions or (type_.label == "txt" and any(one.is_text for one in known)):
        return Fact(label, {"en": f".{ending} fits", "zh": f".{ending} 相符"}, "good")
    if type_.label in ("unknown", "empty") or not (known or (type_.extensions and type_.label != "txt")):
        return Fact(label, {"en": f".{ending}: cannot be told", "zh": f".{ending}：无法判断"})
    usual = ", ".join(f".{one}" for one in type_.extensions)
    said = {"en": f".{ending} does not fit", "zh": f".{ending} 不相符"}
    if known:
        named = " / ".join(one.description for one in known[:2])
        said = {"en": f"{said['en']}: it is that of {named}", "zh": f"{said['zh']}：那是 {named} 的后缀"}
    if usual:
        said = {"en": f"{said['en']}; usual is {usual}", "zh": f"{said['zh']}；通常是 {usual}"}
    return Fact(label, said, "warning")


def _certainty(found: IdentifiedFile, types: ContentTypes) -> Fact:
    """How sure the model is, or why it was not asked."""
    label = {"en": "How sure", "zh": "把握"}
    if not found.best:
        return Fact(label, _by_rule(found))
    score, guess = found.score, types[found.best[0]["label"]].description
    if found.reason != "low_confidence":
        return Fact(label, f"{score:.1%}" if score < 0.9995 else "> 99.9%")
    return Fact(
        label,
        {
            "en": f"Not enough to name a type: {score:.1%} for {guess}, which takes {found.threshold:.0%}",
            "zh": f"不足以判定类型：{guess} 只有 {score:.1%}，需要 {found.threshold:.0%}",
        },
        "warning",
    )


def _by_rule(found: IdentifiedFile) -> Localized:
    if found.file.size == 0:
        return localize({"en": "There is nothing in it.", "zh": "文件中没有内容。"})
    return localize(
        {
            "en": "Too short for the model: all that was checked is whether it is UTF-8 text.",
            "zh": "太短，模型无法判断：只检查了是否为 UTF-8 文本。",
        }
    )


def _example(name: str, content: bytes) -> list[Any]:
    return [{"name": name, "base64": base64.b64encode(content).decode("ascii")}]


#: Sixteen by sixteen pixels, red to blue.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAI0lEQVR42mP8z8DwnkGQeMTCwMFAEmBh4CRVw6gNozYM"
    "kA0AqT0QvAl2uTEAAAAASUVORK5CYII="
)

_SCRIPT = b"""import sys
from pathlib import Path


def count(path: Path) -> int:
    \"\"\"The words of a file.\"\"\"
    return len(path.read_text(encoding="utf-8").split())


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}: {count(Path(name)):,}")
"""

task = Task(
    id="file-type",
    kind="file-classification",
    model="magika",
    group="tables",
    title={"en": "What file is this?", "zh": "这是什么文件？"},
    description={
        "en": "The type of a file by what is in it, and whether its name's ending fits. Some 200 types, "
        "files of any size. It does not look for viruses, and a file can be made to deceive it.",
        "zh": "根据内容判断文件类型，并检查后缀是否相符。约 200 种类型，文件大小不限。"
        "它不查杀病毒，也可能被刻意伪造的文件骗过。",
    },
    inputs=[File({"en": "File", "zh": "文件"})],
    outputs=[
        Facts({"en": "By its content", "zh": "从内容看"}),
        Label({"en": "What the model holds for likeliest", "zh": "模型认为最可能的类型"}, bars_only=True),
    ],
    examples=[
        Example({"en": "A name without an ending", "zh": "没有后缀的文件"}, _example("count", _SCRIPT)),
        Example(
            {"en": "A picture with a wrong ending", "zh": "后缀不对的图片"}, _example("sky.jpg", _PICTURE)
        ),
        Example({"en": "Too short: it errs", "zh": "太短会判断错"}, _example("hi.py", b"print('hi')\n")),
    ],
    fn=file_type,
    live=True,
)
