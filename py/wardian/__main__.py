"""The command line: run a task, or a pipeline of any kind, under CPython.

    python -m wardian tasks
    python -m wardian run digits drawing.png --json
    python -m wardian run search --text notes.txt "What went wrong?"
    python -m wardian run token-classification "Ada lives in Bern." --model tagger --option stride=8

Exit codes: 0 done; 1 the task failed; 2 the command was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wardian.components import Component, Textbox
from wardian.errors import InputError, UnknownNameError, WardianError
from wardian.pipelines import KINDS, command_line
from wardian.task import Task
from wardian.tasks import load_task, task_ids
from wardian.worker import Worker

__all__ = ["main"]

_DONE, _FAILED, _WRONG = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(given).parse_args(given)
    except UnknownNameError as error:
        return _complain(error, _WRONG)
    except SystemExit as exit_:  # argparse has printed why
        return exit_.code if isinstance(exit_.code, int) else _WRONG
    if options.command == "tasks":
        return _list_tasks(options.json)
    try:
        if options.kind is not None:
            print(asyncio.run(command_line.run(options.kind, options, _show_progress)))
            return _DONE
        payloads = _read_payloads(options.loaded, options)
        return asyncio.run(_run(options.loaded, payloads, options))
    except WardianError as error:
        return _complain(error, _FAILED)
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return _FAILED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wardian", description="Run a task on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    tasks = commands.add_parser("tasks", help="list the tasks")
    tasks.add_argument("--json", action="store_true", help="print them as the page reads them")
    run = commands.add_parser("run", help="run a task", description="Run a task.")
    run.set_defaults(loaded=None, kind=None)
    choice = run.add_subparsers(dest="task", required=True, metavar="TASK")
    # Only the task that is named is imported; the others are listed by name.
    named = arguments[1] if len(arguments) > 1 and arguments[0] == "run" else ""
    if named and not named.startswith("-") and named not in (*task_ids(), *KINDS):
        known = [*task_ids(), *KINDS]
        raise UnknownNameError("task", named, known, hint="python -m wardian tasks lists them.")
    for task_id in task_ids():
        if task_id == named:
            _add_task(choice, load_task(task_id))
        else:
            choice.add_parser(task_id)
    for kind in KINDS:
        kind_parser = choice.add_parser(kind, description=f"Call the pipeline {kind}; prints JSON.")
        command_line.add_arguments(kind_parser, kind)
        _add_settings(kind_parser)
        kind_parser.set_defaults(kind=kind)
    return parser


def _add_task(choice: Any, task: Task) -> None:
    info = task.info()
    parser = choice.add_parser(task.id, help=info["title"]["en"], description=info["description"]["en"])
    for component in task.inputs:
        help_ = component.label["en"]
        if _is_long(component):
            parser.add_argument(
                f"--{component.name}",
                required=True,
                metavar="FILE",
                help=f"{help_}: a UTF-8 file, - for standard input",
            )
        elif component.from_file:
            parser.add_argument(component.name, metavar=f"{component.name.upper()}_FILE", help=help_)
        else:
            parser.add_argument(component.name, help=help_)
    parser.add_argument("--json", action="store_true", help="print the outputs as JSON")
    _add_settings(parser)
    parser.set_defaults(loaded=task)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--dtype", default=None, help="fp32, q8, … (default: the model's own)")
    parser.add_argument("--threads", type=int, default=0, help="0 for as many as make sense (default)")
    parser.add_argument("--models", default=None, metavar="DIR", help="where the model folders lie")


def _is_long(component: Component) -> bool:
    return isinstance(component, Textbox) and component.lines > 1


def _read_payloads(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    payloads = {}
    for component in task.inputs:
        argument = getattr(options, component.name)
        payloads[component.name] = _read_text(argument) if _is_long(component) else component.read(argument)
    return payloads


def _read_text(path: str) -> str:
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError("The file cannot be read.", value=path, received=error.strerror) from error
    except UnicodeDecodeError as error:
        raise InputError(
            "The file is not text.",
            value=path,
            expected="UTF-8",
            received=f"byte {error.object[error.start]:#04x}",
        ) from error


async def _run(task: Task, payloads: dict[str, Any], options: argparse.Namespace) -> int:
    worker = Worker(models_dir=options.models)
    settings = {"device": options.device, "dtype": options.dtype, "threads": options.threads}
    await _ask(worker, {"op": "open_task", "task": task.id, **settings})
    result = await _ask(worker, {"op": "run_task", "task": task.id, "inputs": payloads})
    if options.json:
        print(json.dumps({"task": task.id, **result}, ensure_ascii=False))
    else:
        for output in result["outputs"]:
            print(_spell(output))
    return _DONE


async def _ask(worker: Worker, request: dict[str, Any]) -> Any:
    async for answer in worker.handle(request):
        if answer["type"] == "progress":
            _show_progress(answer["stage"], answer["done"], answer["total"])
        elif answer["type"] == "result":
            return answer["value"]
        elif answer["type"] == "error":
            wire = answer["error"]
            if wire["details"]:
                print(wire["details"], file=sys.stderr)
            raise WardianError.from_wire(wire)
    raise RuntimeError("the worker gave no answer")


def _show_progress(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{stage} {done}/{total}", end=end, file=sys.stderr, flush=True)


def _spell(output: Any) -> str:
    """An output for people."""
    if isinstance(output, dict) and "confidences" in output:
        ranked = sorted(output["confidences"], key=lambda item: -item["score"])
        return "\n".join(f"{item['score']:7.2%}  {item['label']}" for item in ranked)
    if isinstance(output, list) and all(isinstance(item, dict) and "text" in item for item in output):
        return "\n".join(f"{item['score']:6.3f}  {' '.join(item['text'].split())}" for item in output)
    if isinstance(output, list) and all(isinstance(item, dict) and "tone" in item for item in output):
        return "\n".join(f"{item['label']['en']}: {item['value']['en']}" for item in output)
    return str(output)


def _list_tasks(as_json: bool) -> int:
    tasks = [load_task(task_id).info() for task_id in task_ids()]
    if as_json:
        print(json.dumps(tasks, ensure_ascii=False))
    else:
        width = max(len(task["id"]) for task in tasks)
        for task in tasks:
            print(f"{task['id']:{width}}  {task['title']['en']}: {task['description']['en']}")
    return _DONE


def _complain(error: WardianError, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
