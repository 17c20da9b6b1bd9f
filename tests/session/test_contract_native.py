"""The contract against native onnxruntime."""

from __future__ import annotations

import pytest

from session.contract import CHECKS, Check
from support import run
from wardian.session import Session, open_session


async def open_native(model: bytes) -> Session:
    return await open_session(model, device="cpu", threads=1)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_native(check: Check) -> None:
    run(check(open_native))
