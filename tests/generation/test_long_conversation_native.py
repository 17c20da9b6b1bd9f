"""Fifty turns: once the context is full the oldest leave, and what the session holds does not grow."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.generation.conversing import converse
from tiny_llama import tiny_gguf

from wardian import pipeline
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.sources import recognise


def test_fifty_turns_take_no_more_than_ten(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(tiny_gguf("q4_1"))
    write_folder(convert(recognise(tmp_path / "tiny.gguf"), Options()).files, tmp_path / "tiny")

    async def talk() -> tuple[list[int], dict[int, tuple[int, int]]]:
        held: dict[int, tuple[int, int]] = {}
        dropped: list[int] = []
        messages: list[dict[str, str]] = []
        async with await pipeline("text-generation", "tiny", models_dir=tmp_path) as pipe:
            assert pipe.context == 64
            for turn in (10, 50):
                dropped += await converse(pipe, messages, turn - len(messages) // 2, "abcdefgh", most=6)
                arrays = pipe.session._kept._arrays.values()
                held[turn] = len(arrays), sum(array.nbytes for array in arrays)
        return dropped, held

    dropped, held = asyncio.run(talk())
    assert len(dropped) == 50 and dropped[0] == 0
    # Two messages a turn leave, once it is full; what is left begins with a question.
    assert dropped == sorted(dropped) and {count % 2 for count in dropped} == {0}
    assert dropped[9] > 0 and dropped[49] > 80
    # Keys and values of two layers, with room for 64 tokens.
    assert held[10] == held[50] == (4, 4 * 2 * 64 * 16 * 4)
