"""The gallery: one file per task, found by its name and imported when it is needed."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from wardian.errors import UnknownNameError
from wardian.task import Task

__all__ = ["load_task", "task_ids"]


def task_ids() -> list[str]:
    """Ids of all tasks. The file `speech_to_text.py` holds the task `speech-to-text`.

    >>> "digits" in task_ids()
    True
    """
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))


def load_task(task_id: str) -> Task:
    """The task of an id.

    >>> load_task("digits").kind
    'image-classification'

    Raises UnknownNameError when there is none.
    """
    if task_id not in task_ids():
        raise UnknownNameError("task", task_id, task_ids())
    task: Task = import_module(f"{__name__}.{task_id.replace('-', '_')}").task
    return task
