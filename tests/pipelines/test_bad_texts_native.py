"""What people type and programs pass by mistake: an answer, or an error of wardian that says what is wrong.

The golden has what transformers answers to empty, strange and long texts; here is the rest.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden.hf_pipelines import MAX_LENGTH
from pipelines.small_models import opened
from support import run
from wardian.errors import InputError, ModelError, WardianError
from wardian.pipelines.text_inputs import buckets

#: Kind → how it is asked about a text.
CALLS: dict[str, Callable[[str], tuple[Any, dict[str, Any]]]] = {
    "text-classification": lambda text: (text, {"truncation": True}),
    "token-classification": lambda text: (text, {}),
    "feature-extraction": lambda text: (text, {}),
    "fill-mask": lambda text: (f"[MASK] {text}", {"tokenizer_kwargs": {"truncation": True}}),
    "zero-shot-classification": lambda text: (text, {"candidate_labels": ["a", "b"]}),
    "question-answering": lambda text: ({"question": "who?", "context": text}, {}),
    "sentence-similarity": lambda text: ({"source_sentence": text, "sentences": [text, "free"]}, {}),
}
MEGABYTE = "All human beings are born free. " * 33_000
STRANGE = [
    "\x00",
    "\x00" * 50,
    "😀",
    "👩\u200d👩\u200d👧 🇨🇭",
    "שלום \u202eevil\u202c سلام",
    "\ufffe\uffff",
    "a\u0301" * 99,
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def pipe_of(models: Path) -> Iterator[Callable[[str], Any]]:
    """The pipeline of a kind, opened once."""
    with ExitStack() as stack:
        yield functools.cache(lambda kind: stack.enter_context(opened(name_of(kind), models, kind)))


def name_of(kind: str) -> str:
    return f"distilbert-{'feature-extraction' if kind == 'sentence-similarity' else kind}"


def finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(finite, value))
    return not isinstance(value, (float, np.ndarray)) or bool(np.isfinite(value).all())


@pytest.mark.parametrize("kind", CALLS)
def test_strange_texts(kind: str, pipe_of: Callable[[str], Any]) -> None:
    pipe = pipe_of(kind)
    for text in STRANGE:
        given, options = CALLS[kind](text)
        assert finite(run(pipe(given, **options)))
    for half in ("\ud800", "a\udfffb"):
        given, options = CALLS[kind](half)
        with pytest.raises(InputError, match=r"D800|DFFF"):
            run(pipe(given, **options))
    for bad in (None, 3, [], [None], {"no": "text"}, b"text", [["a"]]):
        with pytest.raises(InputError):
            run(pipe(bad, **CALLS[kind]("x")[1]))
    given, options = CALLS[kind]("still alive")
    assert finite(run(pipe(given, **options)))


@pytest.mark.parametrize("kind", [kind for kind in CALLS if kind != "question-answering"])
def test_a_megabyte(kind: str, pipe_of: Callable[[str], Any]) -> None:
    """It is cut, and what is cut off costs little."""
    given, options = CALLS[kind](MEGABYTE)
    assert finite(run(pipe_of(kind)(given, **options)))


def test_a_book_is_read_in_windows(models: Path) -> None:
    """The answer is where it is said to be, also behind thousands of characters; so are entities."""
    book = MEGABYTE[:60_000] + "Wolfgang lives in New York. 😀"
    steps: list[tuple[str, int, int]] = []
    with opened("distilbert-question-answering", models) as pipe:
        found = run(pipe(question="who?", context=book, top_k=5, progress=lambda *step: steps.append(step)))
        assert len(found) == 5
        assert all(one["answer"] == book[one["start"] : one["end"]] != "" for one in found)
        assert len(steps) > 10 and steps[-1][1] == steps[-1][2] > 200
    with opened("distilbert-token-classification", models) as pipe:
        found = run(pipe(book, aggregation_strategy="first", stride=10, ignore_labels=[]))
        ends = [one["end"] for one in found]
        assert ends == sorted(ends) and ends[-1] >= len(book) - 1


def test_too_long_texts_are_refused_where_nobody_cuts(models: Path) -> None:
    long = "free " * 200
    for kind, given in (("text-classification", long), ("fill-mask", f"[MASK] {long}")):
        with (
            opened(name_of(kind), models, kind) as pipe,
            pytest.raises(InputError, match=f"at most {MAX_LENGTH} tokens"),
        ):
            run(pipe(given))
    with opened(name_of("question-answering"), models) as pipe:
        with pytest.raises(InputError, match="question is too long"):
            run(pipe(question=long, context="free"))
        with pytest.raises(InputError, match="doc_stride"):
            run(pipe(question="who?", context=long, doc_stride=60))
    with (
        opened(name_of("zero-shot-classification"), models) as pipe,
        pytest.raises(InputError, match="shorter"),
    ):
        run(pipe("free", candidate_labels=[long]))


@pytest.mark.parametrize(
    ("kind", "given", "options", "words"),
    [
        ("token-classification", "a", {"aggregation_strategy": "best"}, "simple"),
        ("token-classification", "a", {"stride": 5}, "aggregation_strategy"),
        ("token-classification", "a", {"stride": 400, "aggregation_strategy": "max"}, "stride"),
        ("token-classification", "a b", {"is_split_into_words": True, "stride": -1}, "stride"),
        ("token-classification", [[]], {"is_split_into_words": True}, "no words"),
        ("fill-mask", "no mask", {}, r"no mask.*\[MASK\]"),
        ("fill-mask", "[MASK]", {"targets": []}, "no target"),
        ("fill-mask", "[MASK]", {"targets": [""]}, "no tokens"),
        ("fill-mask", "[MASK]", {"top_k": 0}, "top_k"),
        ("fill-mask", "[MASK]", {"tokenizer_kwargs": {"padding": True}}, "tokenizer_kwargs"),
        ("zero-shot-classification", "a", {}, "no labels"),
        ("zero-shot-classification", "a", {"candidate_labels": " , "}, "no labels"),
        ("zero-shot-classification", "a", {"candidate_labels": ["a", 3]}, "no labels"),
        ("zero-shot-classification", "", {"candidate_labels": ["a"]}, "no text"),
        ("zero-shot-classification", "a", {"candidate_labels": "a", "hypothesis_template": "x"}, "no place"),
        ("zero-shot-classification", "a", {"candidate_labels": "a", "hypothesis_template": "{} {}"}, "place"),
        ("question-answering", {"question": "", "context": "a"}, {}, "question is empty"),
        ("question-answering", {"question": "a", "context": ""}, {}, "context is empty"),
        ("question-answering", {"question": "a", "context": 3}, {}, "context is no text"),
        ("question-answering", {"question": "a"}, {}, "context is missing"),
        ("question-answering", None, {"question": ["a", "b"], "context": ["c"]}, "as many contexts"),
        ("question-answering", {"question": "a", "context": "b"}, {"question": "a"}, "given twice"),
        ("question-answering", {"question": "a", "context": "b"}, {"top_k": 0}, "top_k"),
        ("question-answering", {"question": "a", "context": "b"}, {"max_answer_len": 0}, "max_answer_len"),
        ("question-answering", {"question": "a", "context": "b"}, {"max_seq_len": 65}, "from 8 to 64"),
        ("sentence-similarity", {"source_sentence": "a"}, {}, "sentences"),
        ("sentence-similarity", {"source_sentence": "a", "sentences": []}, {}, "no sentence"),
        ("sentence-similarity", {"source_sentence": 1, "sentences": ["a"]}, {}, "source_sentence"),
        ("sentence-similarity", "a", {}, "sentences"),
    ],
)  # fmt: skip
def test_wrong_calls_are_named(
    kind: str, given: Any, options: Any, words: str, pipe_of: Callable[[str], Any]
) -> None:
    with pytest.raises(WardianError, match=words):
        run(pipe_of(kind)(given, **options))


def test_models_that_do_not_fit(models: Path) -> None:
    for model, kind in (
        ("text-classification", "token-classification"),
        ("token-classification", "question-answering"),
        ("question-answering", "fill-mask"),
        ("text-classification", "sentence-similarity"),
        ("token-classification", "tabular-classification"),
    ):
        with pytest.raises(ModelError), opened(f"distilbert-{model}", models, kind):
            pass


def test_buckets_cost_no_more_than_a_long_text() -> None:
    lengths = [3, 500, 4, 12, 40, 41, 5, 1024, 39, 2000, *[16] * 100]
    found = list(buckets(lengths))
    assert sorted(index for group in found for index in group) == list(range(len(lengths)))
    for group in found:
        longest = max(lengths[index] for index in group)
        assert len(group) == 1 or len(group) * longest <= 256
        # Of texts that are not short no more than half is padding.
        assert longest <= 2 * max(8, min(lengths[index] for index in group))
    assert [len(group) for group in buckets(lengths, 50)] == [50, 50, 10]
    assert list(buckets([])) == []


def test_a_run_can_be_cancelled_between_buckets(models: Path) -> None:
    with opened("distilbert-text-classification", models) as pipe:
        steps: list[int] = []

        async def cancelled() -> None:
            def progress(stage: str, done: int, total: int) -> None:
                steps.append(done)
                if done == 3:
                    task.cancel()

            task = asyncio.ensure_future(pipe(["free"] * 9, batch_size=1, progress=progress))
            await task

        with pytest.raises(asyncio.CancelledError):
            run(cancelled())
        assert steps == [1, 2, 3]
        assert len(run(pipe(["free"] * 9, batch_size=4))) == 9
