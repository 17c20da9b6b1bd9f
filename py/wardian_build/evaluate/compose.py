"""How much of the expected an answer in words says, beside marked sentences: `build.py eval compose`.

The questions and documents are those of `eval ask`. Each expected text of a question counts by its words of
substance that the question does not have already: how many of them the answer has, and whether it has all.
"""

from __future__ import annotations

import json
import re
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from wardian import pipeline
from wardian.pipelines.composing import compose_answer
from wardian.pipelines.document_search import DocumentIndex, find_passages
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.evaluate.ask import DEPTH, DOCUMENTS, QUESTIONS, load, plain

__all__ = ["evaluate", "show"]

_WORD = re.compile(r"\w+")

#: Words that say nothing by themselves, beside those of fewer than three letters.
_COMMON = """
the and that this these those which who whom what when where why how are was were been being has have had
does did done will would can could may might shall should must not but for from with into onto than then
there here its it's their they them your you our his her she him out off over under about all any some such
only own same too very just because until while during before after above below between both each few more
most other nor
"""


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """For every question the answer in words and the marked sentence, and what of the expected they have."""
    questions = json.loads((data or QUESTIONS).read_text("utf-8"))
    rows: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {"device": "cpu", "models_dir": models_dir}
        pipe = await pipeline("feature-extraction", "all-MiniLM-L6-v2", **options)
        writer = await pipeline("text-generation", "SmolLM2-135M-Instruct", **options)
        for one in (pipe, writer):
            await stack.enter_async_context(one)
        for name in DOCUMENTS:
            index = DocumentIndex(await load(name))
            asked = [one for one in questions if one["document"] == name]
            with progress.step(f"{len(asked)} questions about {name}"):
                for one in asked:
                    question = one["question"]
                    found = await find_passages(index, question, pipe, top_k=DEPTH)
                    # The last part is the whole answer.
                    *_, answer = [part async for part in compose_answer(question, found, index, writer, pipe)]
                    texts = {
                        "in words": " ".join(sentence.text for sentence in answer.sentences),
                        "marked": found[0].passage.text[slice(*found[0].sentence)],
                        "passage": found[0].passage.text,
                    }
                    cited = [sentence.passage is not None for sentence in answer.sentences]
                    judged = {key: _judged(text, question, one["answers"]) for key, text in texts.items()}
                    rows.append({"question": question, "texts": texts, "cited": cited, "judged": judged})
    return {"questions": rows}


def _judged(text: str, question: str, expected: list[str]) -> dict[str, Any]:
    """The share of the words of the expected text that the text has, of the text where that is highest.

    >>> _judged("It was a gold watch.", "What did it take?", ["TOOK A WATCH OUT OF ITS POCKET"])["share"]
    0.3333333333333333
    """
    have, known = _words(text), _words(question)
    shares = [len(wanted & have) / len(wanted) for one in expected if (wanted := _words(one) - known)] or [
        float(plain(expected[0]) in plain(text))
    ]
    return {"share": max(shares), "words": len(_WORD.findall(text))}


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(plain(text)) if len(word) > 2 or word.isdigit()} - set(
        _COMMON.split()
    )


def show(result: dict[str, Any]) -> None:
    rows = result["questions"]
    for key, name in (("in words", "answer in words"), ("marked", "marked sentence of the first passage"),
                      ("passage", "all of the first passage")):  # fmt: skip
        shares = [row["judged"][key]["share"] for row in rows]
        words = np.mean([row["judged"][key]["words"] for row in rows])
        whole = asdict(wilson(sum(share == 1 for share in shares), len(shares)))
        said = f"{np.mean(shares):.1%} of the expected words"
        print(f"{name}, {words:.0f} words: {said}; all of them in {line(whole)}")
    cited = [is_cited for row in rows for is_cited in row["cited"]]
    print(f"{sum(cited)} of {len(cited)} composed sentences are like one of their passages")
