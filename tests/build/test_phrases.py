"""Errors in Chinese: every phrase is one that the code says, and what the page's own code says has one."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wardian_build import paths, process

PHRASES: dict[str, str] = json.loads((paths.STATIC / "locales" / "phrases-zh.json").read_text("utf-8"))
TEXTS: dict[str, str] = json.loads((paths.STATIC / "locales" / "zh.json").read_text("utf-8"))
NAME = re.compile(r"\{(\w+)\}")

#: Of a literal in TypeScript; `${…}` may hold braces and quotes of its own, but no second level of them.
LITERAL = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\$]|\\.|\$\{(?:[^{}]|\{[^{}]*\})*\})*`'
FACT = re.compile(rf"\b(message|expected|received|hint): ({LITERAL})|new (Broken|NotOnnx)\(({LITERAL})")
FACTS = ("expected", "received", "hint")
#: Those that a visitor of the page can see. Programs that call the JavaScript API get English.
SHOWN = ("import_worker", "page", "shared", "engine_worker", "python_worker")
#: For whoever wrote the site or its Python, never for its visitors; and texts that are a value alone.
UNSAID = {
    "cancelled", "the model {} has no dtype {}", "the model {} has no file {}",
    "there is no model {} on this site", "{}: {}", "({}), {}", "{}", "",
}  # fmt: skip


def unnamed(text: str) -> str:
    return NAME.sub("{}", text)


def of_typescript(literal: str) -> str:
    """A literal's text, with {} for what is put into it."""
    inner = re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", "{}", literal[1:-1])
    return inner.replace('\\"', '"').replace("\\`", "`")


def said_by_typescript() -> Iterator[str]:
    for path in sorted(paths.APP.rglob("*.ts")):
        yield from map(of_typescript, re.findall(LITERAL, path.read_text("utf-8")))


def of_python(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def said_by_python() -> Iterator[str]:
    for path in sorted((paths.ROOT / "py" / "wardian").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = of_python(node)
            if text is not None:
                yield text


def test_every_phrase_is_said_somewhere() -> None:
    """A text that was reworded would be English again, and nobody would notice."""
    said = {*said_by_typescript(), *said_by_python()}
    assert [phrase for phrase in PHRASES if unnamed(phrase) not in said] == []


def test_translations_name_what_their_phrase_names() -> None:
    for phrase, translation in PHRASES.items():
        assert set(NAME.findall(translation)) <= set(NAME.findall(phrase)), phrase
        assert re.search(r"[\u4e00-\u9fff]", translation), phrase


@pytest.mark.parametrize("folder", SHOWN)
def test_what_the_page_says_has_a_phrase(folder: str) -> None:
    phrases = {unnamed(phrase) for phrase in PHRASES}
    by_code = {text for key, text in english().items() if key.startswith("error.")}
    missing = []
    found = 0
    for path in sorted((paths.APP / folder).rglob("*.ts")):
        for part, literal, _, thrown in FACT.findall(path.read_text("utf-8")):
            text = of_typescript(literal or thrown)
            found += 1
            if text not in phrases | by_code | UNSAID and not _known_by_code(part, text, path):
                missing.append(f"{path.name}: {part}: {text}")
    assert missing == [] and found > 0


#: Python that speaks to visitors alone. What the rest refuses, programs and authors of models hear too.
SPOKEN = ("components", "tasks")


@pytest.mark.parametrize("folder", SPOKEN)
def test_what_tasks_and_components_refuse_has_a_phrase(folder: str) -> None:
    phrases, missing, found = {unnamed(phrase) for phrase in PHRASES}, [], 0
    for path in sorted((paths.ROOT / "py" / "wardian" / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("InputError", "ModelError"):
                given = [*node.args[:1], *(item.value for item in node.keywords if item.arg in FACTS)]
                for text in filter(None, map(of_python, given)):
                    found += 1
                    if text not in phrases and re.search("[a-z]{3}", text):
                        missing.append(f"{path.name}: {text}")
    assert missing == [] and found > 0


def english() -> dict[str, str]:
    texts: dict[str, str] = json.loads((paths.STATIC / "locales" / "en.json").read_text("utf-8"))
    return texts


def _known_by_code(part: str, text: str, path: Path) -> bool:
    """Refusals of imports have a code, and the page's own texts for message and hint."""
    if part not in ("message", "hint") or path.name != "model_folder.ts":
        return False
    codes = re.findall(r'refusal\((?:other \? "other-format" : )?"([\w-]+)"', path.read_text("utf-8"))
    return bool(codes) and all(f"error.import.{code}.{part}" in TEXTS for code in codes)


CASES = {
    "nothing": "无",
    "at most 3 bytes": "最多 3 字节",
    "a.txt, b.txt and 3 more": "a.txt, b.txt，另有 3 个",
    "A part of the model could not be downloaded: nothing arrived for 30 s.": (
        "模型的一部分未能下载：30 秒内没有收到任何数据。"
    ),
    "“A (b) [c]” is empty.": "“A (b) [c]”为空。",
    "Nobody says this.": "Nobody says this.",
    "": "",
}


def in_node(module: str, expression: str, given: Any, folder: Path) -> Any:
    """What an expression over `given` and the functions of a module of the page gives."""
    esbuild, target = paths.NODE_MODULES / "esbuild" / "bin" / "esbuild", folder / "module.mjs"
    command = [process.node(), esbuild, paths.APP / "page" / module, "--format=esm", f"--outfile={target}"]
    process.run([*command, "--log-level=warning"], f"bundling {module}")
    script = (
        f"const {{ translated, filledIn }} = await import({json.dumps(target.as_uri())});"
        f"const given = {json.dumps(given)}; console.log(JSON.stringify({expression}));"
    )
    done = subprocess.run(
        [process.node(), "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_page_finds_phrases(tmp_path: Path) -> None:
    expression = "given[0].map((text) => translated(text, given[1]))"
    assert in_node("phrases.ts", expression, [list(CASES), PHRASES], tmp_path) == list(CASES.values())


#: "{name}", or "{name|one|many}" with the value as #.
PLACE = re.compile(r"\{(\w+)(?:\|[^|}]*\|[^}]*)?\}")


def test_counts_are_in_the_singular_where_they_are_one(tmp_path: Path) -> None:
    """Every text of the page, with 1 for all that differs: "1 of 1 field is", and no "1 tokens"."""
    texts = english()
    fill = "given.map(([text, values]) => filledIn(text, values))"
    given = [
        [text, {name: "A" if name == "name" else "1" for name in PLACE.findall(text)}]
        for text in texts.values()
    ]
    ones = in_node("placeholders.ts", fill, given, tmp_path)
    # What is no plural: verbs, milliseconds, and rates, which are written with their tenths.
    wrong = re.compile(r"\b1 (?!(?:is|was|needs|ms)\b)[a-z]+s\b(?!/)")
    assert [text for text in ones if wrong.search(text) or re.search(r"[{}|]", text)] == []
    for key, text in texts.items():
        assert set(PLACE.findall(TEXTS[key])) <= set(PLACE.findall(text)), key
    some = [[texts["edits.count"], {"count": count, "accepted": 0}] for count in (1, 2, "1,001")]
    found = in_node("placeholders.ts", fill, some, tmp_path)
    assert [text.split(",")[0] for text in found[:2]] == ["1 change", "2 changes"]
    assert found[2].startswith("1,001 changes")
