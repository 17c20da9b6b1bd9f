"""Question answering: the words of a context that answer a question, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import TextPipeline
from wardian.postprocessing.classification import require_finite
from wardian.postprocessing.spans import best_spans, span_probabilities
from wardian.tokenizers import Encoding
from wardian.types import TensorSpec

__all__ = ["QuestionAnsweringPipeline", "pairs_of"]

Answer = dict[str, Any]
_USUAL_WINDOW, _USUAL_OVERLAP = 384, 128
_NOT_SEEN = 1_000_000.0
"""What transformers begins with, looking for the least probability of "no answer"."""


@dataclass(frozen=True, slots=True)
class _Search:
    """How answers are looked for: the options of a call."""

    top_k: int
    longest: int
    handle_impossible: bool
    align: bool

    @property
    def candidates(self) -> int:
        """Spans of each window: some become the same answer when they are made whole words."""
        return self.top_k * 2 + 10 if self.align else self.top_k


class QuestionAnsweringPipeline(TextPipeline):
    """Questions and contexts to answers, as `transformers.QuestionAnsweringPipeline` (until 4.57) gives them.

    ```python
    pipe = await pipeline("question-answering", "reader")
    await pipe(question="Where do I live?", context="My name is Ada and I live in Berlin.")
    # {"score": 0.92, "start": 29, "end": 35, "answer": "Berlin"}
    ```
    """

    kind: ClassVar[str] = "question-answering"
    _start: TensorSpec
    _end: TensorSpec

    def _find_tensors(self) -> None:
        floats = ("float32", "float16")
        self._start = self._find("output", 2, floats, ("start_logits",))
        self._end = self._find("output", 2, floats, ("end_logits",))
        if self._start.name == self._end.name:
            raise ModelError(
                f"The model {self.folder.id!r} does not fit {self.kind}.",
                expected="outputs start_logits and end_logits (batch, tokens)",
                received="; ".join(spec.describe() for spec in self.session.outputs),
            )

    async def __call__(
        self,
        inputs: Mapping[str, Any] | Sequence[Mapping[str, str]] | None = None,
        *,
        question: str | Sequence[str] | None = None,
        context: str | Sequence[str] | None = None,
        top_k: int = 1,
        doc_stride: int | None = None,
        max_answer_len: int = 15,
        max_seq_len: int | None = None,
        handle_impossible_answer: bool = False,
        align_to_words: bool = True,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Answer one question or several.

        Args:
            inputs: `{"question", "context"}` or a list of these; or instead:
            question: a question or several.
            context: the text that has the answer; one for all questions, or as many.
            top_k: how many answers, best first; fewer where the context has not as many.
            doc_stride: a context that is too long is read in windows that share so many tokens; by default
                128, or half of the window, or as many as a long question leaves.
            max_answer_len: most tokens of an answer.
            max_seq_len: tokens of a window with its question; by default as many as the model takes, at most
                384.
            handle_impossible_answer: an empty answer may win, too.
            align_to_words: answers are whole words.
            batch_size: windows per run, see `FeatureExtractionPipeline`.
            progress: called as `progress("answer", windows done, windows)`.

        Returns:
            `{"score", "start", "end", "answer"}`, where `answer` is `context[start:end]`; a list of these
            where top_k gives several; a list of such results for several questions. Of equal answers,
            whatever their case, the scores are added to those of the best one. Without any answer the empty
            one of score 0.

        Raises:
            InputError: a question or context is missing, empty or no text, or an option is out of range.
            ModelError: the model's scores are not numbers.
        """
        pairs = pairs_of(inputs, question, context)
        search = _Search(top_k, max_answer_len, handle_impossible_answer, align_to_words)
        check_count("top_k", top_k, 1, 10_000)
        check_count("max_answer_len", max_answer_len, 1, 1_000_000)
        check_count("batch_size", batch_size, 1, 4096)
        check_count("max_seq_len", max_seq_len, 8, self.longest)
        window = max_seq_len or min(self.longest, _USUAL_WINDOW)
        check_count("doc_stride", doc_stride, 0, window)
        windows = [self._windows(pair, window, doc_stride) for pair in pairs]
        flat = [one for of_pair in windows for one in of_pair]
        logits = iter(await self._logits_of(flat, batch_size, progress))
        results = [
            self._answers(text, of_pair, [next(logits) for _ in of_pair], search)
            for (_, text), of_pair in zip(pairs, windows, strict=True)
        ]
        return results if len(results) > 1 else results[0]

    async def _logits_of(
        self, windows: Sequence[Encoding], batch_size: int | None, progress: Progress | None
    ) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Of each window the logits of its tokens to begin and to end the answer: float (tokens,)."""
        found: list[Any] = [None] * len(windows)
        fetches = [self._start.name, self._end.name]
        runs = self._runs(windows, fetches, stage="answer", batch_size=batch_size, progress=progress)
        async for members, outputs in runs:
            for row, index in enumerate(members):
                # Kept without their padding: of a long document there are many.
                found[index] = tuple(outputs[name][row, : len(windows[index])].copy() for name in fetches)
        return found

    def _windows(self, pair: tuple[str, str], window: int, stride: int | None) -> list[Encoding]:
        """The question with each part of the context."""
        room = self._room(pair[0], window)
        usual = min(window // 2, _USUAL_OVERLAP, max(room - 1, 0))
        if stride is not None and stride >= room:
            raise InputError(
                "doc_stride is wrong.",
                value=str(stride),
                expected=f"less than the {room} tokens that the question leaves in a window of {window}",
            )
        self.tokenizer.enable_truncation(
            window, stride=usual if stride is None else stride, strategy="only_second"
        )
        first = self.tokenizer.encode(*pair)
        return [first, *first.overflowing]

    def _room(self, question: str, window: int) -> int:
        """Tokens for the context beside a question. Raises InputError when there are none."""
        self.tokenizer.no_truncation()
        asked = len(self.tokenizer.encode(question, add_special_tokens=False))
        room = window - asked - self.tokenizer.num_special_tokens_to_add(True)
        if room < 1:
            raise InputError(
                "The question is too long for the model.",
                value=shorten(question, 60),
                expected=f"fewer than {window} tokens with the special ones",
                received=f"{window - room} tokens",
            )
        return room

    def _answers(
        self, context: str, windows: Sequence[Encoding], logits: Sequence[Any], search: _Search
    ) -> Any:
        """The best answers of all windows of a context."""
        answers: dict[str, Answer] = {}
        nothing = _NOT_SEEN
        for encoding, (start, end) in zip(windows, logits, strict=True):
            require_finite(start)
            require_finite(end)
            allowed = self._allowed(encoding)
            starts, ends = span_probabilities(start, allowed), span_probabilities(end, allowed)
            nothing = min(nothing, float(starts[0] * ends[0]))
            starts[0] = ends[0] = 0
            for first, last, score in best_spans(starts, ends, search.candidates, search.longest):
                begin, stop = _characters(encoding, first, last, search.align)
                answer = context[begin:stop]
                known = answers.setdefault(
                    answer.lower(), {"score": 0.0, "start": begin, "end": stop, "answer": answer}
                )
                known["score"] += score
        found = list(answers.values())
        if search.handle_impossible or not found:
            score = nothing if search.handle_impossible else 0.0
            found.append({"score": score, "start": 0, "end": 0, "answer": ""})
        found = sorted(found, key=lambda one: float(one["score"]), reverse=True)[: search.top_k]
        return found[0] if len(found) == 1 else found

    def _allowed(self, encoding: Encoding) -> NDArray[np.bool_]:
        """Tokens of the context, and those that stand for the whole: bool (tokens,)."""
        allowed = np.array([sequence == 1 for sequence in encoding.sequence_ids])
        whole = self._special_id("cls_token")
        return allowed if whole is None else allowed | (encoding.ids == whole)


def _characters(encoding: Encoding, first: int, last: int, align: bool) -> tuple[int, int]:
    """The characters of the context from a token to another; with `align` those of their words."""
    if align:
        words = encoding.token_to_word(first), encoding.token_to_word(last)
        if words[0] is not None and words[1] is not None:
            begin, stop = (encoding.word_to_chars(word, 1) for word in words if word is not None)
            if begin is not None and stop is not None:
                return begin[0], stop[1]
    return int(encoding.starts[first]), int(encoding.ends[last])


def pairs_of(inputs: Any, question: Any, context: Any) -> list[tuple[str, str]]:
    """Question and context of each item, of whichever form. Raises InputError for what is none."""
    if inputs is None:
        questions = list(question) if isinstance(question, (list, tuple)) else [question]
        contexts = list(context) if isinstance(context, (list, tuple)) else [context] * len(questions)
        if len(questions) != len(contexts):
            raise InputError(
                "There are not as many contexts as questions.",
                expected=str(len(questions)),
                received=str(len(contexts)),
            )
        inputs = [{"question": q, "context": c} for q, c in zip(questions, contexts, strict=True)]
    elif isinstance(inputs, Mapping):
        if question is None and context is None:
            return pairs_of(None, inputs.get("question"), inputs.get("context"))
        raise InputError("The question is given twice.", expected="inputs, or question and context")
    items = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not items:
        raise InputError("There is no question.", value="[]", expected="question and context")
    return [_pair_of(item) for item in items]


def _pair_of(item: Any) -> tuple[str, str]:
    if not isinstance(item, Mapping):
        raise InputError(
            "This is no question with its context.",
            value=shorten(item),
            expected='{"question": …, "context": …}',
            received=type(item).__name__,
        )
    for name in ("question", "context"):
        text = item.get(name)
        if not isinstance(text, str) or not text:
            what = "is empty" if text == "" else "is missing" if text is None else "is no text"
            raise InputError(f"The {name} {what}.", value=shorten(text), expected="str, not empty")
    return item["question"], item["context"]
