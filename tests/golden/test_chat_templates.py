"""Chat templates as transformers renders them (`make_chat_templates.py`), in both interpreters."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.golden.chat_conversations import NOW, SPECIAL_TOKENS, cases, templates

from wardian.errors import WardianError
from wardian.generation import ChatTemplate
from wardian.generation.templates import environment

GOLDEN: dict[str, Any] = json.loads(
    Path(__file__).with_name("chat_templates.json").read_text(encoding="utf-8")
)
REAL = "WARDIAN_CHAT_TEMPLATES"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_now", lambda: NOW)


def render(template: ChatTemplate, case: dict[str, Any]) -> str | None:
    case = dict(case)
    try:
        return template.render(case.pop("messages"), **case)
    except WardianError:
        return None


def digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", templates())
def test_renders_what_transformers_renders(name: str) -> None:
    template = ChatTemplate(templates()[name], SPECIAL_TOKENS)
    found = {key: render(template, case) for key, case in cases().items()}
    for key, texts in GOLDEN["in_full"].items():
        assert found[key] == texts[name]
    assert {key: digest(text) for key, text in found.items()} == GOLDEN["rendered"][name]


def test_the_golden_is_of_these_templates_and_conversations() -> None:
    assert GOLDEN["rendered"].keys() == templates().keys() and len(templates()) >= 22
    assert all(rendered.keys() == cases().keys() for rendered in GOLDEN["rendered"].values())
    texts = [text for rendered in GOLDEN["rendered"].values() for text in rendered.values()]
    assert sum(text is not None for text in texts) > 500
    assert len({text for text in texts if text is not None}) > 400, (
        "conversations and formats make a difference"
    )


@pytest.mark.skipif(not os.environ.get(REAL), reason=f"templates of real models: {REAL}=FOLDER")
def test_templates_of_real_models() -> None:
    """`FOLDER/*.jinja` beside what `make_chat_templates.py FOLDER` wrote of them, `FOLDER/golden.json`."""
    folder = Path(os.environ[REAL])
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))["rendered"]
    assert golden
    for name, expected in golden.items():
        template = ChatTemplate((folder / f"{name}.jinja").read_text(encoding="utf-8"), SPECIAL_TOKENS)
        assert {key: digest(render(template, case)) for key, case in cases().items()} == expected, name
