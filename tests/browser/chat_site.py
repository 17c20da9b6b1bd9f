"""A site of one task that converses: what it says follows from the last message, so that tests know it."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest

from wardian_build import packages, paths
from wardian_build.site import build_site

TASK = '''
"""Says what the last message asks for."""

import asyncio
import time
from collections.abc import AsyncIterator

from wardian.components import Conversation, Dialogue, Reply, ReplyText
from wardian.errors import ModelError
from wardian.task import Example, Task


async def talk(dialogue: Dialogue) -> AsyncIterator[ReplyText]:
    asked = dialogue.messages[-1]["content"]
    words = asked.removeprefix("say ") if asked.startswith("say ") else f"{len(dialogue.messages)} messages"
    if asked == "settings":
        words = repr(dialogue.settings)
    if asked == "instructions":
        words = dialogue.messages[0]["content"] if dialogue.messages[0]["role"] == "system" else "none"
    if asked == "lines":
        words = "\\n\\n".join(f"line {number}" for number in range(200))
    if asked == "nothing":
        await asyncio.Event().wait()
    began = time.perf_counter()
    pieces = words.split(" ")
    for count in range(1, len(pieces) + 1):
        text = " ".join(pieces[:count])
        taken = time.perf_counter() - began
        yield ReplyText(text, count, taken + 1, 0.5, 1234, 8192, dropped=3 if "dropped" in asked else 0)
        await asyncio.sleep(0.1 if "slowly" in asked else 0)
        if "forever" in text:
            await asyncio.Event().wait()
        if "break" in text:
            raise ModelError("The model broke.")
    end = "length" if "length" in asked else "stop"
    yield ReplyText(words, len(pieces), 2.0, 0.5, 1234, 8192, 3 if "dropped" in asked else 0, end)


task = Task(
    id="talk", group="texts", title="Talk", description="Says what it is told.", fn=talk,
    inputs=[Conversation("Conversation", max_length=1000, defaults={"temperature": 0.25})], outputs=[Reply()],
    examples=[Example("An example", [{"messages": [{"role": "system", "content": "Be kind."},
                                                   {"role": "user", "content": "instructions"}]}])],
)
'''


def build(folder: Path) -> Path:
    """Build the site into `folder`/site; returns that folder."""
    shutil.copytree(
        paths.PY / "wardian", folder / "py" / "wardian", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in (folder / "py" / "wardian" / "tasks").glob("[a-z]*.py"):
        path.unlink()
    (folder / "py" / "wardian" / "tasks" / "talk.py").write_text(TASK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "PY", folder / "py")
        # Our own modules as sources: to compile all of them takes longer than to run these few.
        patch.setattr(packages, "site_python", functools.partial(packages.site_python, own_source=True))
        return build_site(folder / "site", only=["talk"]).folder
