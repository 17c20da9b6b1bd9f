"""Tasks answer what their goldens say: `tests/golden/tasks`, recorded by `build.py add` and `new`."""

from __future__ import annotations

from pathlib import Path

import pytest

from wardian.errors import ModelError
from wardian.hub import find_models_dir
from wardian.tasks import load_task, task_ids
from wardian_build.golden import read_golden, replay

FOLDER = Path(__file__).with_name("tasks")
GOLDENS = sorted(path.stem for path in FOLDER.glob("*.json"))


def test_every_golden_is_of_a_task() -> None:
    """A golden that nobody runs proves nothing."""
    assert set(GOLDENS) <= set(task_ids())
    assert all(read_golden(FOLDER / f"{name}.json")["task"] == name for name in GOLDENS)


@pytest.mark.parametrize("name", GOLDENS)
def test_a_task_answers_what_it_did(name: str) -> None:
    task, models = load_task(name), None
    if task.model is not None or task.uses:
        try:
            models = find_models_dir()
        except ModelError:
            pytest.skip("the models are not built: python build.py site")
    assert replay(read_golden(FOLDER / f"{name}.json"), task, models) == []
