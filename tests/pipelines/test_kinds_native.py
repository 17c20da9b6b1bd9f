"""Every kind of pipeline is there, is documented, and says what it takes."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from wardian.errors import UnknownNameError
from wardian.pipelines.base import ALIASES, KINDS, OTHER_KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", KINDS | OTHER_KINDS)
def test_a_kind_is_whole(kind: str) -> None:
    module, name, _ = (KINDS | OTHER_KINDS)[kind]
    cls = getattr(import_module(f"wardian.pipelines.{module}"), name)
    assert cls.kind == kind
    assert "progress" in inspect.signature(cls.__call__).parameters
    documented = cls.__call__.__doc__ or ""
    for option in list(inspect.signature(cls.__call__).parameters)[1:]:
        assert f"{option}:" in documented or f"{option} " in documented, f"{kind} does not document {option}"


@pytest.mark.parametrize("file", ["README.md", "docs/models.md"])
def test_all_kinds_are_listed(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_kinds_that_others_do_not_have_are_listed() -> None:
    text = (ROOT / "docs/models.md").read_text("utf-8")
    assert [kind for kind in OTHER_KINDS if f"`{kind}`" not in text] == [] and not set(OTHER_KINDS) & set(
        KINDS
    )


def test_other_names_mean_kinds() -> None:
    assert set(ALIASES.values()) <= set(KINDS) and not set(ALIASES) & set(KINDS)
    assert all(f"`{name}`" in (ROOT / "docs/models.md").read_text("utf-8") for name in ALIASES)
    with pytest.raises(UnknownNameError, match="token-classification"):
        from support import run
        from wardian import pipeline

        run(pipeline("token-classificaton"))
