"""Tasks that misbehave, for the tests of supervision: put beside the site's own inside its Python worker."""

from __future__ import annotations

import base64

_HEAD = """
from wardian.components import Label, Textbox
from wardian.task import Task

def made(name, fn, **settings):
    return Task(id=name, title=name, description=name, inputs=[Textbox("Text", required=False)],
                outputs=[Label("Answer")], fn=fn, **settings)

def answer(text):
    return [{"label": str(text), "score": 1.0}]
"""

_TASKS = {
    "echo": """
async def echo(text: str):
    return answer(text)
task = made("echo", echo)
""",
    "stuck": """
async def stuck(text: str):
    while True:
        pass
task = made("stuck", stuck)
""",
    "stubborn": """
async def stubborn(text: str):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
task = made("stubborn", stubborn)
""",
    "waits": """
import asyncio
async def waits(text: str):
    await asyncio.Event().wait()
task = made("waits", waits)
""",
    "streams": """
import asyncio
async def streams(text: str):
    for number in range(1_000_000):
        yield answer(number)
        await asyncio.sleep(0)
task = made("streams", streams)
""",
    "thinks": """
import time
async def thinks(text: str):
    until = time.monotonic() + float(text)
    while time.monotonic() < until:
        pass
    return answer("thought")
task = made("thinks", thinks)
""",
    "leaks": """
kept = []
async def leaks(text: str):
    kept.append(bytes(1_000_000))
    return answer(len(kept))
task = made("leaks", leaks)
""",
    "breaks": """
async def breaks(text: str):
    if text == "memory":
        hog = []
        while True:
            hog.append(bytearray(1 << 28))
    if text == "recursion":
        def deeper(n): return deeper(n + 1) + 1
        deeper(0)
    if text == "exit":
        import sys
        sys.exit(3)
    if text == "interrupt":
        raise KeyboardInterrupt
    if text == "bug":
        {}["a key that is not there"]
    if text == "nested":
        import json
        json.loads("[" * 1_000_000)
    if text == "compile":
        eval("(" * 5000 + "1" + ")" * 5000)
    if text == "repr":
        value = []
        for _ in range(1_000_000): value = [value]
        repr(value)
    if text == "fatal":
        import pyodide_js
        pyodide_js._module._trigger_fatal_error()
    if text == "close":
        import asyncio, js
        js.close()
        await asyncio.sleep(3600)
    if text == "later":
        import js
        from pyodide.ffi import create_once_callable
        def fail(): raise RuntimeError("nobody waits for this")
        js.setTimeout(create_once_callable(fail), 0)
    return answer(text)
task = made("breaks", breaks)
""",
}

INSTALL = """
import sys, wardian.tasks
if "/tasks" not in wardian.tasks.__path__:
    wardian.tasks.__path__.append("/tasks")
"""


def task_files() -> dict[str, str]:
    """The files for `Harness.set_up`, base64 by path."""
    return {
        f"/tasks/{name}.py": base64.b64encode((_HEAD + code).encode()).decode()
        for name, code in _TASKS.items()
    }
